// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Bounds on the type definitions of a session; a Payload's is 57 bytes.
const (
	maxDefinition  = 64 << 10 // bytes of one
	maxDefinitions = 1 << 20  // bytes of all
	maxTypes       = 1024
)

var (
	errDefinitions = errors.New("type definitions too large or too many")
	errDefinition  = errors.New("malformed type definition")
	errHoldsItself = errors.New("contains itself")
)

// typeTable holds the type definitions of a session.
//
// It stands between the stream and gob.Decoder for the sake of types that contain themselves. To skip a field
// of such a type the decoder calls itself once for each level that the value has, which a byte is enough for,
// and a stack that outgrows its limit ends the process. A payload has no use for such types: they are refused.
// With the others the depth is at most the number of types.
type typeTable struct {
	types   map[int64]typeInfo
	size    int   // bytes of all definitions
	plain   int64 // the last id of Payload without a time, if all definitions are of Payload; else 0
	timed   int64 // the same with a time
	foreign bool  // a definition is not of Payload
	checked int64 // a type whose values gob.Decoder may be given; 0 for none that is known
}

// typeInfo is one definition.
type typeInfo struct {
	raw  []byte  // the message
	refs []int64 // the types it is made of, without gob's own
}

// add takes a message that defines a type, and reports whether it replaced an earlier definition of that type.
func (t *typeTable) add(m message) (again bool, err error) {
	id := -m.id
	old, again := t.types[id]
	t.size += len(m.raw) - len(old.raw)
	if len(m.raw) > maxDefinition || t.size > maxDefinitions || !again && len(t.types) == maxTypes {
		return again, &CorruptError{Offset: m.off, Err: errDefinitions}
	}
	info := typeInfo{raw: slices.Clone(m.raw)}
	f := definitionForm(id, m.body)
	if f == 0 {
		if info.refs, err = typeRefs(m.body); err != nil {
			return again, &CorruptError{Offset: m.off, Err: err}
		}
	}
	if t.types == nil {
		t.types = make(map[int64]typeInfo)
	}
	t.learn(id, f)
	t.types[id] = info
	t.checked = 0
	return again, nil
}

// learn remembers an id whose messages need no gob.Decoder. Once a type was defined that is no Payload, all do.
func (t *typeTable) learn(id int64, f form) {
	t.foreign = t.foreign || f == 0
	if id == t.plain || t.foreign {
		t.plain = 0
	}
	if id == t.timed || t.foreign {
		t.timed = 0
	}
	switch {
	case t.foreign:
	case f == plain:
		t.plain = id
	case f == timed:
		t.timed = id
	}
}

// form returns the form of a type's messages; 0 where they are gob.Decoder's to judge.
func (t *typeTable) form(id int64) form {
	if id == 0 {
		return 0
	}
	switch id {
	case t.plain:
		return plain
	case t.timed:
		return timed
	}
	return 0
}

// get returns a type's definition as it came.
func (t *typeTable) get(id int64) []byte { return t.types[id].raw }

// all returns the definitions as they came, ordered by id.
func (t *typeTable) all() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, id := range slices.Sorted(maps.Keys(t.types)) {
			if !yield(t.types[id].raw) {
				return
			}
		}
	}
}

// check reports whether gob.Decoder may be given a value of the type. The error wraps errHoldsItself where that is why not.
func (t *typeTable) check(id int64) error {
	if id < firstUserID {
		return fmt.Errorf("type %d is not a type of payloads", id)
	}
	if id == t.checked {
		return nil
	}
	if err := t.visit(id, make(map[int64]bool)); err != nil {
		return err
	}
	t.checked = id
	return nil
}

// visit returns an error if a type contains itself or one that was not defined, or has a part that does. done has those
// that were visited: false while the type is on the way down.
func (t *typeTable) visit(id int64, done map[int64]bool) error {
	info, defined := t.types[id]
	finished, seen := done[id]
	switch {
	case !defined:
		return fmt.Errorf("type %d was not defined", id)
	case finished:
		return nil
	case seen:
		return fmt.Errorf("type %d %w", id, errHoldsItself)
	}
	done[id] = false
	for _, ref := range info.refs {
		if err := t.visit(ref, done); err != nil {
			return err
		}
	}
	done[id] = true
	return nil
}

// Fields of gob's wireType, which hold what a type is made of. Each is a struct whose field 0 is a commonType
// (a name and an id).
const (
	wireArray  = 0 // 1: type of the elements, 2: how many
	wireSlice  = 1 // 1: type of the elements
	wireStruct = 2 // 1: list of fields, each a name and a type
	wireMap    = 3 // 1: type of the keys, 2: type of the elements
	wireLast   = 6 // 4 to 6: types that encode themselves
)

// typeRefs returns the types that a definition refers to, without gob's own. body is what follows the type id.
func typeRefs(body []byte) ([]int64, error) {
	p := refParser{rest: body}
	for kind := range p.fields() {
		if kind > wireLast {
			p.bad = true
		}
		for field := range p.fields() {
			p.wireField(kind, field)
		}
	}
	if p.bad || len(p.rest) > 0 {
		return nil, errDefinition
	}
	slices.Sort(p.refs)
	return slices.Compact(p.refs), nil
}

// refParser takes a definition apart. Once bad is set nothing more is taken.
type refParser struct {
	rest []byte
	refs []int64
	bad  bool
}

// fields yields the number of each field of a struct, which ends with a 0 or, as gob.Decoder has it, with the
// message. The loop's body must take the field's value.
func (p *refParser) fields() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for next := uint64(0); !p.bad && len(p.rest) > 0; {
			delta := p.uint()
			if delta == 0 || delta > maxTypes {
				p.bad = p.bad || delta != 0
				return
			}
			next += delta
			if !yield(next - 1) {
				return
			}
		}
	}
}

// wireField takes one field of what describes a type of the kind.
func (p *refParser) wireField(kind, field uint64) {
	switch {
	case field == 0:
		p.named()
	case kind == wireStruct && field == 1:
		for n := p.uint(); n > 0 && !p.bad; n-- {
			p.bad = len(p.rest) == 0
			p.ref(p.named())
		}
	case kind == wireArray && field == 2:
		p.int()
	case field == 1 && (kind == wireArray || kind == wireSlice), kind == wireMap && field <= 2:
		p.ref(p.int())
	default:
		p.bad = true
	}
}

// named takes a struct of a name and a type, and returns the type.
func (p *refParser) named() (id int64) {
	for field := range p.fields() {
		switch field {
		case 0:
			p.skip(p.uint())
		case 1:
			id = p.int()
		default:
			p.bad = true
		}
	}
	return id
}

// ref adds a type to those referred to.
func (p *refParser) ref(id int64) {
	if id >= firstUserID {
		p.refs = append(p.refs, id)
	}
}

// skip takes n bytes.
func (p *refParser) skip(n uint64) {
	if n > uint64(len(p.rest)) {
		p.bad = true
		return
	}
	p.rest = p.rest[n:]
}

// uint takes an unsigned number.
func (p *refParser) uint() uint64 {
	v, n := gobUint(p.rest)
	p.take(n)
	return v
}

// int takes a signed number.
func (p *refParser) int() int64 {
	v, n := gobInt(p.rest)
	p.take(n)
	return v
}

// take drops the n bytes of a number, none where there is no number.
func (p *refParser) take(n int) {
	p.bad = p.bad || n == 0
	p.rest = p.rest[n:]
}
