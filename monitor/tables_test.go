// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/internal/template"
)

// The headers name what the datapath sends. These tests name what they gain and the printer does not know yet. That every
// debug and capture code has a text is checked by the generator.

func TestEveryTracePointHasSummary(t *testing.T) {
	for point := range 256 {
		name, ok := TracePoint(point).Name()
		n := TraceNotify{ObsPoint: uint8(point)}
		summary := string(n.appendSummary(nil))
		known := summary != "" && summary != "unknown trace"
		switch {
		case ok && !known:
			t.Errorf("the headers have an observation point %s (%d) without a summary: add a row to traceSummaries in monitor/trace.go",
				name, point)
		case !ok && known:
			t.Errorf("the headers have no observation point %d, but traceSummaries in monitor/trace.go has a row for it", point)
		}
	}
}

// TestEveryValueHasName checks the values that the printer expects to have names in the headers: their names are all
// that it prints.
func TestEveryValueHasName(t *testing.T) {
	for _, reason := range []TraceReason{TraceReasonPolicy, TraceReasonCtEstablished, TraceReasonCtReply, TraceReasonCtRelated} {
		if _, ok := reason.Name(); !ok {
			t.Errorf("trace reason %d has no text in bpf/lib/trace.h", reason)
		}
	}
	for _, state := range []CtState{CtState(CtNew), CtState(CtEstablished), CtState(CtReply), CtState(CtRelated)} {
		if _, ok := state.Name(); !ok {
			t.Errorf("conntrack state %d has no text in bpf/lib/conntrack.h", state)
		}
	}
}

// named has the same name for all interfaces.
type named string

func (n named) InterfaceName(uint32) (string, bool) { return string(n), true }

// TestInterfaceNames holds which messages of v1.5.3 name an interface: the others print its number, as it does.
func TestInterfaceNames(t *testing.T) {
	h := &Host{Interfaces: named("eth9")}
	var debugs, messages, prefixes []int
	for code := range 256 {
		d, c := DebugMsg{SubType: uint8(code), Arg1: 1}, DebugCapture{SubType: uint8(code), Arg1: 1}
		for to, out := range map[*[]int][]byte{
			&debugs: d.appendMessage(nil, h), &messages: c.appendMessage(nil, h), &prefixes: c.appendInfoPrefix(nil, h),
		} {
			last := DbgCaptureSnatPost
			if to == &debugs {
				last = DbgLbStaleCT
			}
			if code <= last && strings.Contains(string(out), "eth9") {
				*to = append(*to, code)
			}
		}
	}
	want := [][]int{{DbgLxcFound}, nil, {DbgCaptureDelivery, DbgCaptureFromLb}}
	if diff := cmp.Diff(want, [][]int{debugs, messages, prefixes}); diff != "" {
		t.Errorf("codes of debug messages, captures, and captures at info (-want +got):\n%s", diff)
	}
}

// TestTemplates tries every text with every kind of argument: each form that a text asks for is one that is written.
func TestTemplates(t *testing.T) {
	for _, table := range [][]template.Text{debugTexts[:], captureTexts[:], captureLines[:]} {
		for code, text := range table {
			for _, v := range []uint32{0, 1, 7, 0x01020304, 0xffffffff} {
				got := string(appendTemplate(nil, text, &[3]uint32{v, v, v}, &Host{}))
				if strings.ContainsAny(got, "{}") {
					t.Errorf("%d with %d: %q", code, v, got)
				}
			}
		}
	}
}
