// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"strings"
)

// node is a part of an expression: a *list, a *negation or a *term.
type node interface {
	// text appends the part as an expression that means the same.
	text(b *strings.Builder)
}

// list is terms that are joined by and, or by or.
type list struct {
	or bool
	of []node
}

// negation is a part behind not.
type negation struct{ of node }

// scope says which packets of a tunnel a term is about.
type scope uint8

const (
	scopeAny scope = iota
	scopeOuter
	scopeInner
)

// side says which end of a packet or a message a term is about.
type side uint8

const (
	sideEither side = iota
	sideSrc
	sideDst
	sideBoth // the source and the destination
)

// literal is a value as it is written.
type literal struct {
	text     string
	quoted   bool
	pos, end int
}

// term asks for values of something.
type term struct {
	pos, end int
	word     *word  // what it asks about; nil for a field by its name
	field    string // the name of the field
	typ      string // the message type in TYPE.FIELD
	scope    scope
	side     side
	proto    *word // a protocol, or a version of IP, that the packet must have too
	op       string
	values   []literal
	bytes    *byteTest // of byteWord
}

func (l *list) text(b *strings.Builder) {
	joint := " and "
	if l.or {
		joint = " or "
	}
	b.WriteByte('(')
	for i, n := range l.of {
		if i > 0 {
			b.WriteString(joint)
		}
		n.text(b)
	}
	b.WriteByte(')')
}

func (n *negation) text(b *strings.Builder) {
	b.WriteString("not ")
	n.of.text(b)
}

func (t *term) text(b *strings.Builder) {
	b.WriteString([...]string{"", "outer ", "inner "}[t.scope])
	if t.proto != nil {
		b.WriteString(t.proto.name + " ")
	}
	if t.bytes != nil {
		b.WriteString(t.bytes.String())
		return
	}
	name := t.field
	if t.typ != "" {
		name = t.typ + "." + name
	}
	if t.word != nil {
		name = t.word.name
	}
	if t.word != nil && t.word.subject == subjectEther {
		b.WriteString("ether ")
		name = "host"
	}
	b.WriteString([...]string{"", "src ", "dst ", "src and dst "}[t.side])
	b.WriteString(name)
	if len(t.values) == 0 {
		return
	}
	b.WriteString(" " + t.op + " ")
	if len(t.values) > 1 {
		b.WriteByte('{')
	}
	for i, v := range t.values {
		if i > 0 {
			b.WriteString(", ")
		}
		v.write(b)
	}
	if len(t.values) > 1 {
		b.WriteByte('}')
	}
}

// write appends the value in the form in which it was written.
func (l literal) write(b *strings.Builder) {
	if !l.quoted {
		b.WriteString(l.text)
		return
	}
	b.WriteByte('"')
	b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(l.text))
	b.WriteByte('"')
}
