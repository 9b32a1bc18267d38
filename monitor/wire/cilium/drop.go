// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	outer "github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Drop is the message about a dropped packet.
type Drop struct {
	DropNotify
	place
}

// place is where the packet of a message is, and what it is.
type place struct {
	*release
	size     int // of the struct: where the packet begins
	captured uint32
	original uint32
	first    packet.Kind
	tunnel   packet.Kind
	packet   packet.Dissection
}

// Capture says where the packet is.
func (p *place) Capture() event.Capture {
	c := event.Capture{Offset: p.size, Original: p.original, Captured: p.captured, Link: outer.LinkEthernet}
	if p.first != packet.Ethernet {
		c.Link = outer.LinkIP
	}
	return c
}

// read decodes the headers of the packet. It returns all that is behind the struct, as Cilium prints it: the padding of the
// ring too.
func (p *place) read(raw []byte) []byte {
	data := raw[min(p.size, len(raw)):]
	p.packet.Lenient = p.number < errors16
	p.packet.Read(data, p.first, p.tunnel)
	return data
}

// appendPacket appends who talks to whom.
func (p *place) appendPacket(dst, raw []byte) []byte {
	if p.tunnel == packet.None {
		return packet.AppendStrictSummary(dst, raw[min(p.size, len(raw)):], p.first, p.number < errors16)
	}
	p.read(raw)
	return p.packet.AppendSummary(dst)
}

// at sets where the packet is.
func (p *place) at(raw []byte, size int, original uint32, captured uint16, flags uint8, order binary.ByteOrder) {
	p.size, p.original, p.captured = size, original, uint32(captured)
	if p.number < versioned {
		p.captured = order.Uint32(raw[12:])
	}
	p.first, p.tunnel = p.start(flags)
}

func (d *Decoder) decodeDrop(raw []byte, order binary.ByteOrder) error {
	n, r := &d.drop.DropNotify, d.release
	version := r.versionOf(raw, order)
	size, err := r.dropSize(version)
	if least := min(36, r.dropLayout()); len(raw) < least {
		return &lengthError{"DropNotify", -1, true, least, len(raw)}
	}
	if err != nil {
		return err
	}
	if n.DecodeSize(raw, size, order) != nil {
		if len(raw) < 40 {
			size = 40 // what version 2 has is missed first
		}
		return &lengthError{"DropNotify", int(version), true, size, len(raw)}
	}
	if size == 32 && r.number < dropSource {
		n.Line, n.File, n.ExtError = 0, 0, 0
	}
	d.drop.at(raw, size, n.LenOrig, n.LenCap, n.Flags, order)
	if version != r.sent.drop {
		d.contradicts("drop", version)
	} else if size <= 36 {
		d.fits(&d.drop.place, raw, "drop")
	}
	return nil
}

// dropLayout returns the size of a drop of version 0 or 1: nothing in it says which of the two it is.
func (r *release) dropLayout() int {
	if r.number < dropDevice {
		return 32
	}
	return 36
}

// dropSize returns the size of a version of a drop. Releases before 1.18 have one layout and do not look at the version:
// one that is not known is read in that.
func (r *release) dropSize(version uint16) (int, error) {
	if version <= 1 {
		return r.dropLayout(), nil
	}
	size, ok := DropNotifyVersionLen(uint64(version))
	if !ok && r.number < deviceFlags {
		return r.dropLayout(), nil
	}
	if !ok {
		return 0, &UnknownVersionError{Kind: "drop", Version: version}
	}
	return size, nil
}

// versionOf returns the version of a message with a packet: one byte since 1.19, two before. A message that is too short
// for one has version 0.
func (r *release) versionOf(raw []byte, order binary.ByteOrder) uint16 {
	switch {
	case len(raw) < 16:
		return 0
	case r.number >= traceID:
		return uint16(raw[14])
	case r.number < versioned:
		return uint16(order.Uint32(raw[12:]) >> 16)
	}
	return order.Uint16(raw[14:])
}

// MessageType returns TypeDrop.
func (*Drop) MessageType() uint8 { return TypeDrop }

// TypeName returns "drop".
func (*Drop) TypeName() string { return "drop" }

// Endpoints returns the endpoint that the program serves, and the one that the packet was meant for.
func (m *Drop) Endpoints() (source, destination uint64) { return uint64(m.Source), uint64(m.DstID) }

// Fields returns a description of each field, with the names of the release.
func (m *Drop) Fields() []event.Field { return m.drop }

