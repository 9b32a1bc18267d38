// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"bytes"
	"net/netip"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// Mapper makes records of events. It is for one goroutine at a time.
type Mapper struct {
	// Node is the name of the host for events whose source does not say it.
	Node string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames

	rec    Record
	tables [256]table
	m      message
	line   []byte
	debug  event.Style
}

// Record returns the record of an event. It is valid until the next call, and as long as the event's message.
func (m *Mapper) Record(e *event.Event) *Record {
	r := &m.rec
	summary, debug := r.Flow.Summary[:0], r.Debug.Message[:0]
	*r = Record{Time: e.Nanos(), Node: m.Node}
	r.Flow.Summary, r.Debug.Message = summary, debug
	if e.Host != nil && e.Host.Name != "" {
		r.Node = e.Host.Name
	}
	switch {
	case e.Kind == event.Lost:
		r.Kind = IsLost
		r.Lost = Lost{Source: LostInRing, Count: e.Lost, CPU: e.CPU}
	case e.Msg != nil:
		m.message(e)
	}
	return r
}

// message makes the record of a message.
func (m *Mapper) message(e *event.Event) {
	m.m = message{e.Msg, m.tables[e.Msg.MessageType()].of(e.Msg)}
	r := &m.rec
	switch e.Msg.TypeName() {
	case "debug":
		r.Kind = IsDebug
		m.debugEvent(e)
		return
	case "agent":
		r.Kind = IsAgent
		r.Agent.Name = m.m.enum(cSubtype)
		r.Agent.Type = agentNumbers[r.Agent.Name]
		r.Agent.Text = string(m.m.text(cText))
		return
	}
	r.Kind = IsFlow
	f := &r.Flow
	f.Type = TypeL3L4
	switch msg := e.Msg.(type) {
	case *monitor.LogRecordNotify:
		m.log(&msg.LogRecord)
		return
	case *cilium.Log:
		m.log(&msg.LogRecord)
		return
	}
	f.Verdict = uint32(m.m.table.verdict.Of(e.Msg))
	m.packet(e)
	switch e.Msg.TypeName() {
	case "drop":
		m.drop()
	case "trace":
		m.trace()
	case "capture":
		m.capture()
	case "policy-verdict":
		m.verdict()
	case "trace-sock":
		m.sock()
	case "recorder":
		f.EventType, f.SubType = EventRecord, int32(m.m.uint(cSubtype))
		f.Direction = uint32(m.m.uint(cSubtype))
	case "kernel":
		m.kernel()
	default: // of a header that is read at run time
		f.EventType, f.SubType = int32(e.Msg.MessageType()), int32(m.m.uint(cSubtype))
	}
	m.names(e)
	f.appendSummary(e)
}

// packet sets what the packet says.
func (m *Mapper) packet(e *event.Event) {
	p := e.Packet()
	if p == nil {
		return
	}
	f := &m.rec.Flow
	eth := p.InnerEthernet()
	if eth == nil {
		eth = p.Ethernet()
	}
	if eth != nil {
		f.HasEthernet, f.SrcMAC, f.DstMAC = true, eth.Src, eth.Dst
	}
	flow := p.Flow()
	if flow == nil {
		return
	}
	f.Src, f.Dst = flow.Src, flow.Dst
	f.L4, f.IPProto = l4(flow), flow.Proto
	flows := p.Flows()
	for _, t := range p.Tunnels() {
		if (t.Kind == packet.TunnelVXLAN || t.Kind == packet.TunnelGeneve) && t.Outer >= 0 && t.Inner >= 0 {
			outer := &flows[t.Outer]
			f.Tunnel = Tunnel{Protocol: uint32(t.Kind), Src: outer.Src, Dst: outer.Dst, L4: l4(outer), VNI: t.ID}
		}
	}
}

// l4 returns what is behind an IP header.
func l4(f *packet.Flow) L4 {
	l := L4{Proto: f.Proto, SrcPort: f.SrcPort, DstPort: f.DstPort, Flags: f.Flags, HasFlags: f.HasFlags, ICMPType: f.ICMPType, ICMPCode: f.ICMPCode}
	if !f.HasPorts && !f.HasICMP {
		l = L4{} // a later fragment, or one that is cut off
	}
	return l
}

// names sets the name of the interface, and labels of identities that have a meaning of their own.
func (m *Mapper) names(e *event.Event) {
	f := &m.rec.Flow
	names := m.Interfaces
	if e.Host != nil {
		names = e.Host.Interfaces
	}
	if _, named := e.Msg.(event.Named); !named && f.IfIndex != 0 && f.IfName == "" && names != nil {
		f.IfName, _ = names.InterfaceName(f.IfIndex)
	}
	f.Source.Labels = m.m.reserved(cSrcLabel, f.Source.Identity)
	f.Destination.Labels = m.m.reserved(cDstLabel, f.Destination.Identity)
}

