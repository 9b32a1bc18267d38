// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// firstBuffer is the size of a reader's buffer at first.
const firstBuffer = 256 << 10

// ErrNoEvents says that a file has packets and no events: another program wrote it, or rewrote it without what is
// bpfmon's.
var ErrNoEvents = errors.New("a pcapng file without events: bpfmon did not write it, or a program took them out")

// Reader reads a pcapng file. It is for one goroutine at a time.
type Reader struct {
	r          io.Reader
	buf        []byte
	start, end int   // what of buf was not yet read
	offset     int64 // of start in the file
	err        error // of r
	failed     error // what every further call returns

	begun   bool             // a section was read
	big     bool             // it is in big-endian order
	hosts   map[uint64]*host // of the section, by number
	last    *host            // the one that the last event was from
	names   int              // names of interfaces of the section
	part    []byte           // what of the next message's bytes came before it
	packets uint64           // packets that belong to no message
	events  uint64
}

// NewReader returns a reader of the file in r.
func NewReader(r io.Reader) *Reader {
	return &Reader{r: r, buf: make([]byte, firstBuffer)}
}

// Is reports whether a file that begins with these bytes is a pcapng file. 4 are enough.
func Is(begin []byte) bool {
	return len(begin) >= 4 && binary.LittleEndian.Uint32(begin) == ng.BlockSection
}

// Whole reads a file, and returns how many bytes at its start are whole events. What follows them broke off. The error is
// that of a file that is none, or of reading it.
func Whole(from io.Reader) (int64, error) {
	r := NewReader(from)
	var e event.Event
	for whole := int64(0); ; {
		block, err := r.block()
		var truncated *payload.TruncatedError
		switch {
		case errors.Is(err, io.EOF), errors.As(err, &truncated):
			return whole, nil
		case err != nil:
			return 0, err
		}
		if _, err := r.read(block, &e); err != nil {
			return 0, r.corrupt(err)
		}
		r.consume(block)
		r.events++ // so that packets alone are no error
		if len(r.part) == 0 {
			whole = r.offset
		}
	}
}

// Offset returns how many bytes of the file were read, in whole blocks.
func (r *Reader) Offset() int64 { return r.offset }

// Packets returns how many packets were passed over, as they belong to no message.
func (r *Reader) Packets() uint64 { return r.packets }

// Next reads the next event. It sets every field but the message, and keeps no reference to the memory of e.Raw.
//
// It returns io.EOF at the end. Where the file breaks off or is corrupt it returns a *payload.TruncatedError or
// *payload.CorruptError, with the offset of the block; every event before that was read. For a file that has packets and
// no events it returns ErrNoEvents. After an error e is empty.
func (r *Reader) Next(e *event.Event) error {
	for {
		block, err := r.block()
		if err != nil {
			e.Reset()
			return err
		}
		is, err := r.read(block, e)
		if err != nil {
			e.Reset()
			return r.fail(&payload.CorruptError{Offset: r.offset, Err: err})
		}
		r.consume(block)
		if is {
			r.events++
			return nil
		}
	}
}

// Ready reports whether Next would return without waiting for more of the file.
func (r *Reader) Ready() bool {
	var e event.Event
	for {
		if r.failed != nil {
			return true
		}
		block, whole, err := r.peek()
		if err != nil {
			return true
		}
		if !whole {
			return r.err != nil
		}
		if r.isEvent(block) {
			return true
		}
		if _, err := r.read(block, &e); err != nil {
			return true
		}
		r.consume(block)
	}
}

// fail makes an error that of all further calls.
func (r *Reader) fail(err error) error {
	r.failed = err
	return err
}

// consume goes on behind a block.
func (r *Reader) consume(block []byte) {
	r.start += len(block)
	r.offset += int64(len(block))
}

// block returns the next block, and waits for it.
func (r *Reader) block() ([]byte, error) {
	if r.failed != nil {
		return nil, r.failed
	}
	for {
		block, whole, err := r.peek()
		if err != nil {
			return nil, r.fail(err)
		}
		if whole {
			return block, nil
		}
		if r.err != nil {
			return nil, r.fail(r.ended())
		}
		r.fill()
	}
}

