// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// TraceSock is the message about the translation of a socket's address.
type TraceSock struct {
	TraceSockNotify
	*release
}

func (d *Decoder) decodeSock(raw []byte, order binary.ByteOrder) error {
	size := TraceSockNotifyLen
	if d.release.number < traceID {
		size = TraceSockNotifyV1Len
	}
	if len(raw) < size {
		return &lengthError{"TraceSockNotify", -1, false, size, len(raw)}
	}
	n := &d.sock.TraceSockNotify
	if size == TraceSockNotifyLen {
		return n.DecodeOrder(raw, order)
	}
	var old TraceSockNotifyV1
	err := old.DecodeOrder(raw, order)
	*n = TraceSockNotify{
		Type: old.Type, XlatePoint: old.XlatePoint, L4Proto: old.L4Proto, IPv6: old.IPv6, DstPort: old.DstPort,
		SockCookie: old.SockCookie, CgroupID: old.CgroupID, DstIP: old.DstIP,
	}
	return err
}

// MessageType returns TypeTraceSock.
func (*TraceSock) MessageType() uint8 { return TypeTraceSock }

// TypeName returns "trace-sock".
func (*TraceSock) TypeName() string { return "trace-sock" }

// Endpoints returns zeros: a socket is none.
func (*TraceSock) Endpoints() (source, destination uint64) { return 0, 0 }

// Capture returns the zero value: the message holds no packet.
func (*TraceSock) Capture() event.Capture { return event.Capture{} }

// Fields returns a description of each field, with the names of the release.
func (m *TraceSock) Fields() []event.Field { return m.sock }

func (m *TraceSock) point() string {
	if name, ok := XlatePoint(m.XlatePoint).NameIn(m.Release); ok {
		return name
	}
	return "unknown"
}

func (m *TraceSock) protocol() string {
	if name, ok := SockProtocol(m.L4Proto).NameIn(m.Release); ok {
		return name
	}
	return "unknown"
}

// AppendEvent appends the event as Debug and as JSON; it has no line in other styles, as Cilium has none.
func (m *TraceSock) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	switch s.Form {
	case event.JSON:
		return m.appendJSON(dst, e)
	case event.Debug:
	default:
		return dst
	}
	dst = append(text.AppendCPU(dst, e.CPU), " ["...)
	dst = append(append(dst, m.point()...), ']')
	dst = appendNumber(dst, " cgroup_id: ", m.CgroupID)
	dst = appendNumber(dst, " sock_cookie: ", m.SockCookie)
	dst = appendIP(append(dst, ", dst ["...), &m.DstIP, m.IPv6&1 != 0)
	dst = append(appendNumber(dst, "]:", m.DstPort), ' ')
	return append(append(dst, m.protocol()...), '\n')
}

func (m *TraceSock) appendJSON(dst []byte, e *event.Event) []byte {
	dst = text.AppendStringField(text.AppendCPUField(append(dst, '{'), e.CPU), "type", "trace-sock")
	dst = text.AppendStringField(dst, "xlatePoint", m.point())
	dst = appendNumber(dst, `,"cgroupID":`, m.CgroupID)
	dst = appendNumber(dst, `,"sockCookie":`, m.SockCookie)
	dst = append(appendIP(append(dst, `,"dstIP":"`...), &m.DstIP, m.IPv6&1 != 0), '"')
	dst = appendNumber(dst, `,"dstPort":`, m.DstPort)
	return append(text.AppendStringField(dst, "l4Proto", m.protocol()), "}\n"...)
}

// Recorder is the message of the recorder, with a packet.
type Recorder struct {
	CaptureMsg
	place
}

func (d *Decoder) decodeRecord(raw []byte, order binary.ByteOrder) error {
	if len(raw) < CaptureMsgLen {
		return &lengthError{"RecorderCapture", -1, false, CaptureMsgLen, len(raw)}
	}
	n := &d.record.CaptureMsg
	if err := n.DecodeOrder(raw, order); err != nil {
		return err
	}
	d.record.at(raw, CaptureMsgLen, n.LenOrig, 0, 0, order)
	d.record.captured = n.LenCap
	return nil
}

// MessageType returns 6.
func (*Recorder) MessageType() uint8 { return typeRecorder }

// TypeName returns "recorder".
func (*Recorder) TypeName() string { return "recorder" }

// Endpoints returns zeros: the recorder sees a node's packets.
func (*Recorder) Endpoints() (source, destination uint64) { return 0, 0 }

// Separated returns false: a line follows the message.
func (*Recorder) Separated(*event.Style) bool { return false }

// Fields returns a description of each field.
func (m *Recorder) Fields() []event.Field { return m.record }

func (m *Recorder) direction() string {
	if m.Subtype == 1 {
		return "ingress"
	}
	return "egress"
}

// AppendEvent appends the event with its headers, as JSON or as text: Cilium has no other form.
func (m *Recorder) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	data := m.read(e.Raw)
	if s.Form == event.JSON {
		dst = text.AppendStringField(text.AppendCPUField(append(dst, '{'), e.CPU), "type", "recorder")
		dst = text.AppendStringField(dst, "direction", m.direction())
		dst = appendNumber(dst, `,"rule":`, m.Source)
		dst = appendNumber(dst, `,"ts":`, m.TvBoot)
		dst = appendNumber(dst, `,"captured":`, m.captured)
		dst = appendNumber(dst, `,"bytes":`, m.original)
		return append(appendSummary(dst, &m.packet, data), "}\n"...)
	}
	dst = append(append(dst, "Recorder capture: dir:"...), m.direction()...)
	dst = appendNumber(dst, " rule:", m.Source)
	dst = appendSigned(dst, " ts:", int64(m.TvBoot))
	dst = appendNumber(dst, " caplen:", m.captured)
	dst = appendNumber(dst, " len:", m.original)
	return append(m.packet.AppendText(append(dst, '\n')), "----\n"...)
}
