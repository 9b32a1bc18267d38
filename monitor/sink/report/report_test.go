// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/report"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// names are interfaces.
type names map[uint32]string

func (n names) InterfaceName(index uint32) (string, bool) {
	name, ok := n[index]
	return name, ok
}

var frame = func() []byte {
	b, err := hex.DecodeString("0a0a0a0a0a0a020000000001" + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307")
	if err != nil {
		panic(err)
	}
	return b
}()

// packetEvent returns an event about a TCP packet.
func packetEvent(drop uint8, src, dst string, port uint16, ns int64, host *event.Host) *event.Event {
	b := bytes.Clone(frame)
	copy(b[26:], netip.MustParseAddr(src).AsSlice())
	copy(b[30:], netip.MustParseAddr(dst).AsSlice())
	binary.BigEndian.PutUint16(b[36:], port)
	size := uint32(len(b))
	var header any = monitor.TraceNotify{Type: api.MessageTypeTrace, OrigLen: 1500, CapLen: size, DstID: 55, Ifindex: 7}
	if drop != 0 {
		header = monitor.DropNotify{Type: api.MessageTypeDrop, SubType: drop, OrigLen: size, CapLen: size}
	}
	raw, err := binary.Append(nil, binary.NativeEndian, header)
	if err != nil {
		panic(err)
	}
	return &event.Event{Kind: event.Sample, Raw: append(raw, b...), Time: ns, Host: host}
}

const begin = 1_789_000_000_000_000_000

// fill gives a sink an hour with drops of ten reasons, an outage, and losses.
func fill(s *report.Sink, n int) {
	var d monitor.Decoder
	hosts := []*event.Host{{Name: "node7", Interfaces: names{7: "lxc1a2b"}}, {Name: "node8", Interfaces: names{7: "eth0"}}}
	reasons := []uint8{133, 135, 137, 140, 181, 164, 131, 155, 130, 134}
	for i := range n {
		at := begin + int64(i)*3_600_000_000_000/int64(n)
		drop := uint8(0)
		if i%7 == 0 || i > n/2 && i < n*6/10 && i%2 == 0 {
			drop = reasons[(i/7)%len(reasons)]
		}
		e := packetEvent(drop, fmt.Sprintf("10.0.%d.%d", i%3, i%97), fmt.Sprintf("10.0.9.%d", i%11), []uint16{443, 5432, 53}[i%3], at, hosts[i%2])
		d.Decode(e)
		_ = s.Event(e) // never an error
		if i%1000 == 0 {
			_ = s.Event(&event.Event{Kind: event.Lost, Lost: 3, CPU: i / 1000 % 8, Time: at, Host: hosts[0]})
		}
	}
}

func write(t testing.TB, s *report.Sink) string {
	t.Helper()
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// dataOf returns the data of a page.
func dataOf(t testing.TB, page string) string {
	t.Helper()
	_, after, ok := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, ok2 := strings.Cut(after, "</script>")
	if !ok || !ok2 || !json.Valid([]byte(data)) {
		t.Fatalf("no data in the page, or invalid: %.200s", data)
	}
	return data
}

// pageData is what is checked of the data.
type pageData struct {
	Ordered bool
	Series  struct {
		Width   int64
		Reasons []string
		Rows    [][]any
	}
	Tables []struct {
		Title string
		Rows  [][]any
		Cut   string
	}
}

func parse(t testing.TB, page string) (d pageData) {
	t.Helper()
	if err := json.Unmarshal([]byte(dataOf(t, page)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func rows(d *pageData, title string) string {
	for _, t := range d.Tables {
		if t.Title == title {
			return fmt.Sprint(t.Rows)
		}
	}
	return "no table " + title
}

func TestCounts(t *testing.T) {
	s := report.New(report.Options{Sources: []string{"node7.gob"}, Filter: "port 80 && <b>", Generator: "test"})
	var d monitor.Decoder
	host := &event.Host{Name: "node7", Interfaces: names{7: "lxc7"}}
	for _, e := range []*event.Event{
		packetEvent(133, "10.0.0.1", "10.0.0.2", 80, begin, host),
		packetEvent(133, "10.0.0.1", "10.0.0.2", 80, begin+2_000_000, host),
		packetEvent(0, "10.0.0.3", "10.0.0.4", 443, begin+3_000_000, host),
		{Kind: event.Lost, Lost: 5, CPU: 3, Time: begin + 4_000_000, Host: host},
		{Kind: event.Sample, Raw: []byte{api.MessageTypeDrop, 1}, Time: begin + 5_000_000, Host: host},
	} {
		d.Decode(e)
		_ = s.Event(e) // never an error
	}
	page := write(t, s)
	got := parse(t, page)
	for title, want := range map[string]string{
		"Reasons of drops":              "[[Policy denied (L3) 2 100 1.789e+15 1.789000000002e+15]]",
		"Dropped pairs":                 "[[10.0.0.1 10.0.0.2 Policy denied (L3) 2 1.789e+15 1.789000000002e+15]]",
		"Dropped ports":                 "[[tcp 80 Policy denied (L3) 2 1.789e+15 1.789000000002e+15]]",
		"Top talkers":                   "[[10.0.0.1 2 2 148 1.789e+15 1.789000000002e+15] [10.0.0.3 1 0 1500 1.789000000003e+15 1.789000000003e+15]]",
		"Connections without an answer": "[[10.0.0.3:40000 10.0.0.4:443 tcp 1 1.789000000003e+15 1.789000000003e+15]]",
		"Interfaces and nodes":          "[[node7  2 2 148 1.789e+15 1.789000000002e+15] [node7 lxc7 1 0 1500 1.789000000003e+15 1.789000000003e+15]]",
		"Losses":                        "[[node7 3 5 1.789000000004e+15 1.789000000004e+15]]",
		"Message types":                 "[[drop 2 2 1.789e+15 1.789000000002e+15] [trace 1 0 1.789000000003e+15 1.789000000003e+15] [undecodable 1 0 1.789000000005e+15 1.789000000005e+15]]",
	} {
		if rows(&got, title) != want {
			t.Errorf("%s: %s\nwant %s", title, rows(&got, title), want)
		}
	}
	if series := fmt.Sprint(got.Series.Rows); series != "[[1.789e+15 1 1 0 [1]] [1.789000000002e+15 1 1 0 [1]] [1.789000000003e+15 1 0 0 []] [1.789000000004e+15 0 0 5 []] [1.789000000005e+15 1 0 0 []]]" {
		t.Errorf("series: %s", series)
	}
	for _, want := range []string{"port 80 &amp;&amp; &lt;b&gt;", "2026-09-10 00:26:40.000 to 2026-09-10 00:26:40.005 UTC (5ms)", "<b>4</b> events", "<b>5</b> lost events"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if again := write(t, s); again != page {
		t.Error("the same events make two pages")
	}
}

// TestUntimed: events of v1.5.3 carry no time.
func TestUntimed(t *testing.T) {
	s := report.New(report.Options{})
	var d monitor.Decoder
	for range 5000 {
		e := packetEvent(133, "10.0.0.1", "10.0.0.2", 80, 0, nil)
		d.Decode(e)
		_ = s.Event(e) // never an error
	}
	page := write(t, s)
	got := parse(t, page)
	if !got.Ordered || got.Series.Width != 4 || len(got.Series.Rows) != 1250 || !strings.Contains(page, "events carry no time") {
		t.Errorf("ordered %v, %d rows of width %d", got.Ordered, len(got.Series.Rows), got.Series.Width)
	}
}

// TestBounds: many names, long and hostile ones, and a clock that jumps make a page of at most 2 MB.
func TestBounds(t *testing.T) {
	s := report.New(report.Options{})
	n := 200_000
	if testing.Short() {
		n = 60_000
	}
	var d monitor.Decoder
	long := strings.Repeat("<>&\u202e", 1000)
	host := &event.Host{Name: long}
	for i := range n {
		e := packetEvent(uint8(130+i%50), fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), "10.0.9.1", uint16(i), begin+int64(i)<<40, host)
		if i%1000 == 0 {
			host = &event.Host{Name: fmt.Sprint(i, long)}
			e.Time = -begin
		}
		d.Decode(e)
		_ = s.Event(e) // never an error
	}
	page := write(t, s)
	if len(page) > 2_000_000 {
		t.Errorf("%d bytes", len(page))
	}
	got := parse(t, page)
	for _, table := range got.Tables {
		if len(table.Rows) > report.MaxRows {
			t.Errorf("%s: %d rows", table.Title, len(table.Rows))
		}
	}
	if !strings.Contains(page, "rows with the most events") || !strings.Contains(page, "too low, by ") {
		t.Error("it is not said what is left out")
	}
	if len(got.Series.Rows) > 1500 {
		t.Errorf("%d buckets", len(got.Series.Rows))
	}
}

// tags are what a page has of markup.
var tags = regexp.MustCompile(`<[a-zA-Z/!][^>]*>`)

// hostile returns a page whose texts are all the same one, wherever events and options have texts.
func hostile(t testing.TB, name string, code uint8) string {
	t.Helper()
	s := report.New(report.Options{Title: name, Generator: name, Filter: name, Sources: []string{name}})
	s.Note(name)
	host := &event.Host{Name: name, Interfaces: names{7: name}}
	var d event.Decoder = &kernel.Decoder{Next: new(monitor.Decoder)}
	reason := &event.Event{Kind: event.Sample, Raw: kernelDrop(t, name), Time: begin, Host: host}
	for _, e := range []*event.Event{packetEvent(0, "10.0.0.1", "10.0.0.2", 80, begin, host), packetEvent(code|128, "10.0.0.1", "10.0.0.2", 80, begin, host), reason,
		{Kind: event.Lost, Lost: 1, Time: begin, Host: host}} {
		d.Decode(e)
		_ = s.Event(e) // never an error
	}
	return write(t, s)
}

// kernelDrop returns a drop of the kernel with a name of a reason and a device.
func kernelDrop(t testing.TB, name string) []byte {
	t.Helper()
	m := new(kernel.Decoder).Messages()[0]
	raw := make([]byte, 4096)
	raw[0] = m.MessageType()
	if name != "" {
		copy(raw[8:], strings.Repeat(name, 1+4096/len(name))) // all its texts
	}
	return raw
}

// FuzzNames puts any text where recordings have names: the page has the same markup for all of them, and its data are valid.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"node7", "", `</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "<!--<script>", "\u2028\u202e\xff\x00", "{{data}}", "${alert(1)}", "]]>"} {
		f.Add(name, uint8(5))
	}
	plain := tags.FindAllString(hostile(f, "node7", 5), -1)
	f.Fuzz(func(t *testing.T, name string, code uint8) {
		if name == "" {
			return // the page has no line for a filter, a note or a program without text
		}
		page := hostile(t, name, code)
		dataOf(t, page)
		if strings.ContainsAny(dataOf(t, page), "<>&\u2028\u2029") {
			t.Error("the data can end early")
		}
		got := tags.FindAllString(page, -1)
		if len(got) != len(plain) {
			t.Fatalf("%d tags, not %d", len(got), len(plain))
		}
		for i := range got {
			if got[i] != plain[i] && !strings.HasPrefix(got[i], `<meta name="generator" content="`) {
				t.Errorf("%s, not %s", got[i], plain[i])
			}
		}
	})
}

// BenchmarkReport counts events: the time of one with decoding, and in page-ms what writing the page takes.
func BenchmarkReport(b *testing.B) {
	s := report.New(report.Options{})
	var d monitor.Decoder
	var events []*event.Event
	for i := range 1000 {
		events = append(events, packetEvent([]uint8{0, 0, 133, 155}[i%4], fmt.Sprintf("10.0.%d.%d", i%3, i%97), "10.0.9.1", uint16(i%50), begin, nil))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		e := events[i%len(events)]
		e.Time = begin + int64(i)*1000
		d.Decode(e)
		_ = s.Event(e) // never an error
		i++
	}
}

func Example() {
	s := report.New(report.Options{Sources: []string{"node7.gob"}})
	e := packetEvent(133, "10.0.0.1", "10.0.0.2", 5432, begin, nil)
	new(monitor.Decoder).Decode(e)
	_ = s.Event(e) // never an error
	var out bytes.Buffer
	_ = s.Write(&out) // to a buffer
	fmt.Println(s.Drops, strings.Contains(out.String(), "10.0.0.1"))
	// Output:
	// 1 true
}
