// SPDX-License-Identifier: Apache-2.0

package format

import (
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendSample appends what [MonitorFormatter.FormatSample] prints. It does not keep data.
//
// Each type of v1.5.3's has its variable here: behind an interface the message would be allocated, and kept in a pool it
// would cost as much again as printing it.
func (m *MonitorFormatter) AppendSample(dst, data []byte, cpu int) []byte {
	o := monitor.Options{CPU: cpu, Hex: m.Hex, Host: m.Host}
	if len(data) == 0 {
		return m.appendError(dst, event.ErrEmpty, o)
	}
	s := sample{m, data[0]}
	var err error
	switch form := m.form(); data[0] {
	case api.MessageTypeDrop:
		var n monitor.DropNotify
		if err = n.DecodeOrder(data, m.Host.ByteOrder()); err == nil && s.selected(n.Endpoints()) {
			return n.AppendForm(separate(dst, form), data, &o, form)
		}
	case api.MessageTypeDebug:
		var n monitor.DebugMsg
		if err = n.DecodeOrder(data, m.Host.ByteOrder()); err == nil && s.selected(n.Endpoints()) {
			return n.AppendForm(dst, data, &o, form)
		}
	case api.MessageTypeCapture:
		var n monitor.DebugCapture
		if err = n.DecodeOrder(data, m.Host.ByteOrder()); err == nil && s.selected(n.Endpoints()) {
			return n.AppendForm(separate(dst, form), data, &o, form)
		}
	case api.MessageTypeTrace:
		var n monitor.TraceNotify
		if err = n.DecodeOrder(data, m.Host.ByteOrder()); err == nil && s.selected(n.Endpoints()) {
			return n.AppendForm(separate(dst, form), data, &o, form)
		}
	case api.MessageTypeAccessLog:
		var n monitor.LogRecordNotify
		if err = n.Decode(data); err == nil && s.selected(n.Endpoints()) {
			return n.AppendForm(dst, data, &o, form)
		}
	case api.MessageTypeAgent:
		var n api.AgentNotify
		if err = n.Decode(data); err == nil && s.selected(n.Endpoints()) {
			return n.AppendEvent(dst, nil, &event.Style{Form: form})
		}
	default:
		return m.appendOther(dst, data, o)
	}
	if err != nil {
		return m.appendBad(dst, data, err, o)
	}
	return dst
}

// sample is a message of a type, to be judged by a formatter's filters.
type sample struct {
	*MonitorFormatter
	messageType byte
}

// selected reports whether the filters let the message pass, which comes from an endpoint and goes to another.
func (s sample) selected(from, to uint64) bool { return s.match(int(s.messageType), from, to) }

// separate appends the line that stands before a packet whose headers are printed.
func separate(dst []byte, form event.Form) []byte {
	if form == event.Verbose {
		return append(dst, text.Separator...)
	}
	return dst
}

// form returns the form that the verbosity asks for.
func (m *MonitorFormatter) form() event.Form {
	switch m.level() {
	case INFO:
		return event.Info
	case JSON:
		return event.JSON
	}
	return event.Verbose
}

// other is what a message is decoded with that v1.5.3 did not have.
type other struct {
	decoder monitor.Decoder
	event   event.Event
}

var others = sync.Pool{New: func() any { return new(other) }}

// appendOther appends a message of a type that v1.5.3 did not have. One that the decoder does not know either prints with
// its bytes.
func (m *MonitorFormatter) appendOther(dst, data []byte, o monitor.Options) []byte {
	with := others.Get().(*other)
	defer others.Put(with)
	e := &with.event
	e.Kind, e.CPU, e.Host, e.Raw = event.Sample, o.CPU, o.Host, data
	defer func() { e.Raw = nil }() // it is the caller's
	with.decoder.Decode(e)
	form := m.form()
	switch {
	case e.Err != nil:
		return m.appendBad(dst, data, e.Err, o)
	case e.Msg == nil && form == event.JSON:
		return text.AppendUnknownJSON(dst, o.CPU, data)
	case e.Msg == nil:
		return text.AppendUnknown(dst, o.CPU, data)
	case !m.Matches(e):
		return dst
	}
	if e.Msg.Capture().Offset > 0 {
		dst = separate(dst, form)
	}
	return e.Msg.AppendEvent(dst, e, &event.Style{Form: form, Hex: m.Hex})
}

// appendBad appends the error of a message that cannot be decoded, if messages of its type are asked for. Whom it is
// from and to cannot be known.
func (m *MonitorFormatter) appendBad(dst, data []byte, err error, o monitor.Options) []byte {
	if len(m.EventTypes) > 0 && !m.EventTypes.Contains(int(data[0])) {
		return dst
	}
	return m.appendError(dst, err, o)
}

func (m *MonitorFormatter) appendError(dst []byte, err error, o monitor.Options) []byte {
	if m.level() == JSON {
		return text.AppendErrorJSON(dst, o.CPU, err)
	}
	return text.AppendError(dst, o.CPU, err)
}
