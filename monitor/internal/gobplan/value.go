// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"encoding"
	"encoding/gob"
	"reflect"
)

// maxDepth is how deep values can be nested.
const maxDepth = 1000

// enter notes that a composite value begins, and reports whether that is allowed; leave notes that it ends.
func (c *cursor) enter() bool {
	if c.depth++; c.depth > maxDepth {
		c.fail("values are nested more than %d deep", maxDepth)
	}
	return c.err == nil
}

func (c *cursor) leave() { c.depth-- }

// value reads a value into v, which is settable. It allocates what pointers in v are to point to.
func (c *cursor) value(n *node, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch n.op {
	case opString:
		v.SetString(c.string())
	case opUint:
		c.setUint(v)
	case opInt:
		c.setInt(v)
	case opBool:
		v.SetBool(c.uint() != 0)
	case opFloat:
		v.SetFloat(c.floatFor(v.Kind() == reflect.Float32))
	case opComplex:
		small := v.Kind() == reflect.Complex64
		re := c.floatFor(small)
		v.SetComplex(complex(re, c.floatFor(small)))
	case opBytes:
		c.setBytes(v)
	default:
		c.composite(n, v)
	}
}

// composite reads a value that has parts, or decodes itself.
func (c *cursor) composite(n *node, v reflect.Value) {
	if !c.enter() {
		return
	}
	defer c.leave()
	switch n.op {
	case opStruct:
		c.setStruct(n, v)
	case opArray:
		c.setArray(n, v)
	case opSlice:
		c.setSlice(n, v)
	case opMap:
		c.setMap(n, v)
	case opGobDecoder, opUnmarshal:
		c.unmarshal(n.op, v)
	case opStrings:
		p := v.Addr().Interface().(*[]string)
		*p = c.strings(*p)
	case opStringMap:
		setMap(c, v, func(string) string { return c.string() })
	case opStringsMap:
		setMap(c, v, func(string) []string { return c.strings(nil) })
	}
}

func (c *cursor) setUint(v reflect.Value) {
	x := c.uint()
	if v.OverflowUint(x) {
		c.fail("%d is out of the range of %s", x, v.Type())
		return
	}
	v.SetUint(x)
}

func (c *cursor) setInt(v reflect.Value) {
	x := c.int()
	if v.OverflowInt(x) {
		c.fail("%d is out of the range of %s", x, v.Type())
		return
	}
	v.SetInt(x)
}

// floatFor reads a floating-point number, for a variable of 32 bits if small.
func (c *cursor) floatFor(small bool) float64 {
	f := c.float()
	if small && reflect.TypeFor[float32]().OverflowFloat(f) {
		c.fail("%g is out of the range of float32", f)
	}
	return f
}

// setBytes copies a string of bytes, into the slice at hand if that is large enough.
func (c *cursor) setBytes(v reflect.Value) {
	b := c.bytes()
	if v.Cap() < len(b) {
		v.SetBytes(append([]byte(nil), b...))
		return
	}
	v.SetLen(len(b))
	copy(v.Bytes(), b)
}

func (c *cursor) setStruct(n *node, v reflect.Value) {
	for num := -1; c.left() > 0; {
		delta := c.uint()
		if delta == 0 {
			return
		}
		if delta > uint64(len(n.fields)-1-num) {
			c.fail("a struct of %d fields has none with number %d+%d", len(n.fields), num, delta)
			return
		}
		num += int(delta)
		if f := &n.fields[num]; f.index != nil {
			c.value(f.node, v.FieldByIndex(f.index))
		} else {
			c.skip(f.node)
		}
	}
}

func (c *cursor) setArray(n *node, v reflect.Value) {
	if count := c.uint(); c.err == nil && count != uint64(n.length) {
		c.fail("%d elements for an array of %d", count, n.length)
	}
	c.elements(n.elem, v, n.length)
}

// elements reads the elements of an array or slice.
func (c *cursor) elements(n *node, v reflect.Value, count int) {
	for i := range count {
		if c.left() == 0 {
			c.fail("the message ends at element %d of %d", i, count)
			return
		}
		c.value(n, v.Index(i))
	}
}

func (c *cursor) setSlice(n *node, v reflect.Value) {
	count := c.count()
	if v.Cap() < count {
		v.Set(reflect.MakeSlice(v.Type(), count, count))
	} else {
		v.SetLen(count)
	}
	c.elements(n.elem, v, count)
}

// strings reads a slice of strings, into the one at hand if that is large enough.
func (c *cursor) strings(s []string) []string {
	count := c.count()
	if cap(s) < count {
		s = make([]string, count)
	}
	s = s[:count]
	for i := range s {
		s[i] = c.string()
	}
	return s
}

func (c *cursor) setMap(n *node, v reflect.Value) {
	count := c.count()
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for range count {
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		c.value(n.key, key)
		c.value(n.elem, elem)
		if c.err != nil {
			return
		}
		v.SetMapIndex(key, elem)
	}
}

// maxHint bounds the room that is made for a map before its elements are read.
const maxHint = 256

// setMap reads a map with strings as keys and elements of type E, of any named type.
func setMap[E any](c *cursor, v reflect.Value, elem func(key string) E) {
	count := c.count()
	var m map[string]E
	if v.IsNil() {
		m = make(map[string]E, min(count, maxHint))
		v.Set(reflect.ValueOf(m))
	} else {
		m = v.Convert(reflect.TypeOf(m)).Interface().(map[string]E)
	}
	for range count {
		key := c.string()
		e := elem(key)
		if c.err != nil {
			return
		}
		m[key] = e
	}
}

// unmarshal lets v decode itself.
func (c *cursor) unmarshal(by op, v reflect.Value) {
	b := c.bytes()
	if c.err != nil {
		return
	}
	var err error
	switch p := v.Addr().Interface(); by {
	case opGobDecoder:
		err = p.(gob.GobDecoder).GobDecode(b)
	default:
		err = p.(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
	}
	if err != nil {
		c.fail("%s: %v", v.Type(), err)
	}
}
