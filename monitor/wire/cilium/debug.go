// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Debug is the message by which a program says what it does.
type Debug struct {
	DebugMsg
	*release
}

func (d *Decoder) decodeDebug(raw []byte, order binary.ByteOrder) error {
	if len(raw) < DebugMsgLen {
		return &lengthError{"DebugMsg", -1, false, DebugMsgLen, len(raw)}
	}
	return d.debug.DecodeOrder(raw, order)
}

// MessageType returns TypeDbgMsg.
func (*Debug) MessageType() uint8 { return TypeDbgMsg }

// TypeName returns "debug".
func (*Debug) TypeName() string { return "debug" }

// Endpoints returns the endpoint that the program serves.
func (m *Debug) Endpoints() (source, destination uint64) { return uint64(m.Source), 0 }

// Capture returns the zero value: debug messages hold no packet.
func (*Debug) Capture() event.Capture { return event.Capture{} }

// Fields returns a description of each field, with the names of the release.
func (m *Debug) Fields() []event.Field { return m.debug }

// AppendEvent appends the event in a style; nothing as Info.
func (m *Debug) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	switch s.Form {
	case event.Info:
		return dst
	case event.JSON:
		var buf [256]byte
		dst = text.AppendStringField(text.AppendCPUField(append(dst, '{'), e.CPU), "type", "debug")
		return append(text.AppendJSONString(text.AppendKey(dst, "message"), m.appendMessage(buf[:0], e.Host)), "}\n"...)
	}
	dst = appendNumber(appendOrigin(dst, e, m.Hash), " FROM ", m.Source)
	return append(m.appendMessage(append(dst, " DEBUG: "...), e.Host), '\n')
}

// appendMessage appends what the message says.
func (m *Debug) appendMessage(dst []byte, h *event.Host) []byte {
	if t := textIn(m.debugTexts, m.Subtype); t != nil {
		return m.appendTemplate(dst, t, &[3]uint32{m.Arg1, m.Arg2, m.Arg3}, h)
	}
	dst = appendNumber(dst, "Unknown message type=", m.Subtype)
	return appendNumber(appendNumber(dst, " arg1=", m.Arg1), " arg2=", m.Arg2)
}

// Capture is the message with a packet as it passes a point in a program.
type Capture struct {
	DebugCaptureMsg
	place
}

func (d *Decoder) decodeCapture(raw []byte, order binary.ByteOrder) error {
	if len(raw) < DebugCaptureMsgLen {
		return &lengthError{"DebugCapture", -1, false, DebugCaptureMsgLen, len(raw)}
	}
	n := &d.capture.DebugCaptureMsg
	if err := n.DecodeOrder(raw, order); err != nil {
		return err
	}
	d.capture.at(raw, DebugCaptureMsgLen, n.LenOrig, n.LenCap, 0, order)
	d.checkVersion("capture", raw, order)
	return nil
}

// MessageType returns TypeDbgCapture.
func (*Capture) MessageType() uint8 { return TypeDbgCapture }

// TypeName returns "capture".
func (*Capture) TypeName() string { return "capture" }

// Endpoints returns the endpoint that the program serves.
func (m *Capture) Endpoints() (source, destination uint64) { return uint64(m.Source), 0 }

// Fields returns a description of each field, with the names of the release.
func (m *Capture) Fields() []event.Field { return m.capture }

// AppendEvent appends the event in a style; nothing as Info and Debug for a point that has no line.
func (m *Capture) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	line := textIn(m.captureLines, m.Subtype)
	switch s.Form {
	case event.JSON:
		return m.appendJSON(dst, e)
	case event.Verbose:
		data := m.read(e.Raw)
		dst = appendNumber(appendOrigin(dst, e, m.Hash), " FROM ", m.Source)
		dst = appendNumber(dst, " DEBUG: ", m.bytes())
		dst = m.appendMessage(append(dst, " bytes, "...), e.Host)
		return appendDump(append(dst, '\n'), &m.packet, data, s)
	}
	if line == nil {
		return dst
	}
	dst = append(m.appendTemplate(dst, line, &[3]uint32{m.Arg1}, e.Host), ": "...)
	return append(m.appendPacket(dst, e.Raw), '\n')
}

// bytes returns the length that is printed: what was captured since 1.19, and before that what was on the wire.
func (m *Capture) bytes() uint32 {
	if m.number >= traceID {
		return m.captured
	}
	return m.original
}

func (m *Capture) appendMessage(dst []byte, h *event.Host) []byte {
	if t := textIn(m.captureTexts, m.Subtype); t != nil {
		return m.appendTemplate(dst, t, &[3]uint32{m.Arg1}, h)
	}
	return appendNumber(appendNumber(dst, "Unknown message type=", m.Subtype), " arg1=", m.Arg1)
}

func (m *Capture) appendJSON(dst []byte, e *event.Event) []byte {
	var buf [256]byte
	dst = appendHead(dst, e, "capture", m.Hash)
	dst = text.AppendJSONString(text.AppendKey(dst, "message"), m.appendMessage(buf[:0], e.Host))
	if line := textIn(m.captureLines, m.Subtype); line != nil {
		dst = text.AppendJSONString(text.AppendKey(dst, "prefix"), m.appendTemplate(buf[:0], line, &[3]uint32{m.Arg1}, e.Host))
	}
	dst = appendNumber(dst, `,"source":`, m.Source)
	dst = appendNumber(dst, `,"bytes":`, m.bytes())
	dst = text.AppendJSONString(text.AppendKey(dst, "summary"), m.appendPacket(buf[:0], e.Raw))
	return append(dst, "}\n"...)
}
