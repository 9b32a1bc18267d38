// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"net/netip"

	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/internal/verdict"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// The numbers of Hubble's messages that a Record's fields have.
const (
	Forwarded  = uint32(verdict.Forwarded) // Flow.Verdict
	Dropped    = uint32(verdict.Dropped)
	Failed     = uint32(verdict.Failed)
	Audited    = uint32(verdict.Audited)
	Redirected = uint32(verdict.Redirected)
	Traced     = uint32(verdict.Traced)
	Translated = uint32(verdict.Translated)

	TypeL3L4 = 1 // Flow.Type
	TypeL7   = 2
	TypeSock = 3

	Ingress = 1 // Flow.Direction
	Egress  = 2

	L7Request  = 1 // L7.Type
	L7Response = 2
	L7Sample   = 3

	LostInRing   = 1 // Lost.Source: the kernel's ring was full
	LostInQueue  = 2 // a queue of the program
	LostByReader = 3 // the reader of the server did not keep up

	EventDrop    = 1 // Flow.EventType
	EventDebug   = 2
	EventCapture = 3
	EventTrace   = 4
	EventVerdict = 5
	EventRecord  = 6
	EventSock    = 7
	EventKernel  = 100 // what is not Cilium's: retransmissions and resets of the kernel
	EventLog     = 129

	// OtherReason is the SubType of a drop whose reason Hubble has no number for. Flow.Reason names it.
	OtherReason = 255

	toEndpoint = 101 // Flow.TracePoint
)

// Kinds of records.
const (
	NoRecord RecordKind = iota // of an event that cannot be decoded
	IsFlow
	IsLost
	IsDebug
	IsAgent
)

// RecordKind says what a record is.
type RecordKind uint8

// Record is what an event is for Hubble.
type Record struct {
	Kind RecordKind
	Time int64  // nanoseconds since 1970, 0 if unknown
	Node string // the host

	Flow  Flow
	Lost  Lost
	Debug Debug
	Agent Agent
}

// Lost is a number of lost events.
type Lost struct {
	Source      uint32
	Count       uint64
	CPU         int // -1 if it is not known
	First, Last int64
}

// Debug is a debug event.
type Debug struct {
	Type     uint32
	Endpoint uint32
	Hash     uint32
	Args     [3]uint32
	CPU      int
	Message  []byte
}

// Agent is an event of the agent.
type Agent struct {
	Type uint32 // a number of Hubble's, or 0
	Name string // what it is about
	Text string // mostly JSON
}

// Optional is a bool that can be absent.
type Optional uint8

// The values of an Optional.
const (
	Unset Optional = iota
	No
	Yes
)

// Endpoint is an end of a flow.
type Endpoint struct {
	ID        uint32
	Identity  uint32
	Namespace string
	Labels    []string
}

// Flow is a packet, a request or a socket, as an event is about it.
type Flow struct {
	Verdict   uint32
	Type      uint32
	EventType int32
	SubType   int32
	// DropReason is the number of the reason in Hubble's enumeration, 0 for none.
	DropReason uint32
	// Reason is the reason of a drop in the sender's words.
	Reason string

	HasEthernet    bool
	SrcMAC, DstMAC packet.MAC
	Src, Dst       netip.Addr
	SrcXlated      netip.Addr
	IPProto        uint8 // number of the protocol behind the IP header
	Encrypted      bool
	L4             L4
	Tunnel         Tunnel

	Source, Destination Endpoint
	IsReply             Optional
	Direction           uint32
	MatchType           uint32
	AuthType            uint32
	TracePoint          uint32
	TraceReason         uint32
	CapturePoint        uint32
	IfIndex             uint32
	IfName              string
	ProxyPort           uint32
	File                string
	Line                uint32
	IPTraceID           uint64
	XlatePoint          uint32
	SocketCookie        uint64
	CgroupID            uint64
	DestinationService  string

	L7      *L7
	Summary []byte
}

// L4 is the header behind IP's.
type L4 struct {
	Proto            uint8 // TCP, UDP, SCTP, ICMP or ICMPv6; 0 for none of these
	SrcPort, DstPort uint16
	Flags            packet.TCPFlags
	HasFlags         bool
	ICMPType         uint8
	ICMPCode         uint8
}

