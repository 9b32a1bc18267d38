// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestRecords reads the messages' fields by their descriptions.
func TestRecords(t *testing.T) {
	for _, c := range []struct {
		record event.Record
		want   map[string]uint64
		enums  map[string]string // field: the text of its value
	}{
		{
			&DropNotify{Type: 1, SubType: 133, Source: 7, OrigLen: 100, CapLen: 60, SrcLabel: 1 << 31, DstID: 9},
			map[string]uint64{"type": 1, "subType": 133, "source": 7, "origLen": 100, "capLen": 60, "srcLabel": 1 << 31, "dstID": 9},
			map[string]string{"type": "drop", "subType": "Policy denied (L3)"},
		},
		{
			&TraceNotify{Type: 4, ObsPoint: 5, DstID: 9, Reason: 2, Ifindex: 3},
			map[string]uint64{"type": 4, "obsPoint": 5, "dstID": 9, "reason": 2, "ifindex": 3},
			map[string]string{"type": "trace", "obsPoint": "from-endpoint", "reason": "reply"},
		},
		{
			&DebugCapture{Type: 3, SubType: 4, Len: 100, OrigLen: 60, Arg2: 8},
			map[string]uint64{"type": 3, "subType": 4, "origLen": 100, "capLen": 60, "arg2": 8},
			map[string]string{"type": "capture", "subType": "DBG_CAPTURE_DELIVERY"},
		},
		{
			&DebugMsg{Type: 2, SubType: 1, Arg3: 8},
			map[string]uint64{"type": 2, "subType": 1, "arg3": 8},
			map[string]string{"type": "debug", "subType": "DBG_GENERIC"},
		},
	} {
		got, enums := map[string]uint64{}, map[string]string{}
		for i, f := range c.record.Fields() {
			if v := c.record.Uint(i); v != 0 {
				got[f.Name] = v
			}
			if f.Enum != nil {
				enums[f.Name], _ = f.Enum.Lookup(c.record.Uint(i))
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%T (-want +got):\n%s", c.record, diff)
		}
		if diff := cmp.Diff(c.enums, enums); diff != "" {
			t.Errorf("%T, texts (-want +got):\n%s", c.record, diff)
		}
		if n := testing.AllocsPerRun(10, func() {
			for i := range c.record.Fields() {
				_ = c.record.Uint(i)
				_ = c.record.Bytes(i)
			}
		}); n != 0 {
			t.Errorf("%T: %v allocations", c.record, n)
		}
	}
}
