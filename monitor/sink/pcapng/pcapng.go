// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"io"
	"runtime"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/batch"
	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Options say what is written beside the events. The zero value works.
type Options struct {
	// Application is the name and version of the program; empty for none.
	Application string
	// Host is what is known of this host, which events without a Host come from: its name, and the names of its
	// interfaces. The byte order of those events is this host's. It may be nil.
	Host *event.Host
	// Numeric writes identities as numbers into comments, also where they have a name.
	Numeric bool
}

// Sink writes events to a writer, each whole: never torn between two writes. It is for one goroutine at a time.
type Sink struct {
	out batch.Writer
	enc *Encoder
}

// New returns a sink that writes a section of a pcapng file to w, which begins with the first event or the first Flush.
// A section may follow other sections in the same file, and does after some thousands of hosts or names of interfaces: readers
// remember those of a section. The errors of w are returned as they are.
func New(w io.Writer, opts Options) *Sink { return &Sink{out: batch.New(w), enc: NewEncoder(opts)} }

// Event writes one event.
func (s *Sink) Event(e *event.Event) error {
	s.out.Bytes = s.enc.Append(s.out.Bytes, e)
	return s.out.FlushFull()
}

// Flush writes what was gathered.
func (s *Sink) Flush() error {
	s.out.Bytes = s.enc.AppendHeader(s.out.Bytes)
	return s.out.Flush()
}

// Encoder turns events into the bytes of a section of a pcapng file. It is for one goroutine at a time.
type Encoder struct {
	opts  Options
	style event.Style
	buf   []byte // what is being appended to
	began bool

	tables     map[tableKey]*table
	interfaces map[place]uint32
	names      map[string]uint32 // the names of interfaces that messages contain
	name       []byte            // one of them
	hosts      map[*event.Host]*host
	lastHost   *host
	named      int    // names of interfaces that were written by their index
	lost       uint64 // events lost since the last packet
}

// NewEncoder returns an encoder of a section.
func NewEncoder(opts Options) *Encoder {
	s := &Encoder{opts: opts, style: event.Style{Form: event.Info, Numeric: opts.Numeric}, tables: make(map[tableKey]*table)}
	s.Reset()
	return s
}

// Reset begins another section, as for another file: it does not refer to the one before.
func (s *Encoder) Reset() {
	s.began, s.lastHost, s.lost = false, nil, 0
	s.interfaces, s.hosts, s.names = make(map[place]uint32), make(map[*event.Host]*host), make(map[string]uint32)
	s.named = 0
}

// bound begins another section if a reader of this one could not remember another host or name.
func (s *Encoder) bound() {
	if len(s.hosts) < ng.MaxHosts-1 && s.named < ng.MaxNames && len(s.names) < ng.MaxNames {
		return
	}
	lost := s.lost
	s.Reset()
	s.lost = lost // of this file: the next packet has it
}

// AppendHeader appends the header of the section, if that was not done. The length of dst must be a multiple of 4, as all
// that an encoder appends has.
func (s *Encoder) AppendHeader(dst []byte) []byte {
	s.buf = dst
	s.begin()
	return s.take()
}

// Append appends an event, behind the header of the section. The length of dst must be a multiple of 4.
func (s *Encoder) Append(dst []byte, e *event.Event) []byte {
	s.buf = dst
	s.bound()
	s.begin()
	h := s.host(e.Host)
	if p := e.Packet(); p == nil || !s.packet(e, h, p) {
		s.nameDevice(e, h)
		s.custom(e, h)
	}
	if e.Kind == event.Lost {
		s.lost += e.Lost
	}
	return s.take()
}

// take returns what was appended to, and keeps no reference to it.
func (s *Encoder) take() []byte {
	dst := s.buf
	s.buf = nil
	return dst
}

// begin writes the header of the section, once.
func (s *Encoder) begin() {
	if s.began {
		return
	}
	s.began = true
	at := s.open(ng.BlockSection)
	s.u32(ng.ByteOrderMagic)
	s.u16(1)
	s.u16(0)
	s.u64(^uint64(0)) // the length of the section is not known
	s.text(ng.OptOS, runtime.GOOS+"/"+runtime.GOARCH)
	if s.opts.Application != "" {
		s.text(ng.OptApplication, s.opts.Application)
	}
	s.u32(ng.OptEnd)
	s.close(at)
	// Wireshark wants an interface before anything else that is not a section.
	s.link(packet.LinkEthernet, "bpfmon", "events that are about no packet")
}