// Tunnel is what a VXLAN or Geneve packet came in.
type Tunnel struct {
	Protocol uint32 // 1 VXLAN, 2 Geneve, 0 none
	Src, Dst netip.Addr
	L4       L4
	VNI      uint32
}

// L7 is a request or a response.
type L7 struct {
	Type  uint32
	DNS   *DNS
	HTTP  *HTTP
	Kafka *Kafka
}

// DNS is a question or an answer.
type DNS struct {
	Query       string
	IPs         []string
	TTL         uint32
	CNAMEs      []string
	Source      string
	RCode       uint32
	Types       []string
	AnswerTypes []string
}

// HTTP is a request or a response.
type HTTP struct {
	Code                  uint32
	Method, URL, Protocol string
	Headers               [][2]string
}

// Kafka is a request.
type Kafka struct {
	ErrorCode, Version, Correlation int32
	Key, Topic                      string
}

// Response appends the record as the message that an observer's client reads: of GetFlows for flows and losses, of
// GetDebugEvents and GetAgentEvents for others, which number their field 1.
func (r *Record) Response(dst []byte) []byte {
	field := 1
	if r.Kind == IsLost {
		field = 3
	}
	return r.append(dst, field)
}

// AppendResponseJSON appends a message of GetFlows, as Record.Response makes it, as a JSON object: what can be read of it.
func AppendResponseJSON(dst, msg []byte) []byte { return responseEvent.AppendJSON(dst, msg) }

// AppendJSON appends the record as a line of JSON. buf is memory that it may use; it is returned.
func (r *Record) AppendJSON(dst, buf []byte) (line, _ []byte) {
	if r.Kind == NoRecord {
		return dst, buf
	}
	buf = r.append(buf[:0], [...]int{IsFlow: 1, IsLost: 3, IsAgent: 4, IsDebug: 5}[r.Kind])
	return append(exportEvent.AppendJSON(dst, buf), '\n'), buf
}

// append appends the record in a field, and what ends every response.
func (r *Record) append(dst []byte, field int) []byte {
	dst, at := protobuf.Begin(dst, field)
	switch r.Kind {
	case IsFlow:
		dst = r.appendFlow(dst)
	case IsLost:
		dst = r.Lost.append(dst)
	case IsDebug:
		dst = r.Debug.append(dst)
	case IsAgent:
		dst = r.Agent.append(dst)
	}
	dst = protobuf.End(dst, at)
	return protobuf.AppendTime(protobuf.AppendString(dst, nodeName.Number, r.Node), when.Number, r.Time)
}

func (l *Lost) append(dst []byte) []byte {
	dst = protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(l.Source)), 2, l.Count)
	if l.CPU >= 0 {
		dst = protobuf.AppendWrapped(dst, 3, uint64(l.CPU))
	}
	return protobuf.AppendTime(protobuf.AppendTime(dst, 4, l.First), 5, l.Last)
}

func (d *Debug) append(dst []byte) []byte {
	dst = protobuf.AppendUint(dst, 1, uint64(d.Type))
	if d.Endpoint != 0 {
		var at int
		dst, at = protobuf.Begin(dst, 2)
		dst = protobuf.End(protobuf.AppendUint(dst, 1, uint64(d.Endpoint)), at)
	}
	dst = protobuf.AppendWrapped(dst, 3, uint64(d.Hash))
	for i, arg := range d.Args {
		dst = protobuf.AppendWrapped(dst, 4+i, uint64(arg))
	}
	dst = protobuf.AppendString(dst, 7, d.Message)
	if d.CPU >= 0 {
		dst = protobuf.AppendWrapped(dst, 8, uint64(d.CPU))
	}
	return dst
}

