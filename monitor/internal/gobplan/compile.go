// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"encoding"
	"encoding/gob"
	"fmt"
	"reflect"
	"unicode"
	"unicode/utf8"
)

// compiler makes nodes of type definitions.
type compiler struct {
	defs    definitions
	offset  int // where the value is, for errors
	nodes   map[pair]*node
	skips   map[int32]*node
	nesting int // of types to skip
}

// pair is a type of Go and the id of the type on the wire that goes to it.
type pair struct {
	typ reflect.Type
	id  int32
}

func (c *compiler) errorf(format string, args ...any) error {
	return &Error{Offset: c.offset, Reason: fmt.Sprintf(format, args...)}
}

// root returns the node for the value of a stream. Some field of it must be known.
func (c *compiler) root(t reflect.Type, id int32) (*node, error) {
	n, err := c.structure(t, id)
	if err != nil {
		return nil, err
	}
	if w := c.defs[id]; w != nil && len(w.StructT.Field) > 0 && t.NumField() > 0 && !n.wanted() {
		return nil, c.errorf("no field of %s is one of %s", w.StructT.Name, t)
	}
	return n, nil
}

// made has the nodes for the types of one struct's fields and of what they are made of. A node serves all fields of a
// type, whatever the stream says of the later ones: gob has it so.
type made map[reflect.Type]*node

// known returns the node for values of a type on the wire that go to a type of Go, which fits.
func (c *compiler) known(t reflect.Type, id int32, m made) (n *node, err error) {
	if n = m[t]; n != nil {
		return n, nil
	}
	b := base(t)
	if decodes, op := decodesItself(b); decodes {
		return &node{op: op}, nil
	}
	if _, op := basic(b.Kind()); op != opNone {
		return &node{op: op}, nil
	}
	if b.Kind() == reflect.Struct {
		m[t], err = c.structure(b, id)
		return m[t], err
	}
	m[t] = new(node)
	return m[t], c.fill(m[t], b, id, m)
}

// fill makes n the node for an array, a map, or a slice.
func (c *compiler) fill(n *node, t reflect.Type, id int32, m made) (err error) {
	switch t.Kind() {
	case reflect.Array:
		n.op, n.length = opArray, t.Len()
		n.elem, err = c.known(t.Elem(), c.defs[id].ArrayT.Elem, m)
	case reflect.Map:
		err = c.fillMap(n, t, c.defs[id].MapT, m)
	case reflect.Slice:
		err = c.fillSlice(n, t, id, m)
	default:
		err = c.errorf("%s cannot be decoded", t)
	}
	return err
}

func (c *compiler) fillMap(n *node, t reflect.Type, w *mapType, m made) (err error) {
	n.op = opMap
	if t.Key() == reflect.TypeFor[string]() {
		switch t.Elem() {
		case reflect.TypeFor[string]():
			n.op = opStringMap
		case reflect.TypeFor[[]string]():
			n.op = opStringsMap
		}
	}
	if n.key, err = c.known(t.Key(), w.Key, m); err != nil {
		return err
	}
	n.elem, err = c.known(t.Elem(), w.Elem, m)
	return err
}

func (c *compiler) fillSlice(n *node, t reflect.Type, id int32, m made) (err error) {
	if t.Elem().Kind() == reflect.Uint8 {
		n.op = opBytes
		return nil
	}
	n.op = opSlice
	if t == reflect.TypeFor[[]string]() {
		n.op = opStrings
	}
	n.elem, err = c.known(t.Elem(), c.lookup(id).SliceT.Elem, m)
	return err
}

// lookup is definitions.lookup, with an empty definition for unknown types.
func (c *compiler) lookup(id int32) *wireType {
	if w := c.defs.lookup(id); w != nil {
		return w
	}
	return &wireType{}
}

// structure returns the node for a struct.
func (c *compiler) structure(t reflect.Type, id int32) (*node, error) {
	if n := c.nodes[pair{t, id}]; n != nil {
		return n, nil
	}
	n := new(node)
	if c.nodes == nil {
		c.nodes = make(map[pair]*node)
	}
	c.nodes[pair{t, id}] = n
	return n, c.fillStruct(n, t, c.lookup(id))
}

func (c *compiler) fillStruct(n *node, t reflect.Type, w *wireType) (err error) {
	if w.StructT == nil {
		return c.errorf("the value for %s is not a struct", t)
	}
	n.op, n.fields = opStruct, make([]field, len(w.StructT.Field))
	m := make(made)
	for i, wf := range w.StructT.Field {
		if wf == nil || wf.Name == "" {
			return c.errorf("a field of %s has no name", w.StructT.Name)
		}
		if n.fields[i], err = c.field(t, wf, m); err != nil {
			return err
		}
	}
	return nil
}

// field finds the field of a struct that one on the wire goes to.
func (c *compiler) field(t reflect.Type, wf *fieldType, m made) (f field, err error) {
	local, ok := t.FieldByName(wf.Name)
	if !ok || !exported(wf.Name) {
		f.node, err = c.skip(wf.Id)
		return f, err
	}
	if !c.fits(local.Type, wf.Id, make(map[reflect.Type]int32)) {
		return f, c.errorf("field %s is no %s", wf.Name, local.Type)
	}
	for i := 1; i < len(local.Index); i++ {
		if t.FieldByIndex(local.Index[:i]).Type.Kind() == reflect.Pointer {
			return f, c.errorf("field %s is reached through a pointer", wf.Name)
		}
	}
	f.index = local.Index
	f.node, err = c.known(local.Type, wf.Id, m)
	return f, err
}

