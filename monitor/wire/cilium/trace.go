// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Trace is the message about a forwarded packet.
type Trace struct {
	TraceNotify
	place
}

func (d *Decoder) decodeTrace(raw []byte, order binary.ByteOrder) error {
	n, r := &d.trace.TraceNotify, d.release
	if len(raw) < 32 {
		return &lengthError{"TraceNotify", -1, true, 32, len(raw)}
	}
	version := r.versionOf(raw, order)
	size, ok := TraceNotifyVersionLen(uint64(version))
	if r.number < versioned {
		size, ok = 32, true
	}
	if !ok {
		return &UnknownVersionError{Kind: "trace", Version: version}
	}
	if n.DecodeSize(raw, size, order) != nil {
		return &lengthError{"TraceNotify", int(version), true, size, len(raw)}
	}
	switch {
	case r.number < versioned:
		n.Flags = 0
	case r.number < deviceFlags && version <= 1:
		n.Flags &= ClsFlagIPv6
	}
	d.trace.at(raw, size, n.LenOrig, n.LenCap, n.Flags, order)
	if version != r.sent.trace {
		d.contradicts("trace", version)
	}
	return nil
}

// MessageType returns TypeTrace.
func (*Trace) MessageType() uint8 { return TypeTrace }

// TypeName returns "trace".
func (*Trace) TypeName() string { return "trace" }

// Endpoints returns the endpoint that the program serves, and the one that the packet goes to.
func (m *Trace) Endpoints() (source, destination uint64) { return uint64(m.Source), uint64(m.DstID) }

// Fields returns a description of each field, with the names of the release.
func (m *Trace) Fields() []event.Field { return m.trace }

// Uint returns the number in the field with an index in Fields; 0 where it is none.
func (m *Trace) Uint(field int) uint64 {
	switch field {
	case traceReasonField:
		if m.number >= 10600 {
			return uint64(m.Reason &^ encrypted)
		}
	case len(traceNotifyFields):
		if m.encrypted() {
			return 1
		}
		return 0
	}
	return m.TraceNotify.Uint(field)
}

func (m *Trace) encrypted() bool { return m.number >= 10600 && m.Reason&encrypted != 0 }

// AppendEvent appends the event in a style.
func (m *Trace) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	switch s.Form {
	case event.JSON:
		return m.appendJSON(dst, e, m.read(e.Raw))
	case event.Verbose:
		return m.appendVerbose(dst, e, s, m.read(e.Raw))
	}
	return m.appendInfo(dst, e, s)
}

// summaries say where a packet comes from or goes to, by observation point.
var summaries = [...]string{
	TraceToLxc: "-> endpoint ", TraceToProxy: "-> proxy", TraceToHost: "-> host from", TraceToStack: "-> stack",
	TraceToOverlay: "-> overlay", TraceFromLxc: "<- endpoint ", TraceFromProxy: "<- proxy", TraceFromHost: "<- host",
	TraceFromStack: "<- stack", TraceFromOverlay: "<- overlay", TraceFromNetwork: "<- network",
	TraceToNetwork: "-> network", TraceFromCrypto: "<- crypto", TraceToCrypto: "-> crypto",
}

// appendPlace appends where the packet comes from or goes to.
func (m *Trace) appendPlace(dst []byte) []byte {
	if _, ok := TracePoint(m.Subtype).NameIn(m.Release); !ok {
		return append(dst, "unknown trace"...)
	}
	dst = append(dst, summaries[m.Subtype]...)
	switch m.Subtype {
	case TraceToLxc:
		return text.AppendUint(dst, uint64(m.DstID))
	case TraceFromLxc:
		return text.AppendUint(dst, uint64(m.Source))
	case TraceToProxy:
		if m.DstID != 0 {
			return appendNumber(dst, " port ", m.DstID)
		}
	}
	return dst
}

