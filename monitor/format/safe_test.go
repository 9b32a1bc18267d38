// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"flag"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
)

// checkSafe formats a sample at each verbosity and checks what must hold for any: whole lines, safe for a terminal, and
// JSON where it should be. It is checkSample without the straightforward formatter, which takes most of its time.
func checkSafe(t *testing.T, data []byte) {
	t.Helper()
	for _, verbosity := range verbosities {
		checkLines(t, string(formatterFor(verbosity).AppendSample(nil, data, 3)), verbosity == "json")
	}
}

// every makes the tests of damage leave nothing out, which takes minutes.
var every = flag.Bool("every", false, "try every length of every sample and every value of every byte")

// some returns n: one of how many things to try, 1 if that is to be all.
func some(n int) int {
	switch {
	case *every:
		return 1
	case testing.Short():
		return 10 * n
	}
	return n
}

// unique returns the data of the recorded samples once, but only one in n.
func unique(t testing.TB, n int) [][]byte {
	var all [][]byte
	seen := make(map[string]bool)
	for _, s := range samples(t) {
		if !seen[string(s.data)] {
			seen[string(s.data)] = true
			if len(seen)%n == 0 {
				all = append(all, s.data)
			}
		}
	}
	return all
}

// TestEveryLength cuts recorded samples at every length.
func TestEveryLength(t *testing.T) {
	for _, data := range unique(t, some(100)) {
		for n := range data {
			checkSafe(t, data[:n:n])
		}
	}
}

// TestEveryByte gives every byte of the messages that are measured other values, one at a time.
func TestEveryByte(t *testing.T) {
	for _, e := range append(packetEvents(t), agentEvents(t)...) {
		data := bytes.Clone(e.data)
		for i, old := range e.data {
			for v := i % some(64); v < 256; v += some(64) {
				data[i] = byte(v)
				checkSafe(t, data)
			}
			data[i] = old
		}
	}
}

// TestNoState formats samples with one formatter in random order, broken ones among them, from a buffer that is
// overwritten after each: what they print must be what they print alone.
func TestNoState(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	all := append(unique(t, some(10)), []byte{}, []byte{1}, []byte{129}, []byte("\x82not gob at all"), make31(api.MessageTypeTrace))
	for _, verbosity := range verbosities {
		f := formatterFor(verbosity)
		var buf, out []byte
		for range 5 * len(all) {
			data := all[r.IntN(len(all))]
			want := formatterFor(verbosity).AppendSample(nil, data, 3)
			buf = append(buf[:0], data...)
			out = f.AppendSample(out[:0], buf, 3)
			for i := range buf {
				buf[i] = 0xaa
			}
			if !bytes.Equal(out, want) {
				t.Fatalf("%x at %s: %q, but %q alone", data, verbosity, out, want)
			}
		}
	}
}

