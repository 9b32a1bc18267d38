// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"os"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// traces returns the raw bytes of a trace of a recorded TCP packet.
func traceBytes(b *testing.B) []byte {
	b.Helper()
	f, err := os.Open("../../cmd/bpfmon/testdata/demo.gob")
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	r := payload.NewReader(f)
	var pl payload.Payload
	e := new(event.Event)
	var d monitor.Decoder
	for r.Next(&pl) == nil {
		pl.Lend(e)
		d.Decode(e)
		if p := e.Packet(); p != nil && e.Msg.TypeName() == "trace" && p.Flow().IsTCP() {
			return e.Raw
		}
	}
	b.Fatal("no trace of a TCP packet")
	return nil
}

// BenchmarkFilter measures what filters take beside decoding: "decode" is decoding alone, the others decode too, and judge.
func BenchmarkFilter(b *testing.B) {
	var d monitor.Decoder
	schema := &filter.Schema{Messages: d.Messages()}
	raw := traceBytes(b)
	for _, c := range []struct {
		name, expr string
		want       bool
	}{
		{"decode", "", true},
		{"reject/type", "type drop", false},
		{"reject/simple", "type drop and port 5432", false},
		{"reject/field", "endpoint 77", false},
		{"reject/port", "port 5432", false},
		{"reject/ten", `host 192.168.1.1 or net 172.16.0.0/12 or port 1 or port 5432 or udp or icmp or reason "Policy*" or endpoint 7 or identity 9 or state related`, false},
		{"reject/ten-and", "tcp and syn and not rst and host 10.0.1.15 and port 51734 and src net 10.0.0.0/8 and endpoint 1042 and identity 2107 and state new and port 22", false},
		{"accept/simple", "type trace and port 8080", true},
		{"accept/ten", "tcp and syn and not rst and host 10.0.1.15 and port 51734 and src net 10.0.0.0/8 and endpoint 1042 and identity 2107 and state new and port 8080", true},
	} {
		f, err := filter.Compile(c.expr, schema)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			e := &event.Event{Kind: event.Sample, Raw: raw}
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(e)
				if f.Match(e) != c.want {
					b.Fatal(!c.want)
				}
			}
		})
	}
	b.Run("reject/undecoded", func(b *testing.B) {
		f, _ := filter.Compile("type drop and port 5432", schema)
		b.ReportAllocs()
		for b.Loop() {
			if f.Wants(raw[0]) {
				b.Fatal("wanted")
			}
		}
	})
}
