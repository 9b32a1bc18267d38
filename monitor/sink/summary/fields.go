// SPDX-License-Identifier: Apache-2.0

package summary

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// value appends the value that an event has for a field, and reports whether it has one.
type value func(dst []byte, e *event.Event) ([]byte, bool)

// field is what events are counted by.
type field struct {
	name    string
	numeric bool // its values are numbers
	value   value
}

// known is a field that is not one of a message by its name.
type known struct {
	name    string
	help    string
	numeric bool
	value   value
}

// knownFields are the fields that every wire format can have.
func knownFields(interfaces event.InterfaceNames) []known {
	inner := func(e *event.Event) *packet.Flow {
		if p := e.Packet(); p != nil {
			return p.Flow()
		}
		return nil
	}
	outer := func(e *event.Event) *packet.Flow {
		if p := e.Packet(); p != nil && len(p.Flows()) > 0 {
			return &p.Flows()[0]
		}
		return nil
	}
	all := []known{
		{"type", "the message type", false, typeName},
		{"reason", "why a packet was dropped", false, enumOf(role.Reason)},
		{"state", "what the connection table knew", false, enumOf(role.State)},
		{"point", "where the packet was seen", false, enumOf(role.Point)},
		{"iface", "the network interface", false, device(interfaces)},
		{"endpoint", "the endpoint that the message comes from, or else goes to", true, endpoint},
		{"src.endpoint", "the endpoint that it comes from", true, endpointOf(0)},
		{"dst.endpoint", "the endpoint that it goes to", true, endpointOf(1)},
		{"src.identity", "the identity of the sender", true, numberOf(role.SrcIdentity)},
		{"dst.identity", "the identity of the receiver", true, numberOf(role.DstIdentity)},
		{"cpu", "the CPU", true, cpu},
		{"node", "the host", false, node},
		{"vlan", "the outermost VLAN tag", true, vlan},
	}
	return append(append(all, flowFields("", inner)...), flowFields("outer.", outer)...)
}

// flowFields returns the fields of a flow.
func flowFields(prefix string, of func(*event.Event) *packet.Flow) []known {
	with := func(f func(dst []byte, f *packet.Flow) ([]byte, bool)) value {
		return func(dst []byte, e *event.Event) ([]byte, bool) {
			if flow := of(e); flow != nil {
				return f(dst, flow)
			}
			return dst, false
		}
	}
	number := func(has func(*packet.Flow) bool, get func(*packet.Flow) uint64) value {
		return with(func(dst []byte, f *packet.Flow) ([]byte, bool) {
			if !has(f) {
				return dst, false
			}
			return strconv.AppendUint(dst, get(f), 10), true
		})
	}
	ports := func(f *packet.Flow) bool { return f.HasPorts }
	icmp := func(f *packet.Flow) bool { return f.HasICMP }
	what := "; of a tunnel, of the packet inside"
	if prefix != "" {
		what = " of the outermost packet"
	}
	return []known{
		{prefix + "src", "source address" + what, false, with(func(dst []byte, f *packet.Flow) ([]byte, bool) { return f.Src.AppendTo(dst), true })},
		{prefix + "dst", "destination address" + what, false, with(func(dst []byte, f *packet.Flow) ([]byte, bool) { return f.Dst.AppendTo(dst), true })},
		{prefix + "src.port", "source port" + what, true, number(ports, func(f *packet.Flow) uint64 { return uint64(f.SrcPort) })},
		{prefix + "dst.port", "destination port" + what, true, number(ports, func(f *packet.Flow) uint64 { return uint64(f.DstPort) })},
		{prefix + "proto", "protocol" + what, false, with(protocol)},
		{prefix + "icmptype", "type of ICMP or ICMPv6" + what, true, number(icmp, func(f *packet.Flow) uint64 { return uint64(f.ICMPType) })},
	}
}

