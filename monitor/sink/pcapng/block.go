// SPDX-License-Identifier: Apache-2.0

package pcapng

import (
	"encoding/binary"
	"unicode/utf8"

	ng "github.com/lockstep-bpf/lockstep/monitor/internal/pcapng"
)

// Everything is written in little-endian order, on every host.

func (s *Encoder) u16(v uint16) { s.buf = binary.LittleEndian.AppendUint16(s.buf, v) }
func (s *Encoder) u32(v uint32) { s.buf = binary.LittleEndian.AppendUint32(s.buf, v) }
func (s *Encoder) u64(v uint64) { s.buf = binary.LittleEndian.AppendUint64(s.buf, v) }

// pad fills up to a multiple of 4 bytes. All blocks begin at such a multiple of the buffer.
func (s *Encoder) pad() {
	s.buf = append(s.buf, "\x00\x00\x00"[:-len(s.buf)&3]...)
}

// open begins a block and returns where it begins.
func (s *Encoder) open(typ uint32) int {
	at := len(s.buf)
	s.u32(typ)
	s.u32(0)
	return at
}

// close ends the block that begins at a place.
func (s *Encoder) close(at int) {
	s.pad()
	length := uint32(len(s.buf) - at + 4)
	binary.LittleEndian.PutUint32(s.buf[at+4:], length)
	s.u32(length)
}

// option begins an option of a known length.
func (s *Encoder) option(code, length uint16) {
	s.u16(code)
	s.u16(length)
}

// openOption begins an option and returns where it begins.
func (s *Encoder) openOption(code uint16) int {
	at := len(s.buf)
	s.option(code, 0)
	return at
}

// closeOption ends the option that begins at a place.
func (s *Encoder) closeOption(at int) {
	binary.LittleEndian.PutUint16(s.buf[at+2:], uint16(len(s.buf)-at-4))
	s.pad()
}

// closeText ends an option that holds a text, which is cut off where it is too long. An empty one is taken back.
func (s *Encoder) closeText(at int) {
	text := s.buf[at+4:]
	if len(text) == 0 {
		s.buf = s.buf[:at]
		return
	}
	if len(text) > ng.MaxOption {
		n := ng.MaxOption
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		s.buf = s.buf[:at+4+n]
	}
	s.closeOption(at)
}

// text writes an option that holds a text.
func (s *Encoder) text(code uint16, text string) {
	at := s.openOption(code)
	s.buf = append(s.buf, text...)
	s.closeText(at)
}

// mine says whose the custom block or option is.
func (s *Encoder) mine() {
	s.u32(ng.PEN)
	s.buf = append(s.buf, ng.Magic...)
}
