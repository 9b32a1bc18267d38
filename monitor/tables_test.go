// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The headers name what the datapath sends. These tests name what they gain and the printer does not know yet.

func TestEveryDebugCodeHasText(t *testing.T) {
	for code := range 256 {
		name, ok := DbgCode(code).Name()
		n := DebugMsg{SubType: uint8(code)}
		unknown := strings.HasPrefix(string(n.appendMessage(nil, &Host{})), "Unknown message")
		switch {
		case ok && unknown && code != DbgUnspec:
			t.Errorf("the headers have a debug code %s (%d) without a text: add a row to debugTexts in monitor/debug.go",
				name, code)
		case !ok && !unknown:
			t.Errorf("the headers have no debug code %d, but debugTexts in monitor/debug.go has a row for it", code)
		}
	}
}

func TestEveryCaptureCodeHasText(t *testing.T) {
	withoutText := map[int]bool{
		DbgCaptureUnspec: true, DbgCaptureReserved1: true, DbgCaptureReserved2: true, DbgCaptureReserved3: true,
	}
	for code := range 256 {
		name, ok := DbgCaptureCode(code).Name()
		n := DebugCapture{SubType: uint8(code)}
		unknown := n.text().verbose == ""
		switch {
		case ok && unknown && !withoutText[code]:
			t.Errorf("the headers have a capture code %s (%d) without a text: add a row to captureTexts in monitor/capture.go",
				name, code)
		case !ok && !unknown:
			t.Errorf("the headers have no capture code %d, but captureTexts in monitor/capture.go has a row for it", code)
		}
	}
}

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

// TestInterfaceNames holds which messages name an interface: the others print its number, as v1.5.3 does.
func TestInterfaceNames(t *testing.T) {
	h := &Host{Interfaces: named("eth9")}
	var debugs, messages, prefixes []int
	for code := range 256 {
		d, c := DebugMsg{SubType: uint8(code), Arg1: 1}, DebugCapture{SubType: uint8(code), Arg1: 1}
		for to, out := range map[*[]int][]byte{
			&debugs: d.appendMessage(nil, h), &messages: c.appendMessage(nil, h), &prefixes: c.appendInfoPrefix(nil, h),
		} {
			if strings.Contains(string(out), "eth9") {
				*to = append(*to, code)
			}
		}
	}
	want := [][]int{{DbgLxcFound}, nil, {DbgCaptureDelivery, DbgCaptureFromLb}}
	if diff := cmp.Diff(want, [][]int{debugs, messages, prefixes}); diff != "" {
		t.Errorf("codes of debug messages, captures, and captures at info (-want +got):\n%s", diff)
	}
}

// TestTemplates tries every text with every kind of argument: the arguments must exist, and so must the verbs.
func TestTemplates(t *testing.T) {
	var all []template
	all = append(all, debugTexts[:]...)
	for _, c := range captureTexts {
		all = append(all, c.verbose, template(c.info+"{a1:"+c.verb+"}"))
	}
	for _, text := range all {
		for _, v := range []uint32{0, 1, 7, 0x01020304, 0xffffffff} {
			a := arguments{values: [3]uint32{v, v, v}, host: &Host{}}
			if got := string(text.append(nil, &a)); strings.ContainsAny(got, "{}") {
				t.Errorf("%q with %d: %q", text, v, got)
			}
		}
	}
}
