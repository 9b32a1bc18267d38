// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Verdict is the message about a decision of a policy.
type Verdict struct {
	PolicyVerdictNotify
	place
}

// Action is what becomes of a packet by a decision of a policy.
type Action uint8

// The actions.
const (
	ActionAllow    Action = iota
	ActionDeny            // the packet is dropped
	ActionRedirect        // it goes to a proxy
	ActionAudit           // it would be dropped, but for the mode in which policies are only tried
)

var actionNames = [...]string{"allow", "deny", "redirect", "audit"}

// String returns the name of the action.
func (a Action) String() string { return actionNames[a] }

func (d *Decoder) decodeVerdict(raw []byte, order binary.ByteOrder) error {
	size := PolicyVerdictNotifyLen
	if d.release.number < traceID {
		size = 32
	}
	if len(raw) < size {
		return &lengthError{"PolicyVerdictNotify", -1, false, size, len(raw)}
	}
	n := &d.verdict.PolicyVerdictNotify
	var whole [PolicyVerdictNotifyLen]byte
	copy(whole[:], raw[:size])
	if err := n.DecodeOrder(whole[:], order); err != nil {
		return err
	}
	d.verdict.at(raw, size, n.LenOrig, n.LenCap, 0, order)
	if d.checkVersion("policy-verdict", raw, order) {
		d.fits(&d.verdict.place, raw, "policy-verdict")
	}
	if n.Bits&0x80 != 0 && d.release.number >= traceID {
		if d.verdict.first = packet.IPv4; n.Bits&4 != 0 {
			d.verdict.first = packet.IPv6
		}
	}
	return nil
}

// MessageType returns TypePolicyVerdict.
func (*Verdict) MessageType() uint8 { return TypePolicyVerdict }

// TypeName returns "policy-verdict".
func (*Verdict) TypeName() string { return "policy-verdict" }

// Endpoints returns the endpoint that the program serves.
func (m *Verdict) Endpoints() (source, destination uint64) { return uint64(m.Source), 0 }

// Separated returns false: the message is one line in every style.
func (*Verdict) Separated(*event.Style) bool { return false }

// Ingress reports whether the decision is about a packet that comes in.
func (m *Verdict) Ingress() bool { return m.Bits&3 == 1 }

// IPv6 reports whether the packet is IPv6.
func (m *Verdict) IPv6() bool { return m.Bits&4 != 0 }

// Match returns what of the policy matched.
func (m *Verdict) Match() PolicyMatch { return PolicyMatch(m.Bits >> 3 & 7) }

// Action returns what becomes of the packet.
func (m *Verdict) Action() Action {
	switch {
	case m.Bits&0x40 != 0:
		return ActionAudit
	case m.Verdict < 0:
		return ActionDeny
	case m.Verdict > 0:
		return ActionRedirect
	}
	return ActionAllow
}

// Fields returns a description of each field, with the names of the release.
func (m *Verdict) Fields() []event.Field { return m.verdict }

// Uint returns the number in the field with an index in Fields; 0 where it is none.
func (m *Verdict) Uint(field int) uint64 {
	switch field - len(policyVerdictNotifyFields) {
	case 0:
		return uint64(m.Action())
	case 1:
		if m.Ingress() {
			return 1
		}
		return 0
	case 2:
		return uint64(m.Match())
	}
	return m.PolicyVerdictNotify.Uint(field)
}

// AppendEvent appends the event as a line, or as JSON.
func (m *Verdict) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	if s.Form == event.JSON {
		return m.appendJSON(dst, e, m.read(e.Raw))
	}
	dst = text.AppendMark(append(dst, "Policy verdict log: flow "...), m.Hash)
	dst = appendNumber(dst, " local EP ID ", m.Source)
	dst = m.appendIdentity(append(dst, ", remote ID "...), m.RemoteLabel, s)
	if m.number < 10900 {
		dst = appendNumber(dst, ", dst port ", m.DstPort)
	}
	dst = appendNumber(dst, ", proto ", m.Proto)
	switch {
	case m.number < 10900 && m.Ingress():
		dst = append(dst, ", ingress true"...)
	case m.number < 10900:
		dst = append(dst, ", ingress false"...)
	default:
		dst = append(append(dst, ", "...), m.direction()...)
	}
	dst = append(append(dst, ", action "...), m.Action().String()...)
	if m.number >= authType {
		dst = m.appendAuth(append(dst, ", auth: "...))
	}
	dst = append(append(dst, ", match "...), m.match()...)
	return append(m.appendPacket(append(dst, ", "...), e.Raw), '\n')
}

func (m *Verdict) direction() string {
	if m.Ingress() {
		return "ingress"
	}
	return "egress"
}

func (m *Verdict) match() string {
	if name, ok := m.Match().NameIn(m.Release); ok {
		return name
	}
	return "unknown"
}

func (m *Verdict) appendAuth(dst []byte) []byte {
	if name, ok := AuthType(m.AuthType).NameIn(m.Release); ok {
		return append(dst, name...)
	}
	return appendNumber(dst, "Unknown-auth-type-", m.AuthType)
}

func (m *Verdict) appendJSON(dst []byte, e *event.Event, data []byte) []byte {
	var buf [64]byte
	dst = appendHead(dst, e, "policy-verdict", m.Hash)
	dst = appendNumber(dst, `,"source":`, m.Source)
	dst = appendNumber(dst, `,"bytes":`, m.original)
	dst = appendNumber(dst, `,"remoteLabel":`, m.RemoteLabel)
	dst = appendSigned(dst, `,"verdict":`, int64(m.Verdict))
	dst = text.AppendStringField(dst, "action", m.Action().String())
	dst = text.AppendStringField(dst, "direction", m.direction())
	dst = text.AppendStringField(dst, "match", m.match())
	dst = appendNumber(dst, `,"dstPort":`, m.DstPort)
	dst = appendNumber(dst, `,"proto":`, m.Proto)
	if m.number >= authType {
		dst = text.AppendJSONString(text.AppendKey(dst, "auth"), m.appendAuth(buf[:0]))
	}
	if m.Cookie != 0 {
		dst = appendNumber(dst, `,"cookie":`, m.Cookie)
	}
	return append(appendSummary(dst, &m.packet, data), "}\n"...)
}