// exported reports whether a name is that of a field that other packages see.
func exported(name string) bool {
	r, _ := utf8.DecodeRuneInString(name)
	return unicode.IsUpper(r)
}

// fits reports whether values of a type on the wire can go to a type of Go. It takes structs for fit: their fields are
// looked at one by one. seen has the types that are being looked at.
func (c *compiler) fits(t reflect.Type, id int32, seen map[reflect.Type]int32) bool {
	if other, ok := seen[t]; ok {
		return other == id
	}
	seen[t] = id
	t = base(t)
	w := c.defs[id]
	if w == nil {
		w = &wireType{}
	}
	decodes, op := decodesItself(t)
	if (w.GobEncoderT != nil) != (decodes && op == opGobDecoder) ||
		(w.BinaryMarshalerT != nil) != (decodes && op == opUnmarshal) || w.TextMarshalerT != nil {
		return false
	}
	return decodes || c.kindFits(t, id, w, seen)
}

// kindFits is fits for types that do not decode themselves.
func (c *compiler) kindFits(t reflect.Type, id int32, w *wireType, seen map[reflect.Type]int32) bool {
	switch t.Kind() {
	case reflect.Array:
		return w.ArrayT != nil && t.Len() == w.ArrayT.Len && c.fits(t.Elem(), w.ArrayT.Elem, seen)
	case reflect.Map:
		return w.MapT != nil && c.fits(t.Key(), w.MapT.Key, seen) && c.fits(t.Elem(), w.MapT.Elem, seen)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return id == idBytes
		}
		s := c.lookup(id).SliceT
		return s != nil && c.fits(base(t.Elem()), s.Elem, seen)
	case reflect.Struct:
		return true
	}
	basicID, _ := basic(t.Kind())
	return id != 0 && id == basicID
}

// basic returns the id of the type on the wire that goes to a basic kind, and how it is read. Other kinds have none.
func basic(k reflect.Kind) (id int32, op op) {
	switch k {
	case reflect.Bool:
		return idBool, opBool
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return idInt, opInt
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return idUint, opUint
	case reflect.Float32, reflect.Float64:
		return idFloat, opFloat
	case reflect.Complex64, reflect.Complex128:
		return idComplex, opComplex
	case reflect.String:
		return idString, opString
	}
	return 0, opNone
}

// base returns what a type of pointers points to.
func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// decodesItself reports whether values of a type, which is no pointer, decode themselves from bytes, and how.
func decodesItself(t reflect.Type) (bool, op) {
	p := reflect.PointerTo(t)
	switch {
	case p.Implements(reflect.TypeFor[gob.GobDecoder]()):
		return true, opGobDecoder
	case p.Implements(reflect.TypeFor[encoding.BinaryUnmarshaler]()):
		return true, opUnmarshal
	}
	return false, 0
}

// maxNesting is how deep types to skip can be nested. It is gob's own limit.
const maxNesting = 10000

// skip returns the node for values of a type on the wire that have nowhere to go.
func (c *compiler) skip(id int32) (*node, error) {
	if n := c.skips[id]; n != nil {
		return n, nil
	}
	if c.nesting++; c.nesting > maxNesting {
		return nil, c.errorf("types are nested more than %d deep", maxNesting)
	}
	defer func() { c.nesting-- }()
	n := new(node)
	if c.skips == nil {
		c.skips = make(map[int32]*node)
	}
	c.skips[id] = n
	return n, c.fillSkip(n, id)
}

// fillSkip makes n the node for values that have nowhere to go.
func (c *compiler) fillSkip(n *node, id int32) error {
	switch id {
	case idBool, idInt, idUint, idFloat:
		n.op = opSkipNumber
		return nil
	case idBytes, idString:
		n.op = opSkipBytes
		return nil
	case idComplex:
		n.op = opSkipComplex
		return nil
	case idInterface:
		return c.errorf("interface values are not supported")
	}
	return c.fillSkipDefined(n, c.defs[id])
}

// fillSkipDefined is fillSkip for types that the stream defines.
func (c *compiler) fillSkipDefined(n *node, w *wireType) (err error) {
	switch {
	case w == nil:
		return c.errorf("a field has a type without a definition")
	case w.ArrayT != nil:
		n.op, n.length = opSkipArray, w.ArrayT.Len
		n.elem, err = c.skip(w.ArrayT.Elem)
	case w.MapT != nil:
		n.op = opSkipMap
		if n.key, err = c.skip(w.MapT.Key); err == nil {
			n.elem, err = c.skip(w.MapT.Elem)
		}
	case w.SliceT != nil:
		n.op = opSkipSlice
		n.elem, err = c.skip(w.SliceT.Elem)
	case w.StructT != nil:
		if err = c.fillStruct(n, reflect.TypeFor[struct{}](), w); err == nil {
			n.op = opSkipStruct
		}
	case w.GobEncoderT != nil, w.BinaryMarshalerT != nil, w.TextMarshalerT != nil:
		n.op = opSkipBytes
	default:
		err = c.errorf("the definition of a type is empty")
	}
	return err
}
