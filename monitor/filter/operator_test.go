// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// addressed is a message with an address in a field of 16 bytes.
type addressed struct {
	*message
	address []byte
}

func (m addressed) Bytes(field int) []byte {
	if m.fields[field].Kind == event.KindBytes {
		return m.address
	}
	return m.message.Bytes(field)
}

// address16 returns an address as datapaths write it: an IPv4 address in the first four of 16 bytes.
func address16(text string) []byte {
	a := netip.MustParseAddr(text)
	return append(a.AsSlice(), make([]byte, 16-a.BitLen()/8)...)
}

func TestBytesField(t *testing.T) {
	fields := []event.Field{{Name: "type"}, {Name: "source"}, {Name: "dstID"}, {Name: "origIP", C: "orig_ip", Kind: event.KindBytes, Bits: 128}}
	of := func(address []byte) addressed {
		return addressed{&message{typ: 4, name: "trace", fields: fields, values: make([]uint64, 4)}, address}
	}
	schema := &Schema{Messages: []event.Message{of(nil)}}
	for _, test := range []struct {
		expr    string
		address []byte
		want    bool
	}{
		{"origIP = 192.0.2.9", address16("192.0.2.9"), true},
		{"origIP = 192.0.2.9", netip.MustParseAddr("::ffff:192.0.2.9").AsSlice(), true},
		{"origIP = 192.0.2.9", netip.MustParseAddr("192.0.2.9").AsSlice(), true},
		{"origIP = 192.0.2.9", address16("192.0.2.8"), false},
		{"origIP = 192.0.2.9", netip.MustParseAddr("c000:209::1").AsSlice(), false},
		{"origIP != 192.0.2.9", address16("192.0.2.8"), true},
		{"orig_ip 192.0.2.0/24", address16("192.0.2.8"), true},
		{"orig_ip 192.0.2.0/24", address16("192.0.3.8"), false},
		{"origIP 2001:db8::/32", address16("2001:db8::9"), true},
		{"origIP 2001:db8::9", address16("2001:db8::9"), true},
		{"origIP 2001:db8::/32", address16("192.0.2.9"), false},
		{"origIP {10.0.0.0/8, 2001:db8::9}", address16("10.1.2.3"), true},
		{"origIP 0xc0000209000000000000000000000000", address16("192.0.2.9"), true},
		{"origIP 192.0.2.9", nil, false},
		{"origIP 192.0.2.9", []byte{192, 0}, false},
	} {
		f, err := Compile(test.expr, schema)
		if err != nil {
			t.Error(err)
			continue
		}
		e := &event.Event{Kind: event.Sample, Raw: []byte{4}}
		e.SetMessage(of(test.address), nil)
		if got := f.Match(e); got != test.want {
			t.Errorf("%s of %x: %v", test.expr, test.address, got)
		}
	}
}

