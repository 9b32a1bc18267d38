// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"cmp"
	"go/constant"
	gotoken "go/token"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cexpr"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// enumSpecifier takes enum and what belongs to it.
func (p *parser) enumSpecifier() *ctype.Type {
	keyword := p.Next()
	a := p.attributes()
	name := cpp.Token{}
	if p.Peek().Kind == cpp.Ident {
		name = p.Next()
	}
	var fixed *ctype.Type
	if p.Is(":") && (p.Ahead(1).Kind == cpp.Ident) && p.StartsType(p.Ahead(1)) {
		p.Next()
		fixed = p.TypeName().Base()
	}
	if !p.Is("{") {
		if name.Kind == cpp.EOF {
			p.Fail(p.Peek(), "expected a name or %q, found %s", "{", p.Peek())
		}
		if a.onLayout() {
			p.notDefinition(a, "enum "+name.Text)
		}
		t := p.tagged("enum", name)
		if fixed != nil {
			t.Enum.Fixed, t.Enum.Integer, t.Enum.Done = fixed, fixed, true
		}
		return t
	}
	t := p.beginEnum(keyword, name)
	t.Enum.Fixed = fixed
	if fixed != nil {
		t.Enum.Integer = fixed
	}
	p.enumBody(t.Enum, a)
	return t
}

func (p *parser) beginEnum(keyword, name cpp.Token) *ctype.Type {
	t := p.Types.NewEnum("")
	if name.Kind != cpp.EOF {
		t = p.tagged("enum", name)
		oldBuilt, newBuilt := p.givesWay(t.Enum.Keyword, keyword)
		switch {
		case len(t.Enum.Members) == 0:
		case oldBuilt:
			p.dropEnum(t.Enum)
			t = p.Types.NewEnum(name.Text)
			p.tags["enum "+name.Text] = t
		case newBuilt:
			t = p.Types.NewEnum(name.Text)
			t.Enum.Keyword, t.Enum.First = keyword, keyword
			return t
		default:
			p.definite(name, t.Enum.Name(), "defined again; first at %v", p.Pos(t.Enum.Keyword))
			t = p.Types.NewEnum(name.Text)
		}
	}
	t.Enum.Keyword, t.Enum.First = keyword, keyword
	if p.declared < len(p.Tokens) {
		t.Enum.First = p.Tokens[p.declared]
	}
	p.enums = append(p.enums, t.Enum)
	return t
}

// enumBody takes the enumerators, and the attributes behind them.
func (p *parser) enumBody(e *ctype.Enum, a attrs) {
	open := p.Expect("{")
	prev, empty := cvalue.Value{}, p.Is("}")
	for !p.Is("}") {
		if p.Peek().Kind == cpp.EOF {
			p.Fail(open, "%q is not closed", "{")
		}
		prev = p.enumerator(e, prev)
		if !p.Accept(",") {
			break
		}
	}
	p.Expect("}")
	a.add(p.attributes())
	if empty {
		p.Fault(e.Keyword, e.Name(), "an enum needs members")
	}
	p.applied(&ctype.Type{Kind: model.EnumType, Enum: e}, attrs{bad: a.bad, tok: a.tok})
	if a.aligned > 0 {
		p.alignEnum(e, a)
	}
	p.finishEnum(e, a)
}

// alignEnum takes the alignment of an enum, which gcc ignores.
func (p *parser) alignEnum(e *ctype.Enum, a attrs) {
	if p.other != nil {
		p.Fault(a.any, e.Name(), "an enum with an alignment: clang applies it, gcc does not")
	}
	e.Aligned = a.aligned
}

// enumerator takes one enumerator; prev is the value of the one before it.
func (p *parser) enumerator(e *ctype.Enum, prev cvalue.Value) cvalue.Value {
	p.Peek()
	m := &ctype.Enumerator{Index: p.At, Name: p.ExpectIdent()}
	p.attributes()
	x := cvalue.Value{Type: p.Types.Get("int"), Const: constant.MakeInt64(0)}
	switch {
	case p.Is("="):
		p.Next()
		start := p.Peek()
		if given := p.Conditional(); given.Const != nil && given.Const.Kind() == constant.Int {
			x = given
		} else {
			p.Fault(start, m.Name.Text, "the value is not an integer constant: %s", cmp.Or(given.Why, "it has type "+given.Type.String()))
		}
	case prev.Const != nil:
		x = p.successor(m.Name, prev)
	}
	x.Type = p.Promoted(x.Type, 0)
	if i := p.Types.Get("int"); e.Fixed == nil && cvalue.Fits(x.Const, i) {
		x.Type = i
	} else if e.Fixed != nil {
		x = p.Convert(x, e.Fixed)
	}
	m.Type, m.Value, m.Last = x.Type, x.Const, p.Peek()
	p.addEnumerator(e, m)
	return x
}

