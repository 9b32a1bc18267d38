// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// newMessages returns one message of each type that a Decoder knows.
func newMessages() []message {
	return []message{
		&DropNotify{},
		&DebugMsg{},
		&DebugCapture{},
		&TraceNotify{},
		&LogRecordNotify{},
		&agentMessage{},
	}
}

// message is a message that a Decoder can decode.
type message interface {
	event.Message
	// DecodeOrder sets every field from a message's own bytes, in a byte order.
	DecodeOrder(data []byte, order binary.ByteOrder) error
}

// Decoder decodes the messages of Cilium 1.5 and of this project's own datapath, for the [event.Decoder] interface. It
// keeps one message of each type and reuses it. The zero value is ready to use. It is for one goroutine at a time.
type Decoder struct {
	messages [256]message // by message type
	ready    bool
}

var _ event.Decoder = (*Decoder)(nil)

// Decode sets the message of a sample, in the byte order of the event's host, or the error: a [ShortError] for a message
// that is shorter than its struct.
func (d *Decoder) Decode(e *event.Event) {
	if !d.ready {
		d.prepare()
	}
	if e.Kind != event.Sample || len(e.Raw) == 0 {
		d.without(e)
		return
	}
	m := d.messages[e.Raw[0]]
	if m == nil {
		e.SetMessage(nil, nil)
		return
	}
	if err := m.DecodeOrder(e.Raw, e.Host.ByteOrder()); err != nil {
		e.SetMessage(nil, err)
		return
	}
	e.SetMessage(m, nil)
}

// without decodes what has no message.
func (d *Decoder) without(e *event.Event) {
	var err error
	if e.Kind == event.Sample {
		err = event.ErrEmpty
	}
	e.SetMessage(nil, err)
}

// prepare makes the messages.
func (d *Decoder) prepare() {
	for _, m := range newMessages() {
		d.messages[m.MessageType()] = m
	}
	d.ready = true
}

// Messages returns one message of each type that the decoder knows, to read their field tables.
func (d *Decoder) Messages() []event.Message {
	all := newMessages()
	messages := make([]event.Message, len(all))
	for i, m := range all {
		messages[i] = m
	}
	return messages
}

// agentMessage is a notification of the agent, which is sent as gob and so in no byte order.
type agentMessage struct{ api.AgentNotify }

// DecodeOrder is Decode: gob has a byte order of its own.
func (n *agentMessage) DecodeOrder(data []byte, _ binary.ByteOrder) error { return n.Decode(data) }

// DecodeOrder is Decode: gob has a byte order of its own.
func (l *LogRecordNotify) DecodeOrder(data []byte, _ binary.ByteOrder) error { return l.Decode(data) }

// of sets what the Append functions need to know of an event. Options are handed on by pointer: copies of them take a tenth
// of the time of a line.
func (o *Options) of(e *event.Event, s *event.Style) {
	o.CPU, o.Hex, o.Host = e.CPU, s.Hex, e.Host
	o.live = s.Full && e.Time != 0
	if o.live && s.Form == event.Info {
		o.full = e.Packet()
	}
}

// Message types, names and packets.

// MessageType returns api.MessageTypeDrop.
func (n *DropNotify) MessageType() uint8 { return api.MessageTypeDrop }

// MessageType returns api.MessageTypeTrace.
func (n *TraceNotify) MessageType() uint8 { return api.MessageTypeTrace }

// MessageType returns api.MessageTypeCapture.
func (n *DebugCapture) MessageType() uint8 { return api.MessageTypeCapture }

// MessageType returns api.MessageTypeDebug.
func (n *DebugMsg) MessageType() uint8 { return api.MessageTypeDebug }

// MessageType returns api.MessageTypeAccessLog.
func (l *LogRecordNotify) MessageType() uint8 { return api.MessageTypeAccessLog }

// TypeName returns "drop".
func (n *DropNotify) TypeName() string { return "drop" }

// TypeName returns "trace".
func (n *TraceNotify) TypeName() string { return "trace" }

// TypeName returns "capture".
func (n *DebugCapture) TypeName() string { return "capture" }

// TypeName returns "debug".
func (n *DebugMsg) TypeName() string { return "debug" }

// TypeName returns "l7".
func (l *LogRecordNotify) TypeName() string { return "l7" }

// Endpoints returns the endpoint that the program serves, and the one that the packet was meant for.
func (n *DropNotify) Endpoints() (source, destination uint64) {
	return uint64(n.Source), uint64(n.DstID)
}

// Endpoints returns the endpoint that the program serves, and the one that the packet goes to.
func (n *TraceNotify) Endpoints() (source, destination uint64) {
	return uint64(n.Source), uint64(n.DstID)
}

// Endpoints returns the endpoint that the program serves.
func (n *DebugCapture) Endpoints() (source, destination uint64) { return uint64(n.Source), 0 }

// Endpoints returns the endpoint that the program serves.
func (n *DebugMsg) Endpoints() (source, destination uint64) { return uint64(n.Source), 0 }

// Endpoints returns the two endpoints of the request.
func (l *LogRecordNotify) Endpoints() (source, destination uint64) {
	return l.SourceEndpoint.ID, l.DestinationEndpoint.ID
}

// InterfaceIndex returns the interface that the packet goes to or came from.
func (n *TraceNotify) InterfaceIndex() uint32 { return n.Ifindex }