// TestConcurrent uses one formatter, with the names of this host's interfaces, from several goroutines at once: each
// gets what it would get alone, and none stays behind. Run it with -race.
func TestConcurrent(t *testing.T) {
	before := runtime.NumGoroutine()
	all := unique(t, some(10))
	for _, verbosity := range verbosities {
		f := formatterFor(verbosity)
		f.Host = &monitor.Host{Interfaces: new(monitor.HostInterfaces), Order: recorded.Order}
		f.Output = io.Discard
		var wg sync.WaitGroup
		for start := range 4 {
			wg.Go(func() {
				for i := start; i < len(all); i += 2 { // each sample in two goroutines
					alone := *f
					if got, want := f.AppendSample(nil, all[i], 1), alone.AppendSample(nil, all[i], 1); !bytes.Equal(got, want) {
						t.Errorf("%q, but %q alone", got, want)
					}
					f.FormatSample(all[i], 1)
					f.LostEvent(1, 1)
				}
			})
		}
		wg.Wait()
	}
	for range 6000 { // a goroutine may take a moment to end
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// dangers are texts that take over a terminal, forge a line, or break JSON.
var dangers = map[string]string{
	"escape":          "\x1b[2J",
	"C1 control":      "\u009b2J",
	"bell, delete":    "\a\b\x7f\x00",
	"newline":         "\nxx drop (Policy denied (L3))",
	"carriage return": "\rxx drop",
	"Unicode lines":   "\u0085\u2028\u2029",
	"bidirectional":   "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c",
	"invisible":       "\u200b\ufeff\U000e0041",
	"not UTF-8":       "\xff\xc0\xaf\xed\xa0\x80\xe6\x9d",
	"quotes":          `"},{"type":"drop`,
	"backslash":       `\`,
	"markup":          "<script>&",
}

// field is a field of a record that comes from the network or the agent.
type field struct {
	name  string
	shown bool // whether lines of text have it
	set   func(l *accesslog.LogRecord, s string)
}

// fields are all fields of a record that are text, those that never print among them.
var fields = []field{
	{"source label", true, func(l *accesslog.LogRecord, s string) { l.SourceEndpoint.Labels = []string{"a", s} }},
	{"destination label", true, func(l *accesslog.LogRecord, s string) { l.DestinationEndpoint.Labels = []string{s} }},
	{"type", false, func(l *accesslog.LogRecord, s string) { l.Type = accesslog.FlowType(s) }},
	{"verdict", true, func(l *accesslog.LogRecord, s string) { l.Verdict = accesslog.FlowVerdict(s) }},
	{"observation point", false, func(l *accesslog.LogRecord, s string) { l.ObservationPoint = accesslog.ObservationPoint(s) }},
	{"timestamp", false, func(l *accesslog.LogRecord, s string) { l.Timestamp = s }},
	{"info", false, func(l *accesslog.LogRecord, s string) { l.Info = s }},
	{"metadata", false, func(l *accesslog.LogRecord, s string) { l.Metadata = []string{s} }},
	{"service", false, func(l *accesslog.LogRecord, s string) { l.ServiceInfo = &accesslog.ServiceInfo{Name: s} }},
	{"HTTP method", true, func(l *accesslog.LogRecord, s string) { l.HTTP = &accesslog.LogRecordHTTP{Method: s} }},
	{"HTTP protocol", false, func(l *accesslog.LogRecord, s string) { l.HTTP = &accesslog.LogRecordHTTP{Protocol: s} }},
	{"HTTP path", true, func(l *accesslog.LogRecord, s string) {
		l.HTTP = &accesslog.LogRecordHTTP{URL: &url.URL{Path: "/" + s}}
	}},
	{"HTTP query", true, func(l *accesslog.LogRecord, s string) {
		l.HTTP = &accesslog.LogRecordHTTP{URL: &url.URL{Path: "/", RawQuery: s}}
	}},
	{"HTTP header", false, func(l *accesslog.LogRecord, s string) {
		l.HTTP = &accesslog.LogRecordHTTP{Headers: http.Header{s: {s}}}
	}},
	{"DNS name", true, func(l *accesslog.LogRecord, s string) { l.DNS = &accesslog.LogRecordDNS{Query: s} }},
	{"DNS CNAME", true, func(l *accesslog.LogRecord, s string) { l.DNS = &accesslog.LogRecordDNS{CNAMEs: []string{"a", s}} }},
	{"DNS source", false, func(l *accesslog.LogRecord, s string) {
		l.DNS = &accesslog.LogRecordDNS{IPs: []net.IP{{1, 2, 3, 4}}, ObservationSource: accesslog.DNSDataSource(s)}
	}},
	{"Kafka key", true, func(l *accesslog.LogRecord, s string) { l.Kafka = &accesslog.LogRecordKafka{APIKey: s} }},
	{"Kafka topic", true, func(l *accesslog.LogRecord, s string) {
		l.Kafka = &accesslog.LogRecordKafka{Topic: accesslog.KafkaTopic{Topic: s}}
	}},
	{"L7 protocol", true, func(l *accesslog.LogRecord, s string) { l.L7 = &accesslog.LogRecordL7{Proto: s} }},
	{"L7 key", true, func(l *accesslog.LogRecord, s string) {
		l.L7 = &accesslog.LogRecordL7{Fields: map[string]string{s: "v"}}
	}},
	{"L7 value", true, func(l *accesslog.LogRecord, s string) {
		l.L7 = &accesslog.LogRecordL7{Fields: map[string]string{"k": s}}
	}},
	{"L7 status", true, func(l *accesslog.LogRecord, s string) {
		l.L7 = &accesslog.LogRecordL7{Fields: map[string]string{"status": s}}
	}},
}

// TestTerminal puts every danger into every field: a record stays one safe line, which is JSON where it should be, and
// the harmless text around the danger shows.
func TestTerminal(t *testing.T) {
	for danger, s := range dangers {
		for _, f := range fields {
			l := accesslog.LogRecord{Type: accesslog.TypeResponse, ObservationPoint: accesslog.Egress}
			f.set(&l, "be"+s+"hind")
			for _, verbosity := range verbosities {
				checkOneLine(t, f.name+", "+danger, show(verbosity, accessLog(t, l)), verbosity == "json", f.shown)
			}
		}
		text := "be" + s + "hind"
		agent := record(t, api.MessageTypeAgent, api.AgentNotify{Type: api.AgentNotifyGeneric, Text: text})
		host := &monitor.Host{Interfaces: named(text), Order: recorded.Order}
		captured := pack(t, monitor.DebugCapture{Type: api.MessageTypeCapture, SubType: monitor.DbgCaptureDelivery}, "")
		for _, verbosity := range verbosities {
			checkOneLine(t, "agent, "+danger, show(verbosity, agent), verbosity == "json", true)
			f := *formatterFor(verbosity)
			f.Host = host
			traced := string(f.AppendSample(nil, pack(t, monitor.TraceNotify{Type: api.MessageTypeTrace, Ifindex: 1}, ""), 1))
			checkLines(t, traced, verbosity == "json")
			checkLines(t, string(f.AppendSample(nil, captured, 1)), verbosity == "json")
			if !strings.Contains(traced, "be") || strings.Count(traced, "\n") > 2 {
				t.Errorf("interface, %s: %q", danger, traced)
			}
		}
	}
}

// named has the same name for all interfaces.
type named string

func (n named) InterfaceName(uint32) (string, bool) { return string(n), true }

func checkOneLine(t *testing.T, what, out string, asJSON, shown bool) {
	t.Helper()
	checkLines(t, out, asJSON)
	if strings.Count(out, "\n") != 1 {
		t.Errorf("%s: not one line: %q", what, out)
	}
	if shown && (!strings.Contains(out, "be") || !strings.Contains(out, "hind")) {
		t.Errorf("%s: does not show: %q", what, out)
	}
}

// TestErrorsAreJSON checks that every kind of error is an object with the type "error".
func TestErrorsAreJSON(t *testing.T) {
	f := &format.MonitorFormatter{JSONOutput: true, Host: recorded}
	for _, tt := range hostile {
		out := string(f.AppendSample(nil, tt.data, 3))
		checkLines(t, out, true)
		if strings.HasPrefix(tt.want, "CPU 03: Error") {
			checkError(t, out, true)
		}
	}
	checkLines(t, string(f.AppendLost(nil, 1<<63, -1)), true)
}
