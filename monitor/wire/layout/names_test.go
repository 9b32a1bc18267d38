// SPDX-License-Identifier: Apache-2.0

package layout_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/wire/layout"
)

// TestNames has fields with names that mean something for packets, in a struct about none.
func TestNames(t *testing.T) {
	d, err := layout.New(binary.LittleEndian, []layout.Struct{{Name: "flow", Size: 7, Least: 7, Fields: []layout.Field{
		{Name: "src", Kind: layout.Record, Size: 2, Fields: []layout.Field{{Name: "port", Size: 2}}},
		{Name: "proto", Offset: 2, Size: 1},
		{Name: "drop_reason", Kind: layout.Int, Offset: 3, Size: 4},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	e := &event.Event{Kind: event.Sample, Raw: []byte{0xbb, 1, 6, 0xf9, 0xff, 0xff, 0xff}}
	d.Decode(e)
	s, err := summary.New(summary.Options{By: "src.port,proto,reason", Messages: d.Messages()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Event(e); err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := s.Write(&table); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(table.String()), " "); !strings.HasSuffix(got, "count 443 6 -7 1") {
		t.Errorf("the summary is\n%s", &table)
	}
	line := string(text.AppendEvent(nil, e, &event.Style{Form: event.JSON, Facts: true}))
	if !strings.Contains(line, `"reasonCode":-7`) {
		t.Errorf("JSON: %s", line)
	}
}