// ended returns the error of a reader that has no further block.
func (r *Reader) ended() error {
	switch {
	case !errors.Is(r.err, io.EOF):
		return r.err
	case r.end > r.start || len(r.part) > 0:
		return &payload.TruncatedError{Start: r.offset, End: r.offset + int64(r.end-r.start)}
	case r.packets > 0 && r.events == 0:
		return ErrNoEvents
	}
	return io.EOF
}

// errLength is the error of a block whose length is none.
var errLength = errors.New("malformed block length")

// peek returns the next block if it is whole in the buffer. The error is that of a block that is none.
func (r *Reader) peek() (block []byte, whole bool, err error) {
	b := r.buf[r.start:r.end]
	if len(b) < 12 {
		return nil, false, nil
	}
	big, ok := r.big, r.begun
	if binary.LittleEndian.Uint32(b) == ng.BlockSection {
		if big, ok = isBig(b[8:]); !ok {
			return nil, false, r.corrupt(errors.New("malformed byte order"))
		}
	}
	if !ok {
		return nil, false, r.corrupt(errors.New("no pcapng file: it does not begin with a section"))
	}
	n := u32(b[4:], big)
	if n < 12 || n%4 != 0 || n > ng.MaxBlock {
		return nil, false, r.corrupt(errLength)
	}
	if uint32(len(b)) < n {
		return nil, false, nil
	}
	if u32(b[n-4:], big) != n {
		return nil, false, r.corrupt(errLength)
	}
	return b[:n:n], true, nil
}

func (r *Reader) corrupt(err error) error { return &payload.CorruptError{Offset: r.offset, Err: err} }

// isBig reports whether a section is in big-endian order, from the magic number in its header, and whether that is one.
func isBig(magic []byte) (big, ok bool) {
	switch uint32(ng.ByteOrderMagic) {
	case binary.LittleEndian.Uint32(magic):
		return false, true
	case binary.BigEndian.Uint32(magic):
		return true, true
	}
	return false, false
}

// u32 returns a number in one of the byte orders.
func u32(b []byte, big bool) uint32 {
	if big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// u16 is u32 for 16 bits.
func u16(b []byte, big bool) uint16 {
	if big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

// fill reads more. The buffer grows with what has arrived, not with what is announced.
func (r *Reader) fill() {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	for range 100 { // a reader may return nothing a few times
		var n int
		n, r.err = r.r.Read(r.buf[r.end:])
		r.end += n
		if n > 0 || r.err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}

// read reads a block, and reports whether it is an event.
func (r *Reader) read(block []byte, e *event.Event) (bool, error) {
	body := block[8 : len(block)-4]
	switch u32(block, r.big) {
	case ng.BlockSection: // the same in both orders
		return false, r.section(body)
	case ng.BlockPacket:
		return r.packet(body, e)
	case ng.BlockLocal:
		if record := r.mine(body); record != nil {
			return r.record(record, e)
		}
	}
	return false, nil // what others can add means nothing here
}

// isEvent reports whether a block is an event.
func (r *Reader) isEvent(block []byte) bool {
	body := block[8 : len(block)-4]
	switch u32(block, r.big) {
	case ng.BlockPacket:
		return true // or an error, or a packet of another program: rare
	case ng.BlockLocal:
		record := r.mine(body)
		return len(record) > 0 && record[0] == ng.RecordEvent
	}
	return false
}

// section begins a section: nothing of the one before counts.
func (r *Reader) section(body []byte) error {
	if len(body) < 16 {
		return errors.New("section header too short")
	}
	big, _ := isBig(body) // it is: peek has seen it
	if major := u16(body[4:], big); major != 1 {
		return fmt.Errorf("version %d of pcapng: only 1 is known", major)
	}
	if len(r.part) > 0 {
		return errors.New("a message ends with its section")
	}
	r.begun, r.big, r.hosts, r.last, r.names = true, big, make(map[uint64]*host), nil, 0
	return nil
}

// mine returns the record behind the private enterprise number and the name, nil if they are those of another.
func (r *Reader) mine(b []byte) []byte {
	if len(b) < 4+len(ng.Magic)+1 || u32(b, r.big) != ng.PEN || string(b[4:4+len(ng.Magic)]) != ng.Magic {
		return nil
	}
	return b[4+len(ng.Magic):]
}
