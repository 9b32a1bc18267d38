// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// table is what of a message's fields the file has in its own words. -1 stands for none.
type table struct {
	reason, point, device int
	fields                []event.Field
	directions            map[uint64]uint32 // by point
}

// tableKey tells the tables of different messages from each other.
type tableKey struct {
	first *event.Field
	typ   uint8
}

// table returns what is known of the fields of a message.
func (s *Encoder) table(m event.Message) *table {
	fields := m.Fields()
	key := tableKey{typ: m.MessageType()}
	if len(fields) > 0 {
		key.first = &fields[0]
	}
	t := s.tables[key]
	if t == nil {
		t = &table{
			reason: role.Find(fields, role.Reason), point: role.Find(fields, role.Point), device: role.Find(fields, role.Interface),
			fields: fields, directions: map[uint64]uint32{},
		}
		if t.point >= 0 {
			t.readDirections(fields[t.point].Enum)
		}
		s.tables[key] = t
	}
	return t
}

// readDirections reads the directions of points from their names: a packet comes from a device, or goes to one.
func (t *table) readDirections(e *event.Enum) {
	if e == nil {
		return
	}
	for _, v := range e.Values {
		name := strings.ToLower(v.Text)
		switch {
		case strings.HasPrefix(name, "from-"):
			t.directions[v.Value] = ng.Inbound
		case strings.HasPrefix(name, "to-"):
			t.directions[v.Value] = ng.Outbound
		}
	}
}

// direction returns whether the packet went into the host or out of it, 0 if that is not known.
func (t *table) direction(m event.Message) uint32 {
	if t.point < 0 {
		return 0
	}
	return t.directions[m.Uint(t.point)]
}

// place is what an interface of the file stands for.
type place struct {
	host   uint64
	device uint32 // the index of the device; 0 for none
	point  int64  // the observation point; -1 for none
	typ    uint8
	link   packet.Link
	named  uint32 // how many names of this device there were before
	own    uint32 // the number of the name that the message contains; 0 for none
}

// place returns the number of the interface for an event, which is described before its first use.
func (s *Encoder) place(e *event.Event, h *host, link packet.Link) uint32 {
	t := s.table(e.Msg)
	p := place{host: h.number, point: -1, typ: e.Msg.MessageType(), link: link}
	var device string
	m, named := e.Msg.(event.Named)
	switch {
	case named:
		p.own = s.own(m)
	case t.device >= 0:
		p.device = uint32(min(e.Msg.Uint(t.device), math.MaxUint32))
		device, p.named = s.device(h, p.device)
	}
	if t.point >= 0 {
		p.point = int64(e.Msg.Uint(t.point))
	}
	id, ok := s.interfaces[p]
	if !ok {
		if p.own != 0 {
			device = string(m.AppendInterface(nil))
		}
		id = uint32(len(s.interfaces)) + 1 // the first is for events without a packet
		s.interfaces[p] = id
		s.describe(e.Msg, t, h, p, device)
	}
	return id
}

// own returns the number of the name of an interface that a message contains, 0 for none.
func (s *Encoder) own(m event.Named) uint32 {
	s.name = m.AppendInterface(s.name[:0])
	if len(s.name) == 0 {
		return 0
	}
	id, ok := s.names[string(s.name)]
	if !ok {
		id = uint32(len(s.names)) + 1
		s.names[string(s.name)] = id
	}
	return id
}

// describe writes the description of an interface.
func (s *Encoder) describe(m event.Message, t *table, h *host, p place, device string) {
	what := m.TypeName()
	if t.point >= 0 && t.fields[t.point].Enum != nil {
		point, ok := t.fields[t.point].Enum.Lookup(uint64(p.point))
		if !ok || point == "" {
			point = strconv.FormatInt(p.point, 10)
		}
		what += " " + point
	}
	name := device
	switch {
	case name == "" && p.device != 0:
		name = fmt.Sprintf("ifindex %d", p.device)
	case name == "":
		name = what
	}
	if h.name != "" {
		name = h.name + ":" + name
	}
	s.link(p.link, name, what)
}

// link writes the description of an interface.
func (s *Encoder) link(link packet.Link, name, what string) {
	at := s.open(ng.BlockInterface)
	number := uint16(ng.LinkEthernet)
	if link == packet.LinkIP {
		number = ng.LinkRaw
	}
	s.u16(number)
	s.u16(0)
	s.u32(0) // packets have any length
	s.text(ng.OptName, name)
	s.text(ng.OptDescription, what)
	s.option(ng.OptResolution, 1)
	s.buf = append(s.buf, ng.Nanoseconds)
	s.pad()
	s.u32(ng.OptEnd)
	s.close(at)
}

// host is a host that was written.
type host struct {
	number  uint64
	big     bool // its byte order is big-endian
	name    string
	known   event.InterfaceNames
	devices map[uint32]*device
	of      *event.Host
}

// device is a network interface whose name was written.
type device struct {
	name  string
	named uint32 // how many names it had before
}

// host returns the host of an event, which is written before its first use.
func (s *Encoder) host(of *event.Host) *host {
	if s.lastHost != nil && s.lastHost.of == of {
		return s.lastHost
	}
	h := s.hosts[of]
	if h == nil {
		h = &host{number: uint64(len(s.hosts)) + 1, devices: make(map[uint32]*device), of: of}
		s.hosts[of] = h
		if of == nil {
			of = s.opts.Host
		}
		s.introduce(h, of)
	}
	s.lastHost = h
	return h
}

// introduce writes what is known of a host.
func (s *Encoder) introduce(h *host, of *event.Host) {
	var order binary.ByteOrder = binary.NativeEndian
	release := ""
	if of != nil {
		h.name, h.known, release = of.Name, of.Interfaces, of.Release
		if of.Order != nil && h.of != nil {
			order = of.Order
		}
	}
	h.big = order.Uint16([]byte{0, 1}) == 1
	at := s.open(ng.BlockLocal)
	s.mine()
	s.buf = binary.AppendUvarint(append(s.buf, ng.RecordHost), h.number)
	s.buf = ng.AppendText(ng.AppendText(s.buf, h.name), release)
	s.close(at)
}

// nameDevice writes the name of the device whose index a message has, if the host has a name for it that was not written.
func (s *Encoder) nameDevice(e *event.Event, h *host) {
	if e.Msg == nil {
		return
	}
	if _, ok := e.Msg.(event.Named); ok {
		return
	}
	if t := s.table(e.Msg); t.device >= 0 {
		s.device(h, uint32(min(e.Msg.Uint(t.device), math.MaxUint32)))
	}
}

// device returns the name of a device, which is written if it is new, and how many others it had before.
func (s *Encoder) device(h *host, index uint32) (string, uint32) {
	if h.known == nil || index == 0 {
		return "", 0
	}
	name, _ := h.known.InterfaceName(index)
	d := h.devices[index]
	if d == nil {
		d = &device{}
		h.devices[index] = d
	}
	if name == d.name || name == "" {
		return d.name, d.named // a device that is gone had this name
	}
	if d.named == 0 {
		s.named++
	}
	d.name = name
	d.named++
	at := s.open(ng.BlockLocal)
	s.mine()
	s.buf = append(s.buf, ng.RecordInterface)
	s.buf = binary.AppendUvarint(binary.AppendUvarint(s.buf, h.number), uint64(index))
	s.buf = ng.AppendText(s.buf, name)
	s.close(at)
	return d.name, d.named
}