// RuleNumber returns the rule that denied the packet.
func (n *DropNotify) RuleNumber() (number uint32, ok bool) { return n.Unused, n.Unused != 0 }

// highestRule is what pad, a byte, has for all rules from that number on.
const highestRule = math.MaxUint8

// RuleNumber returns the rule that would have denied the packet.
func (n *TraceNotify) RuleNumber() (number uint32, ok bool) {
	return uint32(n.Pad), n.Reason == TraceReasonDenied && n.Pad != 0 && n.Pad != highestRule
}

// Capture says where the dropped packet is.
func (n *DropNotify) Capture() event.Capture {
	return event.Capture{Offset: DropNotifyLen, Original: n.OrigLen, Captured: n.CapLen, Link: packet.LinkEthernet}
}

// Capture says where the forwarded packet is.
func (n *TraceNotify) Capture() event.Capture {
	return event.Capture{Offset: TraceNotifyLen, Original: n.OrigLen, Captured: n.CapLen, Link: packet.LinkEthernet}
}

// Capture says where the captured packet is. In v1.5.3's names, which the struct keeps, Len is the length of the packet on
// the wire and OrigLen is the length that was captured.
func (n *DebugCapture) Capture() event.Capture {
	return event.Capture{Offset: DebugCaptureLen, Original: n.Len, Captured: n.OrigLen, Link: packet.LinkEthernet}
}

// Capture returns the zero value: debug messages hold no packet.
func (n *DebugMsg) Capture() event.Capture { return event.Capture{} }

// Capture returns the zero value: an access log is about a request.
func (l *LogRecordNotify) Capture() event.Capture { return event.Capture{} }

// AppendEvent appends the event in a style.
func (n *DropNotify) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	var o Options
	o.of(e, s)
	return n.AppendForm(dst, e.Raw, &o, s.Form)
}

// AppendEvent appends the event in a style.
func (n *TraceNotify) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	var o Options
	o.of(e, s)
	return n.AppendForm(dst, e.Raw, &o, s.Form)
}

// AppendEvent appends the event in a style; nothing as Info for a point that has no line.
func (n *DebugCapture) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	var o Options
	o.of(e, s)
	return n.AppendForm(dst, e.Raw, &o, s.Form)
}

// AppendEvent appends the event in a style; nothing as Info.
func (n *DebugMsg) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	var o Options
	o.of(e, s)
	return n.AppendForm(dst, e.Raw, &o, s.Form)
}

// AppendEvent appends the record as a line, or as JSON; a record that has no JSON form appends an error object.
func (l *LogRecordNotify) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	var o Options
	o.of(e, s)
	return l.AppendForm(dst, e.Raw, &o, s.Form)
}

// AppendForm appends the message in a form: it is AppendInfo, AppendJSON, or AppendVerbose for the others. data is the
// message that n was decoded from.
func (n *DropNotify) AppendForm(dst, data []byte, o *Options, form event.Form) []byte {
	switch form {
	case event.Info:
		return n.appendInfo(dst, data, o)
	case event.JSON:
		return n.appendJSON(dst, data, o)
	}
	return n.appendVerbose(dst, data, o)
}

// AppendForm appends the message in a form: it is AppendInfo, AppendJSON, or AppendVerbose for the others. data is the
// message that n was decoded from.
func (n *TraceNotify) AppendForm(dst, data []byte, o *Options, form event.Form) []byte {
	switch form {
	case event.Info:
		return n.appendInfo(dst, data, o)
	case event.JSON:
		return n.appendJSON(dst, data, o)
	}
	return n.appendVerbose(dst, data, o)
}

// AppendForm appends the message in a form: it is AppendInfo, AppendJSON, or AppendVerbose for the others. data is the
// message that n was decoded from.
func (n *DebugCapture) AppendForm(dst, data []byte, o *Options, form event.Form) []byte {
	switch form {
	case event.Info:
		return n.appendInfo(dst, data, o)
	case event.JSON:
		return n.appendJSON(dst, data, o)
	}
	return n.appendVerbose(dst, data, o)
}

// AppendForm appends the message in a form: nothing as Info, and as JSON or verbose what the functions of these names do.
func (n *DebugMsg) AppendForm(dst, _ []byte, o *Options, form event.Form) []byte {
	switch form {
	case event.Info:
		return dst
	case event.JSON:
		return n.AppendJSON(dst, *o)
	}
	return n.AppendVerbose(dst, *o)
}

// AppendForm appends the record as a line, or as JSON; a record that has no JSON form appends an error object.
func (l *LogRecordNotify) AppendForm(dst, _ []byte, o *Options, form event.Form) []byte {
	if form != event.JSON {
		return l.AppendInfo(dst)
	}
	from := len(dst)
	dst, err := l.AppendJSON(dst)
	if err != nil {
		return appendErrorJSON(dst[:from], err, *o)
	}
	return dst
}

// Occurred returns the time that the proxy wrote into the record, in nanoseconds since 1970-01-01 UTC, and whether there
// is one.
func (l *LogRecordNotify) Occurred() (int64, bool) {
	t, err := time.Parse(time.RFC3339Nano, l.Timestamp)
	if err != nil {
		return 0, false
	}
	return t.UnixNano(), true
}
