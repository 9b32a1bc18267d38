// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"fmt"
	"math"
	"math/bits"
)

// Error says why a stream could not be decoded.
type Error struct {
	Offset int    // where in the stream, in bytes from its start
	Reason string // what is wrong there
}

func (e *Error) Error() string { return fmt.Sprintf("gob: byte %d: %s", e.Offset, e.Reason) }

// cursor reads one message of a stream. After the first fault, which it keeps, it stands at the end of the message
// and reads zeros.
type cursor struct {
	data  []byte // the stream, up to the end of the message
	off   int    // what is read of it
	depth int    // how many composite values the current one is in
	err   error

	text      string // the message from textStart on: every string is a part of it
	textStart int
}

// message returns the message at an offset of a stream: a cursor behind its type id, and the id, which is negative for
// the definition of a type. The cursor has the error.
func message(stream []byte, off int) (c cursor, id int32) {
	c = cursor{data: stream, off: off}
	n := c.uint()
	if left := len(stream) - c.off; n > uint64(left) {
		c.fail("message of %d bytes, of which there are %d", n, left)
	}
	if c.err == nil {
		c.data = stream[:c.off+int(n)]
	}
	return c, int32(c.int()) // gob too drops what is beyond 32 bits
}

// fail keeps the first fault.
func (c *cursor) fail(format string, args ...any) {
	if c.err == nil {
		c.err = &Error{Offset: c.off, Reason: fmt.Sprintf(format, args...)}
	}
	c.off = len(c.data)
}

// left returns the number of unread bytes.
func (c *cursor) left() int { return len(c.data) - c.off }

// uint reads an unsigned number.
func (c *cursor) uint() uint64 {
	if c.off < len(c.data) {
		if b := c.data[c.off]; b < 0x80 {
			c.off++
			return uint64(b)
		}
	}
	return c.longUint()
}

// longUint reads a number that does not fit in 7 bits: a byte with the negated count of those that follow, then the
// number in big-endian order.
func (c *cursor) longUint() (x uint64) {
	if c.left() == 0 {
		c.fail("the message ends too early")
		return 0
	}
	n := 0x100 - int(c.data[c.off])
	if n > 8 || n >= c.left() {
		c.fail("number of %d bytes, with %d left", n, c.left()-1)
		return 0
	}
	for _, b := range c.data[c.off+1 : c.off+1+n] {
		x = x<<8 | uint64(b)
	}
	c.off += 1 + n
	return x
}

// int reads a signed number: its sign is the lowest bit, which is 1 if the others are inverted.
func (c *cursor) int() int64 {
	x := c.uint()
	return int64(x>>1) ^ -int64(x&1)
}

// float reads a floating-point number, whose bytes are sent in reverse so that short ones stay short.
func (c *cursor) float() float64 { return math.Float64frombits(bits.ReverseBytes64(c.uint())) }

// count reads a number of elements or bytes. Each takes at least a byte, so that there can be no more than are left.
func (c *cursor) count() int {
	n := c.uint()
	if n > uint64(c.left()) {
		c.fail("%d elements, with %d bytes left", n, c.left())
		return 0
	}
	return int(n)
}

// bytes reads a string of bytes. They belong to the stream.
func (c *cursor) bytes() []byte {
	n := c.count()
	c.off += n
	return c.data[c.off-n : c.off : c.off]
}

// string reads a string. All strings of a message share one copy of it: a dozen allocations become one.
func (c *cursor) string() string {
	n := c.count()
	if n == 0 {
		return ""
	}
	if c.text == "" {
		c.text, c.textStart = string(c.data[c.off:]), c.off
	}
	c.off += n
	return c.text[c.off-n-c.textStart : c.off-c.textStart]
}
