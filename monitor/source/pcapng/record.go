// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// maxName is the longest name that a section can make the reader remember, in bytes.
const maxName = 4096

var (
	errOptions = errors.New("malformed options")
	errRecord  = errors.New("malformed record")
)

// packet reads an enhanced packet block. It reports whether it is an event.
func (r *Reader) packet(body []byte, e *event.Event) (bool, error) {
	if len(body) < 20 {
		return false, errors.New("packet block too short")
	}
	length := u32(body[12:], r.big)
	if uint64(length) > uint64(len(body)-20) {
		return false, errors.New("packet longer than its block")
	}
	data := body[20 : 20+length]
	rest := body[min(len(body), 20+(int(length)+3)&^3):]
	record, err := r.option(rest)
	if err != nil {
		return false, err
	}
	if record == nil {
		r.packets++
		return false, nil
	}
	if record[0] != ng.RecordEvent {
		return false, errRecord
	}
	var fields ng.Event
	around, ok := ng.ParseEvent(record[1:], &fields)
	if !ok {
		return false, errRecord
	}
	if err := r.set(e, &fields); err != nil {
		return false, err
	}
	before := len(e.Raw)
	e.Raw = slices.Grow(e.Raw, len(around)+len(data))[:before+len(around)+len(data)]
	raw := e.Raw[before:]
	copy(raw, around[:fields.Before])
	copy(raw[fields.Before:], data)
	if uint64(len(around)) > fields.Before {
		copy(raw[int(fields.Before)+len(data):], around[fields.Before:])
	}
	return true, r.size(e)
}

// option returns the record in the custom option of a packet, nil if there is none.
func (r *Reader) option(options []byte) ([]byte, error) {
	for len(options) >= 4 {
		code, length := u16(options, r.big), int(u16(options[2:], r.big))
		padded := (length + 3) &^ 3
		switch {
		case code == ng.OptEnd:
			return nil, nil
		case padded > len(options)-4:
			return nil, errOptions
		case code == ng.OptCustom:
			if record := r.mine(options[4 : 4+length]); record != nil {
				return record, nil
			}
		}
		options = options[4+padded:]
	}
	if len(options) > 0 {
		return nil, errOptions
	}
	return nil, nil
}

// record reads a block of ours. It reports whether it is an event.
func (r *Reader) record(record []byte, e *event.Event) (bool, error) {
	switch kind, body := record[0], record[1:]; kind {
	case ng.RecordEvent:
		var fields ng.Event
		raw, ok := ng.ParseEvent(body, &fields)
		if !ok {
			return false, errRecord
		}
		if err := r.set(e, &fields); err != nil {
			return false, err
		}
		e.Raw = append(e.Raw, raw[:fields.Before]...)
		return true, r.size(e)
	case ng.RecordPart:
		return false, r.more(body)
	case ng.RecordHost:
		return false, r.host(body)
	case ng.RecordInterface:
		return false, r.device(body)
	}
	return false, nil // of a later version
}

// set sets the fields of an event, and the bytes that came before it.
func (r *Reader) set(e *event.Event, f *ng.Event) error {
	e.Reset()
	if f.Host >= ng.MaxHosts || f.Kind != int64(int(f.Kind)) || f.CPU != int64(int(f.CPU)) {
		return errRecord
	}
	e.Time, e.CPU, e.Kind, e.Lost = f.Time, int(f.CPU), event.Kind(f.Kind), f.Lost
	e.Host = r.from(f)
	if len(r.part) > 0 {
		e.Raw = append(e.Raw, r.part...)
		r.part = nil
	}
	return nil
}

// from returns the host of an event. The byte order is known from its first event on.
func (r *Reader) from(f *ng.Event) *event.Host {
	if r.last != nil && r.last.number == f.Host {
		return &r.last.Host
	}
	h := r.hostOf(f.Host)
	r.last = h
	if !h.used {
		h.used = true
		h.Order = foreign(binary.LittleEndian)
		if f.Big {
			h.Order = foreign(binary.BigEndian)
		}
	}
	return &h.Host
}

// size returns an error for a message that is too long.
func (r *Reader) size(e *event.Event) error {
	if len(e.Raw) > payload.MaxSize {
		return &payload.SizeError{Size: uint64(len(e.Raw))}
	}
	return nil
}

// more keeps bytes of the next message.
func (r *Reader) more(body []byte) error {
	n, used := binary.Uvarint(body)
	if used <= 0 || n > uint64(len(body)-used) {
		return errRecord
	}
	if uint64(len(r.part))+n > payload.MaxSize {
		return &payload.SizeError{Size: uint64(len(r.part)) + n}
	}
	r.part = append(r.part, body[used:][:n]...)
	return nil
}

// host is a host that a file introduces. The event's Host refers to it.
type host struct {
	event.Host
	number uint64
	used   bool // an event refers to it

	mu    sync.RWMutex // who keeps an event reads names while the file is read on
	names map[uint32]string
}

// InterfaceName returns the name that an interface had on the host.
func (h *host) InterfaceName(index uint32) (string, bool) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	name, ok := h.names[index]
	return name, ok
}

// host reads the record of a host.
func (r *Reader) host(body []byte) error {
	f := ng.FieldsOf(body)
	number, name, release := f.Uint(), f.Text(), f.Text()
	if !f.OK() || number >= ng.MaxHosts || len(name)+len(release) > maxName {
		return errRecord
	}
	h := r.hostOf(number)
	h.Name, h.Release = name, release
	return nil
}

// hostOf returns the host with a number.
func (r *Reader) hostOf(number uint64) *host {
	h := r.hosts[number]
	if h == nil {
		h = &host{number: number}
		h.Interfaces = h
		r.hosts[number] = h
	}
	return h
}

// foreign returns a byte order, or nil for that of this host, whose messages are decoded without a detour.
func foreign(order binary.ByteOrder) binary.ByteOrder {
	probe := []byte{0, 1}
	if order.Uint16(probe) == binary.NativeEndian.Uint16(probe) {
		return nil
	}
	return order
}

// device reads the record of an interface's name, which it has from here on.
func (r *Reader) device(body []byte) error {
	f := ng.FieldsOf(body)
	number, index, name := f.Uint(), f.Uint(), f.Text()
	if !f.OK() || number >= ng.MaxHosts || index > math.MaxUint32 || len(name) > maxName {
		return errRecord
	}
	h := r.hostOf(number)
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, again := h.names[uint32(index)]; !again {
		if r.names == ng.MaxNames {
			return nil // it prints as a number
		}
		r.names++
	}
	if h.names == nil {
		h.names = make(map[uint32]string)
	}
	h.names[uint32(index)] = name
	return nil
}