// appendFlow appends the flow.
func (r *Record) appendFlow(dst []byte) []byte {
	f := &r.Flow
	dst = protobuf.AppendTime(dst, 1, r.Time)
	dst = protobuf.AppendUint(dst, 2, uint64(f.Verdict))
	if f.EventType == EventDrop || f.DropReason != 0 {
		dst = protobuf.AppendUint(dst, 3, uint64(uint32(f.SubType)))
	}
	if f.HasEthernet {
		var at int
		dst, at = protobuf.Begin(dst, 4)
		dst = protobuf.End(protobuf.AppendMAC(protobuf.AppendMAC(dst, 1, f.SrcMAC), 2, f.DstMAC), at)
	}
	dst = f.appendIP(dst)
	dst = f.L4.append(dst, 6)
	dst = f.Source.append(dst, 8)
	dst = f.Destination.append(dst, 9)
	dst = protobuf.AppendUint(dst, 10, uint64(f.Type))
	dst = protobuf.AppendString(dst, 11, r.Node)
	dst = f.L7.append(dst)
	dst = protobuf.AppendBool(dst, 16, f.IsReply == Yes)
	dst, at := protobuf.Begin(dst, 19)
	dst = protobuf.End(protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(f.EventType)), 2, uint64(f.SubType)), at)
	if f.DestinationService != "" {
		dst, at = protobuf.Begin(dst, 21)
		dst = protobuf.End(protobuf.AppendString(dst, 1, f.DestinationService), at)
	}
	dst = protobuf.AppendUint(dst, 22, uint64(f.Direction))
	dst = protobuf.AppendUint(dst, 23, uint64(f.MatchType))
	dst = protobuf.AppendUint(dst, 24, uint64(f.TracePoint))
	dst = protobuf.AppendUint(dst, 25, uint64(f.DropReason))
	if f.IsReply != Unset {
		dst = protobuf.AppendWrapped(dst, 26, uint64(f.IsReply-No))
	}
	return f.appendRest(dst)
}

// appendRest appends the fields that few flows have, and the summary.
func (f *Flow) appendRest(dst []byte) []byte {
	var at int
	dst = protobuf.AppendUint(dst, 27, uint64(f.CapturePoint))
	if f.IfIndex != 0 || f.IfName != "" {
		dst, at = protobuf.Begin(dst, 28)
		dst = protobuf.End(protobuf.AppendString(protobuf.AppendUint(dst, 1, uint64(f.IfIndex)), 2, f.IfName), at)
	}
	dst = protobuf.AppendUint(dst, 29, uint64(f.ProxyPort))
	dst = protobuf.AppendUint(dst, 31, uint64(f.XlatePoint))
	dst = protobuf.AppendUint(dst, 32, f.SocketCookie)
	dst = protobuf.AppendUint(dst, 33, f.CgroupID)
	dst = protobuf.AppendUint(dst, 35, uint64(f.AuthType))
	dst = protobuf.AppendUint(dst, 36, uint64(f.TraceReason))
	if f.File != "" {
		dst, at = protobuf.Begin(dst, 38)
		dst = protobuf.End(protobuf.AppendUint(protobuf.AppendString(dst, 1, f.File), 2, uint64(f.Line)), at)
	}
	if t := &f.Tunnel; t.Protocol != 0 {
		dst, at = protobuf.Begin(dst, 39)
		dst = protobuf.AppendUint(dst, 1, uint64(t.Protocol))
		outer := Flow{Src: t.Src, Dst: t.Dst}
		dst = t.L4.append(outer.appendIPAs(dst, 2), 3)
		dst = protobuf.End(protobuf.AppendUint(dst, 4, uint64(t.VNI)), at)
	}
	if f.IPTraceID != 0 {
		dst, at = protobuf.Begin(dst, 40)
		dst = protobuf.End(protobuf.AppendUint(dst, 1, f.IPTraceID), at)
	}
	return protobuf.AppendString(dst, 100000, f.Summary)
}

func (f *Flow) appendIP(dst []byte) []byte { return f.appendIPAs(dst, 5) }

func (f *Flow) appendIPAs(dst []byte, number int) []byte {
	if !f.Src.IsValid() && !f.Dst.IsValid() {
		return dst
	}
	dst, at := protobuf.Begin(dst, number)
	dst = protobuf.AppendAddr(protobuf.AppendAddr(dst, 1, f.Src), 2, f.Dst)
	dst = protobuf.AppendUint(dst, 3, uint64(f.IPVersion()))
	dst = protobuf.AppendBool(dst, 4, f.Encrypted)
	return protobuf.End(protobuf.AppendAddr(dst, 5, f.SrcXlated), at)
}

