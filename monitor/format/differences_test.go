// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
)

// Where the output is not v1.5.3's, on purpose, one test each. That no input panics is what the tests of hostile input
// show; that --from 70000 is an error, those of the flags.

// record returns a message of the agent: its type, then v as gob.
func record(t testing.TB, messageType byte, v any) []byte {
	t.Helper()
	buf := bytes.NewBuffer([]byte{messageType})
	if err := gob.NewEncoder(buf).Encode(v); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func accessLog(t testing.TB, l accesslog.LogRecord) []byte {
	t.Helper()
	return record(t, api.MessageTypeAccessLog, monitor.LogRecordNotify{LogRecord: l})
}

// pack returns a struct of the datapath, as a little-endian host sends it, and what follows it.
func pack(t testing.TB, v any, packet string) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := binary.Write(&buf, binary.LittleEndian, v); err != nil {
		t.Fatal(err)
	}
	data, err := hex.DecodeString(packet)
	if err != nil {
		t.Fatal(err)
	}
	return append(buf.Bytes(), data...)
}

// show returns what a message prints at a verbosity that a sample names.
func show(verbosity string, data []byte) string {
	return string(formatterFor(verbosity).AppendSample(nil, data, 1))
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// frame is a UDP packet of 46 bytes, the last 4 its data; ringPadding is what the perf ring may leave behind it.
const (
	frame = "ffffffffffff020000000001" + "0800" + "450000200001400040110000c0a80001c0a80002" +
		"003582350000abcd" + "68690000"
	ringPadding = "deadbeefdeadbe"
)

// TestDifferenceNoZeroRecords: a message that does not decode is no record of zeros.
func TestDifferenceNoZeroRecords(t *testing.T) {
	expect(t, "text", show("debug", make([]byte, 0)), "CPU 01: Error: empty message\n")
	expect(t, "text", show("debug", []byte{2}), "CPU 01: Error: debug_msg: need 20 bytes, have 1\n")
	expect(t, "JSON", show("json", []byte{2}),
		`{"cpu":"CPU 01:","type":"error","message":"debug_msg: need 20 bytes, have 1"}`+"\n")
}

// TestDifferenceCapturedLength: the captured length cuts the packet, so that padding of the ring is never taken for it.
func TestDifferenceCapturedLength(t *testing.T) {
	const packetLen = uint32(len(frame) / 2)
	for _, header := range []any{
		monitor.DropNotify{Type: api.MessageTypeDrop, OrigLen: 9999, CapLen: packetLen},
		monitor.TraceNotify{Type: api.MessageTypeTrace, OrigLen: 9999, CapLen: packetLen},
		// In v1.5.3's names, OrigLen is what was captured of a packet and Len is its length.
		monitor.DebugCapture{Type: api.MessageTypeCapture, SubType: 4, OrigLen: packetLen, Len: 9999},
	} {
		for _, verbosity := range verbosities {
			exact, padded := show(verbosity, pack(t, header, frame)), show(verbosity, pack(t, header, frame+ringPadding))
			expect(t, verbosity, padded, exact)
		}
		dump := show("hex", pack(t, header, frame+ringPadding))
		if !strings.Contains(dump, "9999 bytes") || strings.Contains(dump, "de ad") {
			t.Errorf("%T:\n%s", header, dump)
		}
	}
	drop := monitor.DropNotify{Type: api.MessageTypeDrop, CapLen: 14}
	expect(t, "cut within the packet", show("info", pack(t, drop, frame)),
		"xx drop (Success) flow 0x0 to endpoint 0, identity 0->0: 02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff IPv4\n")
	drop.CapLen = 0
	expect(t, "nothing captured", show("info", pack(t, drop, frame)),
		"xx drop (Success) flow 0x0 to endpoint 0, identity 0->0: [unknown]\n")
	if dump := show("debug", pack(t, drop, frame)); strings.Count(dump, "\n") != 2 {
		t.Errorf("nothing captured, but dissected:\n%s", dump)
	}
}

// TestDifferenceTupleFlags: flags print by the header's names, the lowest bit first.
func TestDifferenceTupleFlags(t *testing.T) {
	for value, want := range map[uint32]string{
		0: "", 1: "IN", 2: "RELATED", 3: "IN, RELATED", 4: "SERVICE", 7: "IN, RELATED, SERVICE", 0xf8: "", 0xfd: "IN, SERVICE",
	} {
		n := monitor.DebugMsg{Type: api.MessageTypeDebug, SubType: monitor.DbgCtLookup, Arg1: 1<<16 | 2, Arg2: 6<<8 | value}
		expect(t, want, show("debug", pack(t, n, "")),
			"CPU 01: MARK 0x0 FROM 0 DEBUG: CT lookup: sport=1 dport=2 nexthdr=6 flags="+want+"\n")
	}
}

// evil is text that takes over a terminal and forges a line, and seen is how it must appear.
const (
	evil     = "a\x1b[2J\r\nxx drop\u202e\u009b\xff é"
	seen     = `a\x1b[2J\r\nxx drop\u202e\u009b\xff é`
	seenJSON = `a\u001b[2J\r\nxx drop\u202e\u009b\ufffd é`
)

// evilRecords are records with evil text in every field that prints.
func evilRecords() []accesslog.LogRecord {
	endpoint := accesslog.EndpointInfo{Labels: []string{evil, evil}, IPv4: evil, IPv6: evil, LabelsSHA256: evil}
	base := accesslog.LogRecord{
		Type: accesslog.TypeResponse, Timestamp: evil, Info: evil, Metadata: []string{evil},
		ObservationPoint: accesslog.ObservationPoint(evil), Verdict: accesslog.FlowVerdict(evil),
		SourceEndpoint: endpoint, DestinationEndpoint: endpoint,
	}
	all := []accesslog.LogRecord{base, base, base, base, base}
	all[0].HTTP = &accesslog.LogRecordHTTP{
		Method: evil, Protocol: evil, URL: &url.URL{Scheme: "http", Host: "h", Path: "/" + evil, RawQuery: "q=é\u202e"},
		Headers: http.Header{evil: {evil}},
	}
	all[1].Kafka = &accesslog.LogRecordKafka{APIKey: evil, Topic: accesslog.KafkaTopic{Topic: evil}}
	all[2].DNS = &accesslog.LogRecordDNS{
		Query: evil, CNAMEs: []string{evil, evil}, IPs: []net.IP{{10, 0, 0, 1}},
		ObservationSource: accesslog.DNSDataSource(evil), QTypes: []uint16{1, 0xffff},
	}
	all[3].L7 = &accesslog.LogRecordL7{Proto: evil, Fields: map[string]string{evil: evil, "status": evil}}
	all[4].Type = accesslog.FlowType(evil)
	return all
}

// TestDifferenceTerminal: text from the network and the agent cannot reach the terminal as control characters.
func TestDifferenceTerminal(t *testing.T) {
	for _, l := range evilRecords() {
		data := accessLog(t, l)
		checkSample(t, data)
		if out := show("info", data); strings.Count(out, "\n") != 1 {
			t.Errorf("not one line: %q", out)
		}
	}
	agent := record(t, api.MessageTypeAgent, api.AgentNotify{Type: api.AgentNotifyGeneric, Text: evil})
	checkSample(t, agent)
	expect(t, "agent", show("info", agent), ">> Message: "+seen+"\n")
	host := &monitor.Host{Interfaces: evilInterfaces{}, Order: binary.LittleEndian}
	f := &format.MonitorFormatter{Host: host, Verbosity: format.DEBUG}
	found := pack(t, monitor.DebugMsg{Type: api.MessageTypeDebug, SubType: monitor.DbgLxcFound}, "")
	expect(t, "interface", string(f.AppendSample(nil, found, 1)),
		"CPU 01: MARK 0x0 FROM 0 DEBUG: Local container found ifindex "+seen+" seclabel 0\n")
	f.Verbosity = format.JSON
	checkLines(t, string(f.AppendSample(nil, found, 1)), true)
}

// evilInterfaces has evil names for all interfaces.
type evilInterfaces struct{}

func (evilInterfaces) InterfaceName(uint32) (string, bool) { return evil, true }

// TestDifferenceFieldOrder: L7 fields print in the order of their keys.
func TestDifferenceFieldOrder(t *testing.T) {
	data := accessLog(t, accesslog.LogRecord{Type: accesslog.TypeSample, L7: &accesslog.LogRecordL7{
		Fields: map[string]string{"b": "2", "status": "ok", "z": "4", "a": "1", "c": "3"}}})
	for range 10 {
		expect(t, "fields", show("info", data), " a:1 b:2 c:3 z:4 => status:ok\n")
	}
}

// TestDifferenceJSON: JSON is always valid, whatever the text of the agent, and for every kind of message.
func TestDifferenceJSON(t *testing.T) {
	for text, want := range map[string]string{
		`{"id":1}`:                     `{"id":1}`,
		"{\n  \"id\": [1]\n}":          `{  "id": [1]}`,
		`"<b>"`:                        `"<b>"`,
		"":                             `""`,
		"plain":                        `"plain"`,
		`{"id":`:                       `"{\"id\":"`,
		`say "hi"`:                     `"say \"hi\""`,
		evil:                           `"` + seenJSON + `"`,
		`["` + "\u202e\x7f\xff" + `"]`: `["\u202e\u007f\ufffd"]`,
		strings.Repeat("[", 100000):    `"` + strings.Repeat("[", 100000) + `"`,
	} {
		data := record(t, api.MessageTypeAgent, api.AgentNotify{Type: api.AgentNotifyPolicyUpdated, Text: text})
		out := show("json", data)
		checkLines(t, out, true)
		expect(t, text, out, `{"type":"agent","subtype":"Policy updated","message":`+want+"}\n")
	}
	expect(t, "unknown", show("json", []byte{200, 1}), `{"cpu":"CPU 01:","type":"unknown","code":200,"data":"c801"}`+"\n")
	lost := formatterFor("json").AppendLost(nil, 12, 3)
	expect(t, "lost", string(lost), `{"cpu":"CPU 03:","type":"lost","lost":12}`+"\n")
	noAddress := accessLog(t, accesslog.LogRecord{DNS: &accesslog.LogRecordDNS{IPs: []net.IP{{1, 2, 3}}}})
	expect(t, "address", show("json", noAddress),
		`{"cpu":"CPU 01:","type":"error","message":"access log: DNS answer with an address of 3 bytes"}`+"\n")
}

// TestDifferenceOneWrite: a message is one write, the line of dashes included.
func TestDifferenceOneWrite(t *testing.T) {
	for _, verbosity := range verbosities {
		var out countWrites
		f := formatterFor(verbosity)
		f.Output = &out
		f.FormatSample(pack(t, monitor.DropNotify{Type: api.MessageTypeDrop, CapLen: 100}, frame), 1)
		if out.writes != 1 {
			t.Errorf("%s: %d writes", verbosity, out.writes)
		}
	}
}

// TestDifferenceLinesEnd: a record without data of a protocol ends its line too.
func TestDifferenceLinesEnd(t *testing.T) {
	l := accesslog.LogRecord{Type: accesslog.TypeRequest, ObservationPoint: accesslog.Egress, Verdict: accesslog.VerdictDenied}
	expect(t, "no protocol", show("info", accessLog(t, l)),
		"-> Request unknown-l7 from 0 ([]) to 0 ([]), identity 0->0, verdict Denied\n")
}

// TestDifferenceNestedHeaders: an outer header does not print as the inner one of its kind.
func TestDifferenceNestedHeaders(t *testing.T) {
	const outer, inner = "4500003000010000400400000a0000010a000002", "001c00010000401100000a0100010a010002"
	drop := monitor.DropNotify{Type: api.MessageTypeDrop, OrigLen: 62, CapLen: 62}
	head := frame[:28] // Ethernet
	whole := pack(t, drop, head+outer+"4500"+inner+"003500350008abcd")
	broken := pack(t, drop, head+outer+"4100"+inner+"003500350008abcd")
	var sources []string
	for line := range strings.Lines(show("debug", whole)) {
		if _, after, ok := strings.Cut(line, "SrcIP="); ok {
			sources = append(sources, strings.Fields(after)[0])
		}
	}
	expect(t, "sources", strings.Join(sources, " "), "10.0.0.1 10.1.0.1")
	const line = "xx drop (Success) flow 0x0 to endpoint 0, identity 0->0: "
	expect(t, "summary", show("info", whole), line+"10.1.0.1:53 -> 10.1.0.2:53 udp\n")
	expect(t, "summary of a broken one", show("info", broken), line+"10.0.0.1 -> 10.0.0.2\n")
}

// TestDifferenceWideEndpoint: an endpoint id of more than 16 bits is none of those that a filter can ask for.
func TestDifferenceWideEndpoint(t *testing.T) {
	drop := pack(t, monitor.DropNotify{Type: api.MessageTypeDrop, DstID: 1<<16 + 7}, "")
	f := formatterFor("info")
	f.ToDst = format.Uint16Flags{7}
	expect(t, "filtered", string(f.AppendSample(nil, drop, 1)), "")
}

// TestDifferencePackets: where v1.5.3's text contradicts the bytes of the packet, the packet's own print.
func TestDifferencePackets(t *testing.T) {
	const (
		eth4 = "ffffffffffff020000000001" + "0800"
		eth6 = "ffffffffffff020000000001" + "86dd"
		a, b = "fd000000000000000000000000000001", "fd000000000000000000000000000002"
		syn  = "9c400050000003e80000000050020200c0de0000" // a TCP header, 40000 -> 80
		tcp6 = "[fd00::1]:40000 -> [fd00::2]:80 tcp SYN"
	)
	for _, c := range []struct{ what, packet, v153, want string }{
		{"behind a hop-by-hop header, whole", eth6 + "60000000001c0040" + a + b + "0600050200000100" + syn,
			tcp6, tcp6},
		{"BIG TCP", eth6 + "6000000000000640" + a + b + syn, "02:00:00:00:00:01 -> ff:ff:ff:ff:ff:ff IPv6", tcp6},
		{"jumbo option", eth6 + "6000000000000040" + a + b + "0600c20400010020" + syn,
			"fd00::1 -> fd00::2", tcp6},
		{"capture ends in TCP options", eth4 + "4500003c1c4640004006b1e60a0000010a000002" + syn[:24] + "a" + syn[25:] + "0204",
			"10.0.0.1 -> 10.0.0.2", "10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN"},
		{"mapped addresses", eth6 + "6000000000140640" + "00000000000000000000ffff0a000001" + b + syn,
			"10.0.0.1:40000 -> [fd00::2]:80 tcp SYN", "[::ffff:10.0.0.1]:40000 -> [fd00::2]:80 tcp SYN"},
		{"first fragment", eth4 + "450000281c4620004006b1e60a0000010a000002" + syn,
			"10.0.0.1 -> 10.0.0.2", "10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN"},
		{"first fragment, IPv6", eth6 + "60000000001c2c40" + a + b + "0600000100001234" + syn, "fd00::1 -> fd00::2", tcp6},
		{"behind AH", eth4 + "450000401c4640004033b1e60a0000010a000002" + "060400000000010000000001" + "000102030405060708090a0b" + syn,
			"10.0.0.1 -> 10.0.0.2", "10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN"},
		{"behind destination options", eth6 + "60000000001c3c40" + a + b + "0600010400000000" + syn, "fd00::1 -> fd00::2", tcp6},
		{"behind a routing header", eth6 + "60000000001c2b40" + a + b + "0600000000000000" + syn, "fd00::1 -> fd00::2", tcp6},
		{"later fragment, as before", eth4 + "450000281c4600024006b1e60a0000010a000002" + syn,
			"10.0.0.1 -> 10.0.0.2", "10.0.0.1 -> 10.0.0.2"},
	} {
		data := pack(t, monitor.DropNotify{Type: api.MessageTypeDrop, CapLen: uint32(len(c.packet) / 2)}, c.packet)
		const head = "xx drop (Success) flow 0x0 to endpoint 0, identity 0->0: "
		expect(t, c.what, show("info", data), head+c.want+"\n")
		dissected := show("debug", data)
		if got, want := strings.Contains(dissected, "truncated"), strings.Contains(c.what, "capture ends") ||
			c.what == "jumbo option"; got != want {
			t.Errorf("%s: truncated: %v, want %v", c.what, got, want)
		}
		if got, want := strings.Contains(dissected, "TCP\t{"), c.want != c.v153 || c.want == tcp6; got != want {
			t.Errorf("%s: TCP header: %v, want %v:\n%s", c.what, got, want, dissected)
		}
	}
}