// AppendEvent appends the event in a style.
func (m *Drop) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	switch s.Form {
	case event.JSON:
		return m.appendJSON(dst, e, m.read(e.Raw))
	case event.Verbose:
		return m.appendVerbose(dst, e, s, m.read(e.Raw))
	}
	return m.appendInfo(dst, e, s)
}

func (m *Drop) appendInfo(dst []byte, e *event.Event, s *event.Style) []byte {
	dst = m.appendReason(append(dst, "xx drop ("...), m.Subtype, m.ExtError)
	dst = text.AppendMark(append(dst, ") flow "...), m.Hash)
	dst = appendNumber(dst, " to endpoint ", m.DstID)
	if m.number >= dropDevice {
		dst = appendNumber(dst, ", ifindex ", m.Ifindex)
	}
	if m.number >= dropSource {
		dst = m.appendFile(append(dst, ", file "...))
		dst = appendNumber(dst, ":", m.Line)
	}
	if m.IPTraceID != 0 {
		dst = append(appendNumber(dst, ", [ ip-trace-id = ", m.IPTraceID), " ]"...)
	}
	dst = m.appendIdentities(append(dst, ", identity "...), m.SrcLabel, m.DstLabel, s)
	return append(m.appendPacket(append(dst, ": "...), e.Raw), '\n')
}

// appendFile appends the name of the source file.
func (m *Drop) appendFile(dst []byte) []byte {
	if name, ok := SourceFile(m.File).NameIn(m.Release); ok {
		if dst = append(dst, name...); m.unnamed {
			dst = appendCode(dst, uint64(m.File))
		}
		return dst
	}
	return append(appendNumber(dst, "unknown(", m.File), ')')
}

func (m *Drop) appendVerbose(dst []byte, e *event.Event, s *event.Style, data []byte) []byte {
	dst = appendNumber(appendOrigin(dst, e, m.Hash), " FROM ", m.Source)
	dst = appendNumber(dst, " DROP: ", m.original)
	dst = m.appendReason(append(dst, " bytes, reason "...), m.Subtype, m.ExtError)
	if m.SrcLabel != 0 || m.DstLabel != 0 {
		dst = m.appendIdentities(append(dst, ", identity "...), m.SrcLabel, m.DstLabel, s)
	}
	if m.DstID != 0 {
		dst = appendNumber(dst, ", to endpoint ", m.DstID)
	}
	if m.IPTraceID != 0 {
		dst = append(appendNumber(dst, "\n [ IP-TRACE-ID=", m.IPTraceID), " ]"...)
	}
	return appendDump(append(dst, '\n'), &m.packet, data, s)
}

func (m *Drop) appendJSON(dst []byte, e *event.Event, data []byte) []byte {
	var buf [128]byte
	dst = appendHead(dst, e, "drop", m.Hash)
	dst = text.AppendJSONString(text.AppendKey(dst, "reason"), m.appendReason(buf[:0], m.Subtype, m.ExtError))
	dst = appendNumber(dst, `,"source":`, m.Source)
	dst = appendNumber(dst, `,"bytes":`, m.original)
	dst = appendNumber(dst, `,"srcLabel":`, m.SrcLabel)
	dst = appendNumber(dst, `,"dstLabel":`, m.DstLabel)
	dst = appendNumber(dst, `,"dstID":`, m.DstID)
	if m.number >= dropSource {
		dst = appendNumber(dst, `,"Line":`, m.Line)
		dst = appendNumber(dst, `,"File":`, m.File)
		dst = appendSigned(dst, `,"ExtError":`, int64(m.ExtError))
	}
	if m.number >= dropDevice {
		dst = appendNumber(dst, `,"Ifindex":`, m.Ifindex)
	}
	if m.IPTraceID != 0 {
		dst = appendNumber(dst, `,"IPTraceID":`, m.IPTraceID)
	}
	return append(appendSummary(dst, &m.packet, data), "}\n"...)
}

// AppendFacts appends the name of the source file, if a file is known.
func (m *Drop) AppendFacts(dst []byte) []byte {
	name, ok := SourceFile(m.File).NameIn(m.Release)
	if m.number < dropSource || !ok {
		return dst
	}
	return text.AppendStringField(dst, "fileName", name)
}

// appendSummary appends the field with the headers of a packet; nothing if none of it was captured.
func appendSummary(dst []byte, d *packet.Dissection, data []byte) []byte {
	if len(data) == 0 || !d.Known() {
		return dst
	}
	return d.AppendJSON(text.AppendKey(dst, "summary"))
}

// Separated returns whether the packet's headers are printed: only then a line stands before the message.
func (*place) Separated(s *event.Style) bool { return s.Form == event.Verbose }
