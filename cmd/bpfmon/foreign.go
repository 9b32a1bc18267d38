// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// checkedDecoder decodes messages of a ring that may be anybody's. What a datapath like Cilium's cannot have sent is an
// error, not a message: a struct of another project begins with some byte too.
type checkedDecoder struct{ event.Decoder }

// maxBehind is how many bytes there can be behind a message: what a perf ring pads it with, and the trailer that bpfmon's own
// datapath writes.
const maxBehind = 7 + 16

// Decode sets the message of a sample, or the error.
func (d *checkedDecoder) Decode(e *event.Event) {
	d.Decoder.Decode(e)
	if e.Msg == nil {
		return
	}
	if why := implausible(e); why != "" {
		name := e.Msg.TypeName()
		e.SetMessage(nil, &foreignError{name, len(e.Raw), why})
	}
}

// implausible says why a message cannot be what its first byte says; "" if it can.
func implausible(e *event.Event) string {
	c, have := e.Msg.Capture(), len(e.Raw)
	if c.Offset == 0 {
		if e.Msg.TypeName() == "debug" && have > monitor.DebugMsgLen+maxBehind {
			return fmt.Sprintf("has %d bytes", monitor.DebugMsgLen)
		}
		return ""
	}
	follow := have - c.Offset
	switch {
	case uint64(c.Captured) > uint64(max(follow, 0)):
		return fmt.Sprintf("would have %d bytes of a packet after it, but %d follow", c.Captured, max(follow, 0))
	case c.Captured > c.Original:
		return fmt.Sprintf("would have captured %d bytes of a packet of %d", c.Captured, c.Original)
	case c.Original == 0:
		return "would be about a packet of no bytes"
	case follow > int(c.Captured)+maxBehind:
		return fmt.Sprintf("would have %d bytes of a packet after it, but %d follow", c.Captured, follow)
	}
	return ""
}

// foreignError says that a message is not one of Cilium's.
type foreignError struct {
	name string
	have int
	why  string
}

// Error says why, and what to do.
func (e *foreignError) Error() string {
	return fmt.Sprintf("a message of %d bytes is not one of Cilium's: a %s %s; --header says what it is", e.have, e.name, e.why)
}
