// SPDX-License-Identifier: Apache-2.0

package gobplan

import "reflect"

// op says how a value is read.
type op uint8

const (
	opNone op = iota
	opBool
	opInt
	opUint
	opFloat
	opComplex
	opString
	opBytes
	opArray
	opSlice
	opMap
	opStruct
	opGobDecoder // the value has a method GobDecode
	opUnmarshal  // the value has a method UnmarshalBinary

	// Shapes that do without most of the reflection.
	opStrings    // []string
	opStringMap  // a map from string to string
	opStringsMap // a map from string to []string, like http.Header

	// Values that nobody wants.
	opSkipNumber
	opSkipComplex
	opSkipBytes
	opSkipArray
	opSkipSlice
	opSkipMap
	opSkipStruct
)

// node says how to read values of one type on the wire into one type of Go. Nodes of types that contain themselves
// form cycles.
type node struct {
	op        op
	length    int     // of opArray and opSkipArray
	key, elem *node   // of arrays, slices and maps
	fields    []field // of structs, by their number on the wire
}

// field is a field of a struct on the wire.
type field struct {
	index []int // which field of the Go struct it goes to, as in reflect; nil if there is none
	node  *node
}

// wanted reports whether any field has somewhere to go.
func (n *node) wanted() bool {
	for i := range n.fields {
		if n.fields[i].index != nil {
			return true
		}
	}
	return false
}

// plan is how to decode the streams that open with certain type definitions.
type plan struct {
	prefix []byte // the definitions
	root   int32  // the type of the value behind them
	node   *node
}

// newPlan makes the plan for a stream and a type, which is a struct.
func newPlan(t reflect.Type, stream []byte) (*plan, error) {
	defs := make(definitions)
	off, err := defs.read(stream)
	if err != nil {
		return nil, err
	}
	_, id := message(stream, off)
	n, err := (&compiler{defs: defs, offset: off}).root(t, id)
	if err != nil {
		return nil, err
	}
	return &plan{prefix: append([]byte(nil), stream[:off]...), root: id, node: n}, nil
}