// TestForeignOperators is about what people type who know Wireshark, Hubble and others: never a filter that silently matches
// nothing, but an error that says what to write.
func TestForeignOperators(t *testing.T) {
	verdicts := enum("verdict", false, "Forwarded", "Denied", "Error", "Redirected")
	schema := &Schema{Messages: []event.Message{
		dropMessage(),
		traceMessage(),
		&message{typ: 5, name: "policy-verdict", fields: []event.Field{{Name: "verdict", Kind: event.KindInt, Bits: 32}}},
		&message{typ: 129, name: "l7", fields: []event.Field{{Name: "verdict", Kind: event.KindText, Enum: verdicts}}},
		&message{typ: 200, name: "kernel-drop", fields: []event.Field{{Name: "reason", Kind: event.KindText}}},
	}}
	for _, want := range []string{
		`filter: "eq" is not an operator here: write port = 53
  udp port eq 53
           ^~`,
		`filter: "ge" is not an operator here: write len >= 100
  len ge 100
      ^~`,
		`filter: "~" is not an operator here: in texts, * matches any characters: write reason "*policy*"
  reason ~ "policy"
         ^`,
		`filter: "contains" is not an operator here: in texts, * matches any characters: write reason "*policy*"
  reason contains policy
         ^~~~~~~~`,
		`filter: "matches" is not an operator here: in texts, * matches any characters: write reason "*policy*"
  tcp and reason matches "^policy.*"
                 ^~~~~~~`,
		`filter: no verdict is called "ALLOWED": write forwarded
  not verdict ALLOWED
              ^~~~~~~`,
		`filter: no verdict is called "forwardet"; did you mean forwarded?
  verdict forwardet
          ^~~~~~~~~`,
		`filter: no reason is called "Polcy denied"; did you mean Policy denied?
  reason "Polcy denied"
         ^~~~~~~~~~~~~~`,
		`filter: "10.x" is not an address, a prefix, or bytes such as 0x0a1b
  blob 10.x
       ^~~~`,
	} {
		expr := strings.TrimPrefix(strings.Split(want, "\n")[1], "  ")
		of := schema
		if strings.HasPrefix(expr, "blob") {
			of = &Schema{Messages: []event.Message{&message{name: "x", fields: []event.Field{{Name: "blob", Kind: event.KindBytes}}}}}
		}
		_, err := Compile(expr, of)
		if err == nil {
			t.Errorf("%s: no error", expr)
			continue
		}
		if diff := cmp.Diff(want, err.Error()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	for _, expr := range []string{
		"verdict forwarded", "verdict -1", "verdict denied or verdict error", "reason NO_SOCKET", `reason "Policy denied*"`, `reason "*any thing*"`,
		"port in (80 or 443)", "port in (80, 443)", "port in {80, 443}", "iface in", "iface eq",
	} {
		if _, err := Compile(expr, schema); err != nil && !strings.Contains(err.Error(), "no message that is expected here") {
			t.Error(err)
		}
	}
}

// TestListsOverTypes is about lists with values that each are meant for messages of another type.
func TestListsOverTypes(t *testing.T) {
	kernel := &message{typ: 200, name: "kernel", fields: []event.Field{{Name: "reason", Kind: event.KindText}}, text: "NO_SOCKET", values: []uint64{0, 0, 0}}
	schema := &Schema{Messages: []event.Message{dropMessage(), traceMessage(), kernel}}
	events := []*event.Event{sampleOf(dropMessage(1)), sampleOf(dropMessage(3)), sampleOf(kernel)}
	for expr, want := range map[string]string{
		`reason {NO_SOCKET, "Policy denied"}`:    "ac",
		`reason NO_SOCKET or "Policy denied"`:    "ac",
		`reason {"Invalid packet", 1}`:           "ab",
		`reason != {NO_SOCKET, "Policy denied"}`: "b",
		`reason {NO_SOCKET, 3}`:                  "bc",
	} {
		f, err := Compile(expr, schema)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := letters(f, events); got != want {
			t.Errorf("%s matches %q, not %q", expr, got, want)
		}
	}
	for expr, want := range map[string]string{
		`state {new, NO_SUCH}`:                     `no state is called "NO_SUCH"`,
		`reason {"Policy denied", "Polcy denied"}`: `no reason is called "Polcy denied"; did you mean Policy denied?`,
	} {
		if _, err := Compile(expr, schema); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// TestHubbleNames is about the names that Hubble's enums and metrics give to Cilium's reasons.
func TestHubbleNames(t *testing.T) {
	for expr, want := range map[string]bool{
		"reason POLICY_DENIED": true, "reason policy_denied": true, "reason POLICY_DENIED_L3": false, "reason INVALID_PACKET": false, "reason != POLICY_DENIED": false,
	} {
		f, err := Compile(expr, schema)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := f.Match(sampleOf(dropMessage(1))); got != want {
			t.Errorf("%s of Policy denied: %v", expr, got)
		}
	}
}

// Alternatives are joined at once: a list of four times the length must not take sixteen times the memory.
func TestLongAlternatives(t *testing.T) {
	for _, term := range []string{"src 10.0.%d.%d", "port %d%02d", "subType %d%02d", "endpoint %d%02d"} {
		allocated := func(n int) uint64 {
			var terms []string
			for i := range n {
				terms = append(terms, fmt.Sprintf(term, 1+i/100, i%100))
			}
			expr := strings.Join(terms, " or ")
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			if _, err := Compile(expr, schema); err != nil {
				t.Fatal(err)
			}
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		if few, many := allocated(500), allocated(2000); many > 8*few {
			t.Errorf("%q: 500 alternatives take %d bytes, 2000 take %d", term, few, many)
		}
	}
}