// protocol appends the name of a protocol, or its number.
func protocol(dst []byte, f *packet.Flow) ([]byte, bool) {
	switch f.Proto {
	case packet.ProtoTCP:
		return append(dst, "tcp"...), true
	case packet.ProtoUDP:
		return append(dst, "udp"...), true
	case packet.ProtoICMP:
		return append(dst, "icmp"...), true
	case packet.ProtoICMPv6:
		return append(dst, "icmp6"...), true
	case packet.ProtoSCTP:
		return append(dst, "sctp"...), true
	}
	return strconv.AppendUint(dst, uint64(f.Proto), 10), true
}

// typeName appends the name of the message type. A loss is of type lost, what cannot be decoded of type error.
func typeName(dst []byte, e *event.Event) ([]byte, bool) {
	switch {
	case e.Msg != nil:
		return append(dst, e.Msg.TypeName()...), true
	case e.Kind == event.Lost:
		return append(dst, "lost"...), true
	case e.Err != nil:
		return append(dst, "error"...), true
	case len(e.Raw) > 0:
		return strconv.AppendUint(append(dst, "unknown "...), uint64(e.Raw[0]), 10), true
	}
	return dst, false
}

func cpu(dst []byte, e *event.Event) ([]byte, bool) {
	if e.CPU < 0 {
		return dst, false
	}
	return strconv.AppendInt(dst, int64(e.CPU), 10), true
}

func node(dst []byte, e *event.Event) ([]byte, bool) {
	if e.Host == nil || e.Host.Name == "" {
		return dst, false
	}
	return append(dst, e.Host.Name...), true
}

func vlan(dst []byte, e *event.Event) ([]byte, bool) {
	p := e.Packet()
	if p == nil || len(p.VLANs()) == 0 {
		return dst, false
	}
	return strconv.AppendUint(dst, uint64(p.VLANs()[0].ID), 10), true
}

// endpoint appends the endpoint of the message: its source, unless it has none.
func endpoint(dst []byte, e *event.Event) ([]byte, bool) {
	if e.Msg == nil {
		return dst, false
	}
	id, other := e.Msg.Endpoints()
	if id == 0 {
		id = other
	}
	return strconv.AppendUint(dst, id, 10), id != 0
}

// endpointOf returns the value of one end: 0 for the source.
func endpointOf(end int) value {
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if e.Msg == nil {
			return dst, false
		}
		var ids [2]uint64
		ids[0], ids[1] = e.Msg.Endpoints()
		return strconv.AppendUint(dst, ids[end], 10), ids[end] != 0
	}
}

// numberOf returns the value of the field with a role, as a number.
func numberOf(r role.Role) value {
	where := &role.Cache{Role: r}
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if e.Msg == nil {
			return dst, false
		}
		at := where.Find(e.Msg)
		if at < 0 {
			return dst, false
		}
		return strconv.AppendUint(dst, e.Msg.Uint(at), 10), true
	}
}

// enumOf returns the value of the field with a role, as its text.
func enumOf(r role.Role) value {
	where := &role.Cache{Role: r}
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if e.Msg == nil {
			return dst, false
		}
		at := where.Find(e.Msg)
		if at < 0 {
			return dst, false
		}
		return appendField(dst, e.Msg, at), true
	}
}

// device returns the interface of a message: by the name that the message contains, or else by the field with its index, as
// its name or the index.
func device(own event.InterfaceNames) value {
	where := &role.Cache{Role: role.Interface}
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if e.Msg == nil {
			return dst, false
		}
		if m, ok := e.Msg.(event.Named); ok {
			end := len(dst)
			dst = m.AppendInterface(dst)
			return dst, len(dst) > end
		}
		at := where.Find(e.Msg)
		if at < 0 {
			return dst, false
		}
		index := e.Msg.Uint(at)
		names := own
		if e.Host != nil {
			names = e.Host.Interfaces
		}
		if names != nil && index <= math.MaxUint32 {
			if name, ok := names.InterfaceName(uint32(index)); ok {
				return append(dst, name...), true
			}
		}
		return strconv.AppendUint(dst, index, 10), index != 0
	}
}

