// SPDX-License-Identifier: Apache-2.0

package hubble_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// decoder returns a decoder of one release, "" for v1.5.3's and the kernel's messages.
func decoder(t testing.TB, release string) event.Decoder {
	t.Helper()
	if release == "" {
		return &kernel.Decoder{Next: new(monitor.Decoder)}
	}
	d, err := cilium.NewDecoder(release)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// lines returns the JSON of a message, decoded as each of the releases sends it.
func lines(t testing.TB, raw []byte, releases ...string) []string {
	t.Helper()
	var all []string
	for _, release := range releases {
		e := &event.Event{Kind: event.Sample, Raw: raw, Time: 1_700_000_000_123_456_789, CPU: 3}
		decoder(t, release).Decode(e)
		m := hubble.Mapper{Node: "n1"}
		r := m.Record(e)
		line, _ := r.AppendJSON(nil, nil)
		if r.Kind == hubble.NoRecord {
			if len(line) > 0 {
				t.Errorf("a line without a record: %s", line)
			}
			continue
		}
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil || bytes.Count(line, []byte("\n")) != 1 || !bytes.HasSuffix(line, []byte("\n")) {
			t.Fatalf("not a line of JSON (%v): %s", err, line)
		}
		if err := protobuf.Each(r.Response(nil), func(protobuf.Value) error { return nil }); err != nil {
			t.Errorf("the response cannot be read: %v", err)
		}
		all = append(all, strings.TrimSuffix(string(line), "\n"))
	}
	return all
}

// TestEverySample makes records of all messages that releases of Cilium were asked to print.
func TestEverySample(t *testing.T) {
	kinds := map[string]int{}
	for _, release := range []string{"1.15.19", "1.20.2"} {
		f, err := os.Open("../../wire/cilium/testdata/cilium-v" + release + "-samples.jsonl.gz")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for d := json.NewDecoder(z); ; {
			var s struct{ Data string }
			if err := d.Decode(&s); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			raw, err := hex.DecodeString(s.Data)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range lines(t, raw, release, "", "1.6", "1.12") {
				kinds[line[:8]]++
			}
		}
	}
	for _, kind := range []string{`{"flow":`, `{"debug_`, `{"agent_`} {
		if kinds[kind] < 20 {
			t.Errorf("%d records begin with %s", kinds[kind], kind)
		}
	}
}

// syn is a packet: a SYN from 10.0.0.1:40000 to 10.0.0.2:80.
var syn = mustHex("0a00000000020a00000000010800" + "4500002800010000400666cd0a0000010a000002" + "9c40005000000001000000005002ffff00000000")

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// drop returns a drop of v1.5.3's form.
func drop(code uint8, source uint16, destination uint32, packet []byte) []byte {
	b := []byte{1, code}
	b = binary.NativeEndian.AppendUint16(b, source)
	for _, v := range []uint32{7, uint32(len(packet)), uint32(len(packet)), 1001, 2, destination, 0} {
		b = binary.NativeEndian.AppendUint32(b, v)
	}
	return append(b, packet...)
}

const head = `{"flow":{"time":"2023-11-14T22:13:20.123456789Z",`

// TestReasons: Hubble's programs print the number of a reason by the newest table, and filter by its name.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		code    uint8
		release string
		want    []string
	}{
		{133, "", []string{`"event_type":{"type":1,"sub_type":133}`, `"drop_reason_desc":"POLICY_DENIED"`, `"Summary":"TCP Flags: SYN"`}},
		{159, "", []string{`"sub_type":133}`, `"drop_reason_desc":"POLICY_DENIED"`}},
		{162, "", []string{`"sub_type":133}`, `"drop_reason_desc":"POLICY_DENIED"`}},
		{162, "1.20", []string{`"sub_type":162}`, `"drop_reason_desc":"REACHED_EDT_RATE_LIMITING_DROP_HORIZON"`}},
		{136, "", []string{`"sub_type":255}`, `"drop_reason_desc":"CT_MISSING_TCP_ACK_FLAG"`, `"Summary":"CT: Missing TCP ACK flag; TCP Flags: SYN"`}},
		{161, "", []string{`"sub_type":255}`, `"Summary":"Failed to insert into proxymap; TCP Flags: SYN"`}},
		{136, "1.20", []string{`"sub_type":136}`, `"Summary":"TCP Flags: SYN"`}},
		{151, "", []string{`"sub_type":151}`, `"drop_reason_desc":"STALE_OR_UNROUTABLE_IP"`}},
	} {
		raw := drop(c.code, 5, 0, syn)
		if c.release != "" { // with the longer struct
			raw = append(append(append([]byte{}, raw[:32]...), make([]byte, 8)...), syn...)
			raw[14] = 2
			binary.NativeEndian.PutUint16(raw[12:], uint16(len(syn)))
		}
		got := lines(t, raw, c.release)
		if len(got) != 1 {
			t.Fatalf("%d of %q: no record", c.code, c.release)
		}
		for _, want := range c.want {
			if !strings.Contains(got[0], want) {
				t.Errorf("%d of %q has no %s: %s", c.code, c.release, want, got[0])
			}
		}
	}
}

