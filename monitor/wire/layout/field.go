// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// node is a field with what printing needs of it.
type node struct {
	*Field
	dims  []int // without the last dimension of what is text or bytes
	run   int   // how many bytes are one value: Size, or those of a text; -1 to the end of the message
	nodes []node
	big   bool // bits are counted from the highest
}

// leaf is a value of a message that has a place in the table of fields.
type leaf struct {
	field event.Field
	node  *node
	at    int // bytes from the start of the message; for a bit-field, of its struct
	count int // bytes; -1 to the end of the message
}

// maxElements is how many elements of an array the table of fields has; all are printed.
const maxElements = 64

// maxLeaves is how many fields a table has.
const maxLeaves = 4096

// builder makes the nodes and the table of a struct.
type builder struct {
	big    bool
	leaves []leaf
}

func (b *builder) nodes(fields []Field, depth int) []node {
	all := make([]node, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		n := node{Field: f, dims: f.Dims, run: f.Size, big: b.big}
		if last := len(f.Dims) - 1; last >= 0 && f.isBytes() {
			n.dims, n.run = f.Dims[:last], f.Size*f.Dims[last]
			if f.Dims[last] < 0 {
				n.run = -1
			}
		}
		if depth < 32 {
			n.nodes = b.nodes(f.Fields, depth+1)
		}
		all = append(all, n)
	}
	return all
}

// isBytes reports whether an array of the field's elements is one value.
func (f *Field) isBytes() bool {
	switch f.Kind {
	case Char, Address, MAC:
		return true
	case Uint, Opaque:
		return f.Size == 1 && f.Enum == nil
	}
	return false
}

// leafs adds the values of nodes to the table.
func (b *builder) leafs(nodes []node, prefix string, base int) {
	for i := range nodes {
		n := &nodes[i]
		name := prefix + n.Name
		if n.Name == "" && len(prefix) > 0 {
			name = prefix[:len(prefix)-1]
		}
		b.elements(n, n.dims, name, base+n.Offset, base)
	}
}

// elements adds the elements of a field that begins at a place; base is where its struct begins.
func (b *builder) elements(n *node, dims []int, name string, at, base int) {
	if len(dims) > 0 {
		if dims[0] < 0 {
			return // how many there are differs
		}
		each := n.bytes(dims[1:])
		for i := range min(dims[0], maxElements) {
			b.elements(n, dims[1:], name+"."+strconv.Itoa(i), at+i*each, base)
		}
		return
	}
	if n.Kind == Record {
		prefix := name + "."
		if name == "" {
			prefix = ""
		}
		b.leafs(n.nodes, prefix, at)
		return
	}
	if len(b.leaves) >= maxLeaves {
		return
	}
	l := leaf{node: n, at: at, count: n.run, field: event.Field{Name: name, Doc: n.Doc, Bits: uint16(min(n.Size*8, 64)), Enum: n.Enum}}
	switch {
	case n.Width > 0:
		l.at, l.field.Bits = base, uint16(n.Width)
		l.field.Kind = numberKind(n.Kind)
	case n.Kind == Char:
		l.field.Kind, l.field.Bits = event.KindText, bitsOf(n.run)
	case n.run != n.Size || n.run > 8 || n.Kind == Opaque || n.Kind == Address || n.Kind == MAC || n.Kind == Float:
		l.field.Kind, l.field.Bits = event.KindBytes, bitsOf(n.run)
	default:
		l.field.Kind = numberKind(n.Kind)
	}
	b.leaves = append(b.leaves, l)
}

// bitsOf returns the bits of a run of bytes, 0 where they do not fit a table or differ.
func bitsOf(run int) uint16 {
	if run < 0 || run > 8191 {
		return 0
	}
	return uint16(run * 8)
}

func numberKind(k Kind) event.FieldKind {
	switch k {
	case Int:
		return event.KindInt
	case Bool:
		return event.KindBool
	}
	return event.KindUint
}

// bytes returns how many bytes an array of some dimensions has.
func (n *node) bytes(dims []int) int {
	size := n.run
	for _, d := range dims {
		size *= max(d, 0)
	}
	return size
}

// uint returns the number of a leaf, and whether the message has it.
func (l *leaf) uint(order binary.ByteOrder, raw []byte) (uint64, bool) {
	if l.field.Kind == event.KindBytes || l.field.Kind == event.KindText {
		return 0, false
	}
	return l.node.number(order, raw, l.at)
}

// number returns the number that begins at a place, or the bit-field of the struct there.
func (n *node) number(order binary.ByteOrder, raw []byte, at int) (uint64, bool) {
	if n.Width > 0 {
		return n.bits(raw, at)
	}
	if at < 0 || at+n.Size > len(raw) {
		return 0, false
	}
	switch n.Order {
	case Big:
		order = binary.BigEndian
	case Little:
		order = binary.LittleEndian
	}
	var v uint64
	switch b := raw[at : at+n.Size]; n.Size {
	case 1:
		v = uint64(b[0])
	case 2:
		v = uint64(order.Uint16(b))
	case 4:
		v = uint64(order.Uint32(b))
	case 8:
		v = order.Uint64(b)
	default:
		return 0, false
	}
	switch n.Kind {
	case Int:
		v = signed(v, n.Size*8)
	case Bool:
		if v != 0 {
			v = 1
		}
	}
	return v, true
}

// bits returns the number in a bit-field.
func (n *node) bits(raw []byte, at int) (v uint64, ok bool) {
	first, end := n.Bit, n.Bit+n.Width
	if at < 0 || first < 0 || at+(end+7)/8 > len(raw) || n.Width > 64 {
		return 0, false
	}
	for i := range n.Width {
		bit := first + i
		b := raw[at+bit/8]
		if n.big {
			v = v<<1 | uint64(b>>(7-bit%8)&1)
		} else {
			v |= uint64(b>>(bit%8)&1) << i
		}
	}
	if n.Kind == Int {
		v = signed(v, n.Width)
	}
	return v, true
}

// signed extends the sign of a number of some bits.
func signed(v uint64, bits int) uint64 {
	shift := 64 - bits
	return uint64(int64(v<<shift) >> shift)
}

// bytes returns the bytes of a leaf that has some: of a text, those before its first NUL.
func (l *leaf) bytes(raw []byte) []byte {
	if l.field.Kind != event.KindBytes && l.field.Kind != event.KindText {
		return nil
	}
	b := part(raw, l.at, l.count)
	if l.field.Kind == event.KindText {
		return until(b)
	}
	return b
}

// part returns count bytes from a place on, all for -1, fewer where there are no more.
func part(raw []byte, at, count int) []byte {
	if at < 0 || at > len(raw) {
		return nil
	}
	raw = raw[at:]
	if count >= 0 && count < len(raw) {
		raw = raw[:count]
	}
	return raw
}

// until returns a text up to its first NUL.
func until(text []byte) []byte {
	if i := bytes.IndexByte(text, 0); i >= 0 {
		return text[:i]
	}
	return text
}
