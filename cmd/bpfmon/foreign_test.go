// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestForeignMessages checks that a struct of another project is not printed as a drop, whatever its first byte is, and that
// true messages are.
func TestForeignMessages(t *testing.T) {
	d := &checkedDecoder{new(monitor.Decoder)}
	pkt := make([]byte, 60)
	drop := func(orig, captured uint32, packet []byte) []byte {
		n := monitor.DropNotify{Type: 1, SubType: 133, OrigLen: orig, CapLen: captured}
		return append(n.Append(nil), packet...)
	}
	debug := (&monitor.DebugMsg{Type: 2, SubType: 4}).Append(nil)
	for name, test := range map[string]struct {
		raw  []byte
		want string // the error; "" for none
	}{
		"a drop":              {drop(100, 60, pkt), ""},
		"with padding":        {drop(60, 60, append(pkt, make([]byte, 23)...)), ""},
		"nothing captured":    {drop(100, 0, nil), ""},
		"zeros":               {append([]byte{1}, make([]byte, 63)...), "a message of 64 bytes is not one of Cilium's: a drop would be about a packet of no bytes; --header says what it is"},
		"too little":          {drop(100, 60, pkt[:59]), "a message of 91 bytes is not one of Cilium's: a drop would have 60 bytes of a packet after it, but 59 follow; --header says what it is"},
		"too much":            {drop(100, 10, pkt), "a message of 92 bytes is not one of Cilium's: a drop would have 10 bytes of a packet after it, but 60 follow; --header says what it is"},
		"more than there was": {drop(10, 60, pkt), "a message of 92 bytes is not one of Cilium's: a drop would have captured 60 bytes of a packet of 10; --header says what it is"},
		"a debug message":     {debug, ""},
		"a long one":          {append(debug, make([]byte, 24)...), "a message of 44 bytes is not one of Cilium's: a debug has 20 bytes; --header says what it is"},
	} {
		e := &event.Event{Kind: event.Sample, Raw: test.raw}
		d.Decode(e)
		switch {
		case test.want == "" && (e.Msg == nil || e.Err != nil):
			t.Errorf("%s: %v", name, e.Err)
		case test.want != "" && (e.Msg != nil || e.Err == nil || !strings.Contains(e.Err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", name, e.Err, test.want)
		}
	}
}