func (m *Trace) appendInfo(dst []byte, e *event.Event, s *event.Style) []byte {
	dst = append(m.appendPlace(dst), ' ')
	if m.encrypted() {
		dst = append(dst, "encrypted "...)
	}
	dst = text.AppendMark(append(dst, "flow "...), m.Hash)
	dst = m.appendIdentities(append(dst, ", identity "...), m.SrcLabel, m.DstLabel, s)
	dst = m.appendTraceID(dst, " [ ip-trace-id = ")
	dst = m.appendState(append(dst, " state "...), m.Reason)
	dst = appendInterface(append(dst, " ifindex "...), e.Host, m.Ifindex)
	dst = m.appendOrigIP(append(dst, " orig-ip "...))
	return append(m.appendPacket(append(dst, ": "...), e.Raw), '\n')
}

func (m *Trace) appendTraceID(dst []byte, label string) []byte {
	if m.IPTraceID == 0 {
		return dst
	}
	return append(appendNumber(dst, label, m.IPTraceID), " ]"...)
}

func (m *Trace) appendOrigIP(dst []byte) []byte {
	return appendIP(dst, &m.OrigIP, m.Flags&ClsFlagIPv6 != 0)
}

func (m *Trace) appendVerbose(dst []byte, e *event.Event, s *event.Style, data []byte) []byte {
	dst = m.appendTraceID(appendOrigin(dst, e, m.Hash), " [ IP-TRACE-ID = ")
	dst = append(appendNumber(dst, " FROM ", m.Source), ' ')
	name, ok := TracePoint(m.Subtype).NameIn(m.Release)
	dst = appendName(dst, name, ok, uint64(m.Subtype))
	dst = appendNumber(dst, ": ", m.original)
	dst = appendNumber(dst, " bytes (", m.captured)
	dst = m.appendState(append(dst, " captured), state "...), m.Reason)
	if m.Ifindex != 0 {
		dst = appendInterface(append(dst, ", interface "...), e.Host, m.Ifindex)
	}
	if m.SrcLabel != 0 || m.DstLabel != 0 {
		dst = m.appendIdentities(append(dst, ", identity "...), m.SrcLabel, m.DstLabel, s)
	}
	dst = m.appendOrigIP(append(dst, ", orig-ip "...))
	if m.DstID != 0 {
		label := ", to endpoint "
		if m.Subtype == TraceToProxy {
			label = ", to proxy-port "
		}
		dst = appendNumber(dst, label, m.DstID)
	}
	return appendDump(append(dst, '\n'), &m.packet, data, s)
}

// AppendFacts appends the address before translation, if there is one, and whether the packet was encrypted.
func (m *Trace) AppendFacts(dst []byte) []byte {
	if m.OrigIP != [16]byte{} {
		dst = append(m.appendOrigIP(append(text.AppendKey(dst, "origIP"), '"')), '"')
	}
	if m.encrypted() {
		dst = append(text.AppendKey(dst, "encrypted"), "true"...)
	}
	return dst
}

func (m *Trace) appendJSON(dst []byte, e *event.Event, data []byte) []byte {
	var buf [64]byte
	dst = appendHead(dst, e, "trace", m.Hash)
	dst = append(appendInterface(append(dst, `,"ifindex":"`...), e.Host, m.Ifindex), '"')
	dst = text.AppendJSONString(text.AppendKey(dst, "state"), m.appendState(buf[:0], m.Reason))
	name, ok := TracePoint(m.Subtype).NameIn(m.Release)
	dst = append(appendName(append(dst, `,"observationPoint":"`...), name, ok, uint64(m.Subtype)), '"')
	dst = text.AppendJSONString(text.AppendKey(dst, "traceSummary"), m.appendPlace(buf[:0]))
	dst = appendNumber(dst, `,"source":`, m.Source)
	dst = appendNumber(dst, `,"bytes":`, m.original)
	dst = appendNumber(dst, `,"srcLabel":`, m.SrcLabel)
	dst = appendNumber(dst, `,"dstLabel":`, m.DstLabel)
	dst = appendNumber(dst, `,"dstID":`, m.DstID)
	if m.number >= traceID {
		dst = appendNumber(dst, `,"IpTraceID":`, m.IPTraceID)
	}
	return append(appendSummary(dst, &m.packet, data), "}\n"...)
}
