// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// frames are the packets of the messages that are measured.
var frames = []struct{ name, hex string }{
	{"tcp4", "0a0a0a0a0a0a0200000000010800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307"},
	{"tcp6", "0a0a0a0a0a0a02000000000186dd" + "6000000000140640fd000000000000000000000000000001fd000000000000000000000000000002" +
		"9c400050000003e8000000005012faf0c0de0000"},
}

// messages15 and messages20 are a drop and a trace of 1.5 and of 1.20 that say the same.
func messages15(packet []byte) map[string][]byte {
	drop := monitor.DropNotify{Type: 1, SubType: 133, Source: 55, Hash: 0xdeadbeef, OrigLen: 74, CapLen: 74, SrcLabel: 263, DstLabel: 104, DstID: 55}
	trace := monitor.TraceNotify{Type: 4, ObsPoint: monitor.TraceToLxc, Source: 55, Hash: 0xdeadbeef, OrigLen: 74, CapLen: 74,
		SrcLabel: 263, DstLabel: 104, DstID: 55, Reason: monitor.TraceReasonCtEstablished, Ifindex: 7}
	return map[string][]byte{"drop": append(drop.Append(nil), packet...), "trace": append(trace.Append(nil), packet...)}
}

func messages20(packet []byte) map[string][]byte {
	drop := cilium.DropNotify{Type: 1, Subtype: 133, Source: 55, Hash: 0xdeadbeef, LenOrig: 74, LenCap: 74, Version: 3, SrcLabel: 263,
		DstLabel: 104, DstID: 55, Line: 1234, File: 2, Ifindex: 7}
	trace := cilium.TraceNotify{Type: 4, Source: 55, Hash: 0xdeadbeef, LenOrig: 74, LenCap: 74, Version: 2,
		SrcLabel: 263, DstLabel: 104, DstID: 55, Reason: cilium.TraceReasonCtEstablished, Ifindex: 7}
	return map[string][]byte{"drop": append(drop.Append(nil), packet...), "trace": append(trace.Append(nil), packet...)}
}

// BenchmarkCilium decodes and prints messages of 1.5 and of 1.20.
func BenchmarkCilium(b *testing.B) {
	newest, err := cilium.NewDecoder(cilium.Newest)
	if err != nil {
		b.Fatal(err)
	}
	for _, level := range []struct {
		name  string
		style event.Style
	}{{"info", event.Style{}}, {"verbose", event.Style{Form: event.Verbose}}, {"json", event.Style{Form: event.JSON}}} {
		for _, frame := range frames {
			packet, err := hex.DecodeString(frame.hex)
			if err != nil {
				b.Fatal(err)
			}
			for _, kind := range []string{"drop", "trace"} {
				name := level.name + "/" + kind + "-" + frame.name
				run(b, name+"/1.20", newest, messages20(packet)[kind], &level.style)
				run(b, name+"/1.5", new(monitor.Decoder), messages15(packet)[kind], &level.style)
			}
		}
	}
}

func run(b *testing.B, name string, d event.Decoder, data []byte, style *event.Style) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		e := event.Event{Kind: event.Sample, CPU: 3, Raw: data, Host: &event.Host{Order: binary.NativeEndian}}
		var buf []byte
		for b.Loop() {
			d.Decode(&e)
			buf = text.AppendEvent(buf[:0], &e, style)
		}
	})
}
