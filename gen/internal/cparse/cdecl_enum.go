// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	gotoken "go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// enumSpecifier takes enum and what belongs to it.
func (p *parser) enumSpecifier() *ctype {
	keyword := p.next()
	a := p.attributes()
	name := cpp.Token{}
	if p.peek().Kind == cpp.Ident {
		name = p.next()
	}
	var fixed *ctype
	if p.is(":") && (p.ahead(1).Kind == cpp.Ident) && p.startsType(p.ahead(1)) {
		p.next()
		fixed = p.typeName().base()
	}
	if !p.is("{") {
		if name.Kind == cpp.EOF {
			p.fail(p.peek(), "expected a name or %q, found %s", "{", p.peek())
		}
		if a.onLayout() {
			p.notDefinition(a, "enum "+name.Text)
		}
		t := p.tagged("enum", name)
		if fixed != nil {
			t.enum.fixed, t.enum.integer, t.enum.done = fixed, fixed, true
		}
		return t
	}
	t := p.beginEnum(keyword, name)
	t.enum.fixed = fixed
	if fixed != nil {
		t.enum.integer = fixed
	}
	p.enumBody(t.enum, a)
	return t
}

func (p *parser) beginEnum(keyword, name cpp.Token) *ctype {
	t := p.types.newEnum("")
	if name.Kind != cpp.EOF {
		t = p.tagged("enum", name)
		oldBuilt, newBuilt := p.givesWay(t.enum.keyword, keyword)
		switch {
		case len(t.enum.members) == 0:
		case oldBuilt:
			p.dropEnum(t.enum)
			t = p.types.newEnum(name.Text)
			p.tags["enum "+name.Text] = t
		case newBuilt:
			t = p.types.newEnum(name.Text)
			t.enum.keyword, t.enum.first = keyword, keyword
			return t
		default:
			p.definite(name, t.enum.name(), "defined again; first at %v", p.pos(t.enum.keyword))
			t = p.types.newEnum(name.Text)
		}
	}
	t.enum.keyword, t.enum.first = keyword, keyword
	if p.declared < len(p.toks) {
		t.enum.first = p.toks[p.declared]
	}
	p.enums = append(p.enums, t.enum)
	return t
}

// enumBody takes the enumerators, and the attributes behind them.
func (p *parser) enumBody(e *enum, a attrs) {
	open := p.expect("{")
	prev, empty := value{}, p.is("}")
	for !p.is("}") {
		if p.peek().Kind == cpp.EOF {
			p.fail(open, "%q is not closed", "{")
		}
		prev = p.enumerator(e, prev)
		if !p.accept(",") {
			break
		}
	}
	p.expect("}")
	a.add(p.attributes())
	if empty {
		p.fault(e.keyword, e.name(), "an enum needs members")
	}
	p.applied(&ctype{kind: model.EnumType, enum: e}, attrs{bad: a.bad, tok: a.tok})
	if a.aligned > 0 {
		p.alignEnum(e, a)
	}
	p.finishEnum(e, a)
}

// alignEnum takes the alignment of an enum, which gcc ignores.
func (p *parser) alignEnum(e *enum, a attrs) {
	if p.other != nil {
		p.fault(a.any, e.name(), "an enum with an alignment: clang applies it, gcc does not")
	}
	e.aligned = a.aligned
}

// enumerator takes one enumerator; prev is the value of the one before it.
func (p *parser) enumerator(e *enum, prev value) value {
	p.peek()
	m := &enumerator{at: p.at, name: p.expectIdent()}
	p.attributes()
	x := value{t: p.types.get("int"), v: constant.MakeInt64(0)}
	switch {
	case p.is("="):
		p.next()
		start := p.peek()
		if given := p.conditional(); given.v != nil && given.v.Kind() == constant.Int {
			x = given
		} else {
			p.fault(start, m.name.Text, "the value is not an integer constant: %s", cmp.Or(given.why, "it has type "+given.t.String()))
		}
	case prev.v != nil:
		x = p.successor(m.name, prev)
	}
	x.t = p.promoted(x.t, 0)
	if i := p.types.get("int"); e.fixed == nil && fits(x.v, i) {
		x.t = i
	} else if e.fixed != nil {
		x = p.convert(x, e.fixed)
	}
	m.t, m.v, m.last = x.t, x.v, p.peek()
	p.addEnumerator(e, m)
	return x
}