// successor returns the value behind prev: in its type or, where that cannot hold it, in a wider one. gcc refuses that.
func (p *parser) successor(name cpp.Token, prev cvalue.Value) cvalue.Value {
	v := constant.BinaryOp(prev.Const, gotoken.ADD, constant.MakeInt64(1))
	if cvalue.Fits(v, prev.Type) {
		return cvalue.Value{Type: prev.Type, Const: v}
	}
	if !p.target.Clang {
		p.Fault(name, name.Text, "the value after %v does not fit its type, %v, and gcc takes no wider one: give the value", prev.Const, prev.Type)
		return prev
	}
	for _, t := range []string{"int", "long", "long long"} {
		c := p.Types.Get(t)
		if !prev.Type.IsSigned() {
			c = p.Types.Get("unsigned " + t)
		}
		if c.Size() > prev.Type.Size() && cvalue.Fits(v, c) {
			return cvalue.Value{Type: c, Const: v}
		}
	}
	p.Fault(name, name.Text, "the value after %v does not fit any integer type", prev.Const)
	return prev
}

func (p *parser) addEnumerator(e *ctype.Enum, m *ctype.Enumerator) {
	if old := p.Scope[m.Name.Text]; old != nil {
		switch oldBuilt, newBuilt := p.givesWay(old.Token, m.Name); {
		case newBuilt:
			return
		case !oldBuilt:
			p.definite(m.Name, m.Name.Text, "declared again; first at %v", p.Pos(old.Token))
			return
		}
	}
	p.Scope[m.Name.Text] = &cexpr.Ident{Type: m.Type, Enumerator: m, Token: m.Name}
	e.Members = append(e.Members, m)
}

// finishEnum chooses the integer type that holds the enum. Enumerators that do not fit an int take that type.
func (p *parser) finishEnum(e *ctype.Enum, a attrs) {
	e.Done = true
	switch {
	case a.vector > 0, a.mode != "" && e.Fixed != nil:
		p.Fault(a.any, e.Name(), "attribute %s is not supported here", a.any.Text)
	case e.Fixed != nil:
		return
	}
	if a.mode != "" {
		e.Integer = p.enumInMode(e, a)
	} else {
		e.Integer = p.enumInteger(e, a.packed)
	}
	for _, m := range e.Members {
		if !cvalue.Fits(m.Value, p.Types.Get("int")) {
			m.Type = e.Integer
			p.Scope[m.Name.Text].Type = e.Integer
		}
	}
}

// enumInMode returns the integer of a machine mode that holds the enumerators. For gcc it has a sign where one of them
// is negative. For clang it always has one; it is given none here where the enumerators, as they lie in memory, need
// that.
func (p *parser) enumInMode(e *ctype.Enum, a attrs) *ctype.Type {
	size := p.modeSize(a.mode)
	with, without := p.Types.Sized(size, true), p.Types.Sized(size, false)
	negative := slices.ContainsFunc(e.Members, func(m *ctype.Enumerator) bool { return constant.Sign(m.Value) < 0 })
	switch {
	case with == nil || strings.HasSuffix(a.mode, "F"):
		p.Fault(a.any, e.Name(), "attribute mode(%s) is not supported on an enum", a.mode)
		return p.Types.Get("int")
	case p.target.Clang && fitIn(e, with), negative && fitIn(e, with):
		return with
	case !negative && fitIn(e, without):
		return without
	}
	p.Fault(a.any, e.Name(), "an enumerator does not fit into mode(%s)", a.mode)
	return p.Types.Get("int")
}

// enumInteger returns the smallest type, of int's size at least unless packed, that holds all enumerators; an
// unsigned one where none is negative.
func (p *parser) enumInteger(e *ctype.Enum, packed bool) *ctype.Type {
	signed := false
	for _, m := range e.Members {
		signed = signed || constant.Sign(m.Value) < 0
	}
	names := []string{"int", "long", "long long"}
	if packed {
		names = append([]string{"signed char", "short"}, names...)
	}
	for _, name := range names {
		t := p.Types.Get(name)
		if t == nil {
			continue
		}
		if !signed {
			t = p.Types.Sized(t.Size(), false)
		}
		if fitIn(e, t) {
			return t
		}
	}
	p.Fault(e.Keyword, e.Name(), "no integer type fits all its values")
	return p.Types.Get("int")
}

// fitIn reports whether a type can hold all members of an enum.
func fitIn(e *ctype.Enum, t *ctype.Type) bool {
	for _, m := range e.Members {
		if !cvalue.Fits(m.Value, t) {
			return false
		}
	}
	return true
}