// TestFlows are flows as their lines.
func TestFlows(t *testing.T) {
	packet := `"ethernet":{"source":"0a:00:00:00:00:01","destination":"0a:00:00:00:00:02"},"IP":{"source":"10.0.0.1","destination":"10.0.0.2","ipVersion":"IPv4"},` +
		`"l4":{"TCP":{"source_port":40000,"destination_port":80,"flags":{"SYN":true}}},`
	tail := `},"node_name":"n1","time":"2023-11-14T22:13:20.123456789Z"}`
	n := kernel.Notify{Type: kernel.NotifyType, OrigLen: uint32(len(syn)), CapLen: uint32(len(syn)), IfIndex: 4}
	copy(n.Reason[:], "NETFILTER_DROP")
	copy(n.Device[:], "eth1")
	copy(n.Function[:], "nf_hook_slow+0x8e")
	var b bytes.Buffer
	if err := binary.Write(&b, binary.NativeEndian, &n); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"at the endpoint that sent it", drop(133, 5, 0, syn), head + `"verdict":"DROPPED","drop_reason":133,` + packet +
			`"source":{"ID":5,"identity":1001},"destination":{"identity":2},"Type":"L3_L4","node_name":"n1","event_type":{"type":1,"sub_type":133},` +
			`"traffic_direction":"EGRESS","drop_reason_desc":"POLICY_DENIED","Summary":"TCP Flags: SYN"` + tail},
		{"at the endpoint that was to get it", drop(133, 5, 5, syn), head + `"verdict":"DROPPED","drop_reason":133,` + packet +
			`"source":{"identity":1001},"destination":{"ID":5,"identity":2},"Type":"L3_L4","node_name":"n1","event_type":{"type":1,"sub_type":133},` +
			`"traffic_direction":"INGRESS","drop_reason_desc":"POLICY_DENIED","Summary":"TCP Flags: SYN"` + tail},
		{"by the kernel", append(b.Bytes(), syn...), head + `"verdict":"DROPPED","drop_reason":255,` + packet +
			`"Type":"L3_L4","node_name":"n1","event_type":{"type":1,"sub_type":255},"traffic_direction":"EGRESS",` +
			`"interface":{"index":4,"name":"eth1"},"Summary":"NETFILTER_DROP in nf_hook_slow+0x8e; TCP Flags: SYN"` + tail},
		{"without a packet", drop(134, 0, 0, nil), head + `"verdict":"DROPPED","drop_reason":134,"source":{"identity":1001},"destination":{"identity":2},` +
			`"Type":"L3_L4","node_name":"n1","event_type":{"type":1,"sub_type":134},"drop_reason_desc":"INVALID_PACKET_DROPPED"` + tail},
	} {
		if got := lines(t, c.raw, ""); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.name, got, c.want)
		}
	}
}

// TestLost: what says that events were lost is no flow.
func TestLost(t *testing.T) {
	m := hubble.Mapper{Node: "n1"}
	line, _ := m.Record(&event.Event{Kind: event.Lost, Lost: 12, CPU: 0}).AppendJSON(nil, nil)
	want := `{"lost_events":{"source":"PERF_EVENT_RING_BUFFER","num_events_lost":"12","cpu":0},"node_name":"n1"}` + "\n"
	if string(line) != want {
		t.Errorf("got  %swant %s", line, want)
	}
}

// TestAllocations: a mapper reuses its memory.
func TestAllocations(t *testing.T) {
	e := &event.Event{Kind: event.Sample, Raw: drop(133, 5, 0, syn), CPU: 3}
	d := decoder(t, "")
	m := hubble.Mapper{Node: "n1"}
	var line, buf []byte
	n := testing.AllocsPerRun(100, func() {
		d.Decode(e)
		line, buf = m.Record(e).AppendJSON(line[:0], buf)
	})
	if n != 0 {
		t.Errorf("%v allocations for each event", n)
	}
}

func FuzzRecord(f *testing.F) {
	f.Add(drop(133, 5, 0, syn), uint8(0))
	f.Fuzz(func(t *testing.T, raw []byte, release uint8) {
		names := append(cilium.ReleaseNames(), "")
		lines(t, raw, names[int(release)%len(names)])
	})
}

// FuzzMessage reads bytes that claim to be a message of a client.
func FuzzMessage(f *testing.F) {
	m := hubble.Mapper{}
	f.Add(m.Record(&event.Event{Kind: event.Lost, Lost: 300}).Response(nil))
	f.Fuzz(func(t *testing.T, msg []byte) {
		if line := hubble.AppendResponseJSON(nil, msg); !json.Valid(line) {
			t.Errorf("not JSON: %s", line)
		}
	})
}

func BenchmarkJSON(b *testing.B) {
	e := &event.Event{Kind: event.Sample, Raw: drop(133, 5, 0, syn), CPU: 3, Time: 1}
	d := decoder(b, "")
	m := hubble.Mapper{Node: "n1"}
	var line, buf []byte
	for b.Loop() {
		d.Decode(e)
		line, buf = m.Record(e).AppendJSON(line[:0], buf)
	}
}

func BenchmarkResponse(b *testing.B) {
	e := &event.Event{Kind: event.Sample, Raw: drop(133, 5, 0, syn), CPU: 3, Time: 1}
	d := decoder(b, "")
	m := hubble.Mapper{Node: "n1"}
	var buf []byte
	for b.Loop() {
		d.Decode(e)
		buf = m.Record(e).Response(buf[:0])
	}
}