// successor returns the value behind prev: in its type or, where that cannot hold it, in a wider one. gcc refuses that.
func (p *parser) successor(name cpp.Token, prev value) value {
	v := constant.BinaryOp(prev.v, gotoken.ADD, constant.MakeInt64(1))
	if fits(v, prev.t) {
		return value{t: prev.t, v: v}
	}
	if !p.target.Clang {
		p.fault(name, name.Text, "the value after %v does not fit its type, %v, and gcc takes no wider one: give the value", prev.v, prev.t)
		return prev
	}
	for _, t := range []string{"int", "long", "long long"} {
		c := p.types.get(t)
		if !prev.t.isSigned() {
			c = p.types.get("unsigned " + t)
		}
		if c.size() > prev.t.size() && fits(v, c) {
			return value{t: c, v: v}
		}
	}
	p.fault(name, name.Text, "the value after %v does not fit any integer type", prev.v)
	return prev
}

func (p *parser) addEnumerator(e *enum, m *enumerator) {
	if old := p.scope[m.name.Text]; old != nil {
		switch oldBuilt, newBuilt := p.givesWay(old.tok, m.name); {
		case newBuilt:
			return
		case !oldBuilt:
			p.definite(m.name, m.name.Text, "declared again; first at %v", p.pos(old.tok))
			return
		}
	}
	p.scope[m.name.Text] = &ident{t: m.t, con: m, tok: m.name}
	e.members = append(e.members, m)
}

// finishEnum chooses the integer type that holds the enum. Enumerators that do not fit an int take that type.
func (p *parser) finishEnum(e *enum, a attrs) {
	e.done = true
	switch {
	case a.vector > 0, a.mode != "" && e.fixed != nil:
		p.fault(a.any, e.name(), "attribute %s is not supported here", a.any.Text)
	case e.fixed != nil:
		return
	}
	if a.mode != "" {
		e.integer = p.enumInMode(e, a)
	} else {
		e.integer = p.enumInteger(e, a.packed)
	}
	for _, m := range e.members {
		if !fits(m.v, p.types.get("int")) {
			m.t = e.integer
			p.scope[m.name.Text].t = e.integer
		}
	}
}

// enumInMode returns the integer of a machine mode that holds the enumerators. For gcc it has a sign where one of them
// is negative. For clang it always has one; it is given none here where the enumerators, as they lie in memory, need
// that.
func (p *parser) enumInMode(e *enum, a attrs) *ctype {
	size := p.modeSize(a.mode)
	with, without := p.types.sized(size, true), p.types.sized(size, false)
	negative := slices.ContainsFunc(e.members, func(m *enumerator) bool { return constant.Sign(m.v) < 0 })
	switch {
	case with == nil || strings.HasSuffix(a.mode, "F"):
		p.fault(a.any, e.name(), "attribute mode(%s) is not supported on an enum", a.mode)
		return p.types.get("int")
	case p.target.Clang && fitIn(e, with), negative && fitIn(e, with):
		return with
	case !negative && fitIn(e, without):
		return without
	}
	p.fault(a.any, e.name(), "an enumerator does not fit into mode(%s)", a.mode)
	return p.types.get("int")
}

// enumInteger returns the smallest type, of int's size at least unless packed, that holds all enumerators; an
// unsigned one where none is negative.
func (p *parser) enumInteger(e *enum, packed bool) *ctype {
	signed := false
	for _, m := range e.members {
		signed = signed || constant.Sign(m.v) < 0
	}
	names := []string{"int", "long", "long long"}
	if packed {
		names = append([]string{"signed char", "short"}, names...)
	}
	for _, name := range names {
		t := p.types.get(name)
		if t == nil {
			continue
		}
		if !signed {
			t = p.types.sized(t.size(), false)
		}
		if fitIn(e, t) {
			return t
		}
	}
	p.fault(e.keyword, e.name(), "no integer type fits all its values")
	return p.types.get("int")
}

// fitIn reports whether a type can hold all members of an enum.
func fitIn(e *enum, t *ctype) bool {
	for _, m := range e.members {
		if !fits(m.v, t) {
			return false
		}
	}
	return true
}