// translate sets the numbers of a drop's reason. Hubble's programs print the one that stands in SubType by their own table,
// which is that of the newest release, and filter by DropReason.
func (f *Flow) translate(code uint32, text string) {
	f.SubType, f.DropReason, f.Reason = int32(code), code, text
	switch text {
	case "Policy denied (L3)", "Policy denied (L4)", "Policy denied (CIDR)":
		f.SubType, f.DropReason = 133, 133
	case "CT: Missing TCP ACK flag", "Failed to insert into proxymap": // the numbers are others' in the table
		f.SubType = OtherReason
	}
	if text == "" || protobuf.NameOf(dropReasons, f.DropReason) == "" {
		f.DropReason = 0
	}
}

func (m *Mapper) drop() {
	f, msg := &m.rec.Flow, &m.m
	f.EventType = EventDrop
	f.translate(uint32(msg.uint(cSubtype)), msg.enum(cSubtype))
	m.ends()
	source, destination := msg.Endpoints()
	switch source {
	case 0:
		f.Destination.ID = uint32(destination)
	case destination:
		f.Direction, f.Destination.ID = Ingress, uint32(destination)
	default:
		f.Direction, f.Source.ID, f.Destination.ID = Egress, uint32(source), uint32(destination)
	}
	f.IfIndex = uint32(msg.uint(cIfindex))
	f.IPTraceID = msg.uint(cIPTraceID)
	if f.File = msg.enum(cFile); f.File != "" {
		f.Line = uint32(msg.uint(cLine))
	}
}

// ends sets the identities.
func (m *Mapper) ends() {
	m.rec.Flow.Source.Identity, m.rec.Flow.Destination.Identity = uint32(m.m.uint(cSrcLabel)), uint32(m.m.uint(cDstLabel))
}

func (m *Mapper) trace() {
	f, msg := &m.rec.Flow, &m.m
	point, reason := uint32(msg.uint(cSubtype)), uint32(msg.uint(cReason))&0x7f
	f.EventType, f.SubType = EventTrace, int32(point)
	f.TracePoint = point
	if point == 0 {
		f.TracePoint = toEndpoint
	}
	if _, own := m.m.Message.(*monitor.TraceNotify); own {
		reason = m.ownReason()
	}
	reply := reason == 2
	switch {
	case reason < 5:
		f.TraceReason, f.IsReply = reason+1, No
		if reply {
			f.IsReply = Yes
		}
	case reason > 5:
		f.TraceReason = reason
	}
	m.ends()
	source, destination := msg.Endpoints()
	if point == 0 {
		f.Destination.ID = uint32(destination)
		f.Direction = direction(false, reply)
	} else if source != 0 {
		f.Source.ID = uint32(source)
		f.Direction = direction(true, reply)
	}
	if point == 1 {
		f.ProxyPort = uint32(destination)
	}
	f.IfIndex = uint32(msg.uint(cIfindex))
	f.IPTraceID = msg.uint(cIPTraceID)
	f.Encrypted = msg.uint(cEncrypted) != 0
	m.translated()
}

// ownReason returns the reason of a trace of v1.5.3. Those that are this project's own, of a datapath that only watches, say
// what it would have done.
func (m *Mapper) ownReason() uint32 {
	f := &m.rec.Flow
	switch reason := m.m.uint(cReason); reason {
	case monitor.TraceReasonDenied:
		f.Reason = "denied by a rule"
		return 5
	case monitor.TraceReasonMalformed:
		f.Reason = "malformed"
		return 5
	default:
		return uint32(reason)
	}
}

// direction returns that of a packet which the local endpoint has sent or is to get: for an answer it is that of the question.
func direction(sent, reply bool) uint32 {
	if sent != reply {
		return Egress
	}
	return Ingress
}

// translated sets the source address that a packet had before its translation.
func (m *Mapper) translated() {
	f, orig := &m.rec.Flow, m.m.text(cOrigIP)
	if len(orig) != 16 || bytes.Count(orig, []byte{0}) == 16 || !f.Src.IsValid() {
		return
	}
	before := netip.AddrFrom16([16]byte(orig))
	if f.Src.Is4() {
		before = netip.AddrFrom4([4]byte(orig))
	}
	if before != f.Src {
		f.SrcXlated, f.Src = f.Src, before
	}
}

