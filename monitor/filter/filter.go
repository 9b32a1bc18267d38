// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"cmp"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// Filter says whether events match an expression. The zero value matches every event. A Filter is safe for concurrent
// use, as far as the events are.
type Filter struct {
	expr     string
	kinds    [256]*kind // by message type; nil for types that the schema does not have
	other    code       // for those
	unread   code       // for messages that no decoder knew, where their first byte says nothing
	warnings []string
	untyped  bool
	filtered bool
}

// kind is what the expression comes to for one message type.
type kind struct {
	possible    bool // whether a message can match
	undecodable code
	undecoded   code // for messages that the decoder did not know
	foreign     code // for messages whose fields are not in the schema
	programs    []program
}

// program is what the expression comes to for messages with one table of fields.
type program struct {
	fields *event.Field // the first of the table; nil for an empty one
	code
}

// predicate reports whether a sample matches.
type predicate func(*event.Event) bool

// Compile compiles an expression for the messages of a schema. An empty expression matches every event. An error is an
// *[Error], which shows the expression and where it is wrong, unless the expression is too long to be shown.
func Compile(expr string, schema *Schema) (*Filter, error) {
	f := &Filter{expr: strings.TrimSpace(expr)}
	if f.expr == "" {
		return f, nil
	}
	schema = schema.orZero()
	names := newVocabulary(schema)
	tree, err := parse(expr, names)
	if err != nil {
		return nil, err
	}
	c := compiler{expr: expr, names: names, interfaces: schema.Interfaces, zone: cmp.Or(schema.Location, time.Local),
		accepted: map[*term]bool{}, refused: map[*term]error{}, meant: map[int]bool{}, wrong: map[int]error{},
		reasons: schema.Reasons, doubts: map[int]string{}, sure: map[int]bool{}}
	f.filtered = true
	f.other = c.node(tree, &variant{mode: unknown}).ready()
	f.unread = c.node(tree, &variant{mode: undecodable}).ready()
	f.untyped = schema.Untyped
	for i := range names.variants {
		v := &names.variants[i]
		k := f.kinds[v.number]
		if k == nil {
			k = &kind{
				undecodable: c.node(tree, &variant{mode: undecodable, number: v.number, name: v.name}).ready(),
				undecoded:   c.node(tree, &variant{mode: unknown, number: v.number, name: v.name}).ready(),
				foreign:     c.node(tree, &variant{number: v.number, name: v.name}).ready(),
			}
			f.kinds[v.number] = k
		}
		k.programs = append(k.programs, program{firstOf(v.fields), c.node(tree, v).ready()})
	}
	for _, k := range f.kinds {
		k.settle()
	}
	f.warnings = c.warnings()
	return f, c.err(tree)
}

// firstOf returns the address of the first field of a table, which tells it from other tables.
func firstOf(fields []event.Field) *event.Field {
	if len(fields) == 0 {
		return nil
	}
	return &fields[0]
}

// settle finds out whether a message of the kind can match at all.
func (k *kind) settle() {
	if k == nil {
		return
	}
	k.possible = k.undecodable.result != no || k.undecoded.result != no || k.foreign.result != no
	for _, p := range k.programs {
		k.possible = k.possible || p.result != no
	}
}

// String returns the expression.
func (f *Filter) String() string { return f.expr }

// Warnings returns what is likely to be a mistake in the expression, though it has a meaning: a sentence each.
func (f *Filter) Warnings() []string { return f.warnings }

// Match reports whether the event matches. Lost events always do, and so do samples that cannot be decoded if nothing
// that is known of them speaks against it. Match reads the event's decoded message: a decoder must have seen the event.
func (f *Filter) Match(e *event.Event) bool {
	if e.Kind != event.Sample || !f.filtered {
		return true
	}
	if len(e.Raw) == 0 {
		return true // it is an error that must be seen
	}
	c, number := &f.other, e.Raw[0]
	if f.untyped {
		if c = &f.unread; e.Msg != nil {
			c, number = &f.other, e.Msg.MessageType()
		}
	}
	if k := f.kinds[number]; k != nil && c == &f.other {
		if !k.possible {
			return false
		}
		c = k.code(e)
	}
	switch {
	case c.result != depends:
		return c.result != no // where it cannot be known it does
	case c.machine != nil:
		return c.machine.match(e, c.run)
	}
	return c.run(e)
}

// Wants reports whether a message of this type can match. A message of another type need not be decoded.
func (f *Filter) Wants(messageType uint8) bool {
	if !f.filtered || f.untyped {
		return true
	}
	if k := f.kinds[messageType]; k != nil {
		return k.possible
	}
	return f.other.result != no
}

// code returns what the expression comes to for an event.
func (k *kind) code(e *event.Event) *code {
	if e.Msg == nil {
		if e.Err != nil {
			return &k.undecodable
		}
		return &k.undecoded
	}
	table := firstOf(e.Msg.Fields())
	for i := range k.programs {
		if p := &k.programs[i]; p.fields == table {
			return &p.code
		}
	}
	return &k.foreign
}