// IPVersion returns 1 for IPv4, 2 for IPv6 and 0 for neither.
func (f *Flow) IPVersion() uint32 {
	switch a := f.Dst; {
	case !a.IsValid():
		return 0
	case a.Is4():
		return 1
	}
	return 2
}

func (l *L4) append(dst []byte, number int) []byte {
	field := map4[l.Proto]
	if field == 0 {
		return dst
	}
	dst, outer := protobuf.Begin(dst, number)
	dst, at := protobuf.Begin(dst, int(field))
	if l.Proto == packet.ProtoICMP || l.Proto == packet.ProtoICMPv6 {
		dst = protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(l.ICMPType)), 2, uint64(l.ICMPCode))
		return protobuf.End(protobuf.End(dst, at), outer)
	}
	dst = protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(l.SrcPort)), 2, uint64(l.DstPort))
	if l.HasFlags {
		var flags int
		dst, flags = protobuf.Begin(dst, 3)
		for bit := range 9 {
			dst = protobuf.AppendBool(dst, 1+bit, l.Flags>>bit&1 != 0)
		}
		dst = protobuf.End(dst, flags)
	}
	return protobuf.End(protobuf.End(dst, at), outer)
}

// map4 holds the fields of Layer4 by the protocol.
var map4 = [256]uint8{packet.ProtoTCP: 1, packet.ProtoUDP: 2, packet.ProtoICMP: 3, packet.ProtoICMPv6: 4, packet.ProtoSCTP: 5}

func (e *Endpoint) append(dst []byte, number int) []byte {
	if e.ID == 0 && e.Identity == 0 && len(e.Labels) == 0 {
		return dst
	}
	dst, at := protobuf.Begin(dst, number)
	dst = protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(e.ID)), 2, uint64(e.Identity))
	dst = protobuf.AppendString(dst, 3, e.Namespace)
	return protobuf.End(appendList(dst, 4, e.Labels), at)
}

func appendList(dst []byte, number int, all []string) []byte {
	for _, s := range all {
		dst = protobuf.AppendListed(dst, number, s)
	}
	return dst
}

func (l *L7) append(dst []byte) []byte {
	if l == nil {
		return dst
	}
	dst, outer := protobuf.Begin(dst, 15)
	dst = protobuf.AppendUint(dst, 1, uint64(l.Type))
	var at int
	if d := l.DNS; d != nil {
		dst, at = protobuf.Begin(dst, 100)
		dst = appendList(protobuf.AppendString(dst, 1, d.Query), 2, d.IPs)
		dst = appendList(protobuf.AppendUint(dst, 3, uint64(d.TTL)), 4, d.CNAMEs)
		dst = protobuf.AppendUint(protobuf.AppendString(dst, 5, d.Source), 6, uint64(d.RCode))
		dst = protobuf.End(appendList(appendList(dst, 7, d.Types), 8, d.AnswerTypes), at)
	}
	if h := l.HTTP; h != nil {
		dst, at = protobuf.Begin(dst, 101)
		dst = protobuf.AppendString(protobuf.AppendUint(dst, 1, uint64(h.Code)), 2, h.Method)
		dst = protobuf.AppendString(protobuf.AppendString(dst, 3, h.URL), 4, h.Protocol)
		for _, pair := range h.Headers {
			var one int
			dst, one = protobuf.Begin(dst, 5)
			dst = protobuf.End(protobuf.AppendString(protobuf.AppendString(dst, 1, pair[0]), 2, pair[1]), one)
		}
		dst = protobuf.End(dst, at)
	}
	if k := l.Kafka; k != nil {
		dst, at = protobuf.Begin(dst, 102)
		dst = protobuf.AppendUint(protobuf.AppendUint(dst, 1, uint64(int64(k.ErrorCode))), 2, uint64(int64(k.Version)))
		dst = protobuf.AppendUint(protobuf.AppendString(dst, 3, k.Key), 4, uint64(int64(k.Correlation)))
		dst = protobuf.End(protobuf.AppendString(dst, 5, k.Topic), at)
	}
	return protobuf.End(dst, outer)
}