// appendField appends the value of a message's field: its text, if it has one.
func appendField(dst []byte, m event.Message, at int) []byte {
	if m, ok := m.(interface{ AppendField([]byte, int) []byte }); ok {
		return m.AppendField(dst, at)
	}
	f := &m.Fields()[at]
	switch f.Kind {
	case event.KindText:
		return append(dst, event.Text(m, at)...)
	case event.KindBytes:
		for _, b := range m.Bytes(at) {
			dst = append(dst, "0123456789abcdef"[b>>4], "0123456789abcdef"[b&15])
		}
		return dst
	}
	v := m.Uint(at)
	if f.Enum != nil {
		if text, ok := f.Enum.Lookup(v); ok && text != "" {
			return append(dst, text...)
		}
	}
	if f.Kind == event.KindInt {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendUint(dst, v, 10)
}

// byName returns the value of the field of a name, in whatever messages have it.
func byName(name string) value {
	type place struct {
		first *event.Field
		at    int
	}
	known := new([256]place)
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if e.Msg == nil || len(e.Msg.Fields()) == 0 {
			return dst, false
		}
		fields := e.Msg.Fields()
		p := &known[e.Msg.MessageType()]
		if p.first != &fields[0] {
			p.first = &fields[0]
			p.at = slices.IndexFunc(fields, func(f event.Field) bool { return strings.EqualFold(f.Name, name) })
		}
		if p.at < 0 {
			return dst, false
		}
		return appendField(dst, e.Msg, p.at), true
	}
}

// find returns the field of a name.
func (o *Options) find(name string) (field, error) {
	name = strings.TrimSpace(name)
	all := knownFields(o.Interfaces)
	packets := map[string]bool{} // the fields that only a message with a packet has
	for _, k := range flowFields("", nil) {
		packets[k.name] = true
	}
	for _, k := range all {
		if strings.EqualFold(k.name, name) {
			if packets[k.name] {
				k.value = k.value.orElse(o.ownValue(name))
			}
			return field{k.name, k.numeric, k.value}, nil
		}
	}
	var names []string
	for _, m := range o.Messages {
		for _, f := range m.Fields() {
			if strings.EqualFold(f.Name, name) {
				return field{f.Name, f.Enum == nil && f.Kind != event.KindText && f.Kind != event.KindBytes, byName(f.Name)}, nil
			}
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	for i := len(all) - 1; i >= 0; i-- {
		names = slices.Insert(names, 0, all[i].name)
	}
	if strings.EqualFold(name, Unanswered) {
		return field{}, fmt.Errorf("%s is a separate table: put a semicolon before and after it, not a comma", Unanswered)
	}
	return field{}, fmt.Errorf("no field is called %q; there are %s", name, strings.Join(slices.Compact(names), ", "))
}

// ownValue returns the value of the field that some message has under the name of one of a packet, such as src.port in a struct
// of a header; nil if none has it.
func (o *Options) ownValue(name string) value {
	for _, m := range o.Messages {
		for _, f := range m.Fields() {
			if strings.EqualFold(f.Name, name) {
				return byName(f.Name)
			}
		}
	}
	return nil
}

// orElse returns a value that is another's where there is none.
func (v value) orElse(other value) value {
	if other == nil {
		return v
	}
	return func(dst []byte, e *event.Event) ([]byte, bool) {
		if dst, ok := v(dst, e); ok {
			return dst, true
		}
		return other(dst, e)
	}
}

// Field is a field that events can be counted by.
type Field struct{ Name, Help string }

// Fields returns the fields that there are beside those of the messages.
func Fields() []Field {
	var all []Field
	for _, k := range knownFields(nil) {
		all = append(all, Field{k.name, k.help})
	}
	return all
}
