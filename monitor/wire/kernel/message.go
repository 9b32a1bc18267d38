// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Decoder decodes kernel messages, and leaves others to the decoder behind it. The zero value is ready to use. It is for
// one goroutine at a time.
type Decoder struct {
	// Next decodes messages that are not the kernel's; nil for none.
	Next event.Decoder

	msg Notify
}

var _ event.Decoder = (*Decoder)(nil)

// Decode sets the message of a sample, or the error: a *ShortError for one that is shorter than its struct.
func (d *Decoder) Decode(e *event.Event) {
	if e.Kind != event.Sample || len(e.Raw) == 0 || e.Raw[0] != NotifyType {
		if d.Next != nil {
			d.Next.Decode(e)
			return
		}
		e.SetMessage(nil, nil)
		return
	}
	var order binary.ByteOrder = binary.NativeEndian
	if e.Host != nil && e.Host.Order != nil {
		order = e.Host.Order
	}
	if err := d.msg.DecodeOrder(e.Raw, order); err != nil {
		e.SetMessage(nil, err)
		return
	}
	e.SetMessage(&d.msg, nil)
}

// Messages returns one message of each type that the decoder knows, to read their field tables.
func (d *Decoder) Messages() []event.Message { return []event.Message{&d.msg} }

var (
	_ event.Message = (*Notify)(nil)
	_ event.Named   = (*Notify)(nil)
)

// MessageType returns NotifyType.
func (n *Notify) MessageType() uint8 { return NotifyType }

// TypeName returns "kernel".
func (n *Notify) TypeName() string { return "kernel" }

// Capture says where the packet is.
func (n *Notify) Capture() event.Capture {
	if n.CapLen == 0 {
		return event.Capture{}
	}
	return event.Capture{Offset: NotifyLen, Original: n.OrigLen, Captured: n.CapLen, Link: packet.LinkEthernet}
}

// Endpoints returns 0 and 0: the kernel knows no endpoints.
func (n *Notify) Endpoints() (source, destination uint64) { return 0, 0 }

// Stack returns the functions that led to the event, a line each, the innermost first. raw is the message that n was
// decoded from. It is empty if the stack was not asked for.
func (n *Notify) Stack(raw []byte) []byte {
	at := uint64(NotifyLen) + uint64(n.CapLen)
	if n.StackLen == 0 || at >= uint64(len(raw)) {
		return nil
	}
	rest := raw[at:]
	return rest[:min(uint64(n.StackLen), uint64(len(rest)))]
}

// until returns a text up to its first NUL.
func until(text []byte) []byte {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return text[:i]
	}
	return text
}
