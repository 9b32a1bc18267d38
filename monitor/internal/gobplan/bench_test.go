// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"bytes"
	"encoding/gob"
	"strings"
	"testing"
)

// BenchmarkDecode decodes one record, beside the yardstick: a new gob.Decoder for each.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"http/Request", "dns/Response", "kafka/Request", "l7/Request"} {
		for _, r := range readRecorded(b, "access-log") {
			if strings.HasPrefix(r.name, name) {
				benchmark[logRecordNotify](b, strings.ReplaceAll(name, "/", "-"), r.stream())
				break
			}
		}
	}
	benchmark[agentNotify](b, "agent", readRecorded(b, "agent")[0].stream())
}

func benchmark[T any](b *testing.B, name string, stream []byte) {
	b.Run(name+"/plan", func(b *testing.B) {
		b.ReportAllocs()
		var d Decoder[T]
		var v T
		for b.Loop() {
			if err := d.Decode(stream, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/plan-new", func(b *testing.B) {
		b.ReportAllocs()
		var v T
		for b.Loop() {
			if err := new(Decoder[T]).Decode(stream, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run(name+"/gob", func(b *testing.B) {
		b.ReportAllocs()
		var v T
		for b.Loop() {
			v = *new(T)
			if err := gob.NewDecoder(bytes.NewReader(stream)).Decode(&v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