func (m *Mapper) capture() {
	f, msg := &m.rec.Flow, &m.m
	point := uint32(msg.uint(cSubtype))
	f.EventType, f.SubType, f.CapturePoint = EventCapture, int32(point), point
	source, _ := msg.Endpoints()
	f.Source.ID = uint32(source)
	switch arg := uint32(msg.uint(cArg1)); point {
	case 4, 5, 6, 7, 10, 11:
		f.IfIndex = arg
	case 8, 9:
		f.ProxyPort = arg>>8&0xff | arg&0xff<<8 // in network byte order
	}
}

func (m *Mapper) verdict() {
	f, msg := &m.rec.Flow, &m.m
	f.EventType = EventVerdict
	f.MatchType = uint32(msg.uint(cBits)) >> 3 & 7
	f.AuthType = uint32(msg.uint(cAuthType))
	source, _ := msg.Endpoints()
	remote := uint32(msg.uint(cRemoteLabel))
	if m.m.uint(cBits)&3 == 1 {
		f.Direction, f.Source.Identity, f.Destination.ID = Ingress, remote, uint32(source)
	} else {
		f.Direction, f.Destination.Identity, f.Source.ID = Egress, remote, uint32(source)
	}
	v := int32(msg.uint(cVerdict))
	if v < 0 {
		f.DropReason = uint32(-v)
		f.Reason = protobuf.NameOf(dropReasons, f.DropReason)
		return
	}
	f.ProxyPort = uint32(v)
	f.IsReply = No // it is the first packet
}

func (m *Mapper) sock() {
	f, msg := &m.rec.Flow, &m.m
	point := uint32(msg.uint(cXlatePoint))
	f.Type, f.EventType, f.SubType, f.XlatePoint = TypeSock, EventSock, int32(point), point
	f.SocketCookie, f.CgroupID = msg.uint(cSockCookie), msg.uint(cCgroupID)
	f.IsReply = No
	f.Direction = Egress
	if ip := msg.text(cDstIP); len(ip) == 16 {
		f.Dst = netip.AddrFrom4([4]byte(ip))
		if msg.uint(cIPv6)&1 != 0 {
			f.Dst = netip.AddrFrom16([16]byte(ip))
		}
	}
	f.L4.DstPort = uint16(msg.uint(cDstPort))
	switch msg.enum(cL4Proto) {
	case "TCP", "tcp":
		f.L4.Proto = packet.ProtoTCP
	case "UDP", "udp":
		f.L4.Proto = packet.ProtoUDP
	}
	f.IPProto = f.L4.Proto
}

// kernel sets what the kernel says of a packet. Its reasons are not among Hubble's: they stand in the summary.
func (m *Mapper) kernel() {
	f, msg := &m.rec.Flow, &m.m
	f.EventType, f.SubType = EventDrop, OtherReason
	f.Reason = string(msg.text(cReason))
	if f.Reason == "" {
		f.Reason = "drop"
	}
	if kind := msg.uint(cSubtype); kind != 0 {
		f.EventType, f.SubType = EventKernel, int32(kind)
		f.Reason = msg.enum(cSubtype)
	}
	f.IfIndex, f.IfName = uint32(msg.uint(cIfindex)), string(msg.text(cDevice))
	f.CgroupID = msg.uint(cCgroup)
	f.Direction = Egress
	if msg.uint(cInIfindex) != 0 {
		f.Direction = Ingress
	}
	f.Summary = append(f.Summary, f.Reason...)
	for _, part := range [...]struct {
		word  string
		field column
	}{{" in ", cFunction}, {", netns ", cNetNSName}, {", process ", cProcess}, {", container ", cContainer}} {
		if value := msg.text(part.field); len(value) > 0 {
			f.Summary = append(append(f.Summary, part.word...), value...)
		}
	}
}

// debugEvent sets a debug event. Its text is what follows "DEBUG: " in its line.
func (m *Mapper) debugEvent(e *event.Event) {
	d, msg := &m.rec.Debug, &m.m
	source, _ := msg.Endpoints()
	d.Type, d.Endpoint, d.CPU = uint32(msg.uint(cSubtype)), uint32(source), e.CPU
	d.Hash = uint32(msg.uint(cHash))
	d.Args = [3]uint32{uint32(msg.uint(cArg1)), uint32(msg.uint(cArg2)), uint32(msg.uint(cArg3))}
	m.debug.Form = event.Debug
	m.line = e.Msg.AppendEvent(m.line[:0], e, &m.debug)
	if _, text, ok := bytes.Cut(m.line, []byte("DEBUG: ")); ok {
		d.Message = append(d.Message, bytes.TrimRight(text, "\n")...)
	}
}