// packet writes an event about a packet. It returns false, and writes nothing, for one that has no room in a packet block.
func (s *Encoder) packet(e *event.Event, h *host, p *packet.Packet) bool {
	c := e.Msg.Capture()
	data := p.Data()
	around := len(e.Raw) - len(data)
	if len(data) > ng.MaxPacket || around > ng.MaxOption/2 || c.Offset+len(data) > len(e.Raw) {
		return false
	}
	id := s.place(e, h, c.Link)
	at := s.open(ng.BlockPacket)
	s.u32(id)
	ns := uint64(max(e.Nanos(), 0))
	s.u32(uint32(ns >> 32))
	s.u32(uint32(ns))
	s.u32(uint32(len(data)))
	s.u32(max(c.Original, uint32(len(data))))
	s.buf = append(s.buf, data...)
	s.pad()
	s.record(e, h, c.Offset, len(data)) // the first option, as it is the one that is read back
	s.comment(e)
	s.facts(e)
	s.u32(ng.OptEnd)
	s.close(at)
	return true
}

// comment writes the line that is printed for an event.
func (s *Encoder) comment(e *event.Event) {
	at := s.openOption(ng.OptComment)
	text := len(s.buf)
	s.buf = e.Msg.AppendEvent(s.buf, e, &s.style)
	for len(s.buf) > text && s.buf[len(s.buf)-1] == '\n' {
		s.buf = s.buf[:len(s.buf)-1]
	}
	s.closeText(at)
}

// facts writes the options that Wireshark understands.
func (s *Encoder) facts(e *event.Event) {
	t := s.table(e.Msg)
	if dir := t.direction(e.Msg); dir != 0 {
		s.option(ng.OptFlags, 4)
		s.u32(dir)
	}
	if s.lost > 0 {
		s.option(ng.OptDropCount, 8)
		s.u64(s.lost)
		s.lost = 0
	}
	if e.CPU >= 0 && uint64(e.CPU) <= 1<<32-1 {
		s.option(ng.OptQueue, 4)
		s.u32(uint32(e.CPU))
	}
	if t.reason >= 0 {
		s.option(ng.OptVerdict, 9)
		s.buf = append(s.buf, ng.VerdictTC, ng.ActionShot, 0, 0, 0, 0, 0, 0, 0)
		s.pad()
	}
}

// record writes the option with what of the message is not the packet: from and n say where that is.
func (s *Encoder) record(e *event.Event, h *host, from, n int) {
	at := s.openOption(ng.OptCustom)
	s.mine()
	s.buf = ng.AppendEvent(s.buf, &ng.Event{
		Kind: int64(e.Kind), CPU: int64(e.CPU), Lost: e.Lost, Time: e.Time, Host: h.number, Big: h.big, Before: uint64(from),
	})
	s.buf = append(append(s.buf, e.Raw[:from]...), e.Raw[from+n:]...)
	s.closeOption(at)
}

// custom writes an event as a block of its own.
func (s *Encoder) custom(e *event.Event, h *host) {
	raw := e.Raw
	for len(raw) > ng.MaxPart {
		at := s.open(ng.BlockLocal)
		s.mine()
		s.buf = binary.AppendUvarint(append(s.buf, ng.RecordPart), ng.MaxPart)
		s.buf = append(s.buf, raw[:ng.MaxPart]...)
		s.close(at)
		raw = raw[ng.MaxPart:]
	}
	at := s.open(ng.BlockLocal)
	s.mine()
	s.buf = ng.AppendEvent(s.buf, &ng.Event{
		Kind: int64(e.Kind), CPU: int64(e.CPU), Lost: e.Lost, Time: e.Time, Host: h.number, Big: h.big, Before: uint64(len(raw)),
	})
	s.buf = append(s.buf, raw...)
	s.close(at)
}
