// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// specs is what stands before the declarators of a declaration.
type specs struct {
	t       *ctype // nil where no type was named
	typedef bool
	fixed   bool // const
	auto    bool // __auto_type: the type is that of an initializer
	attrs   attrs
	tok     cpp.Token // the first token
	atomic  cpp.Token // the qualifier _Atomic; of kind EOF where there is none
	def     bool      // defines or declares a struct, union or enum
}

// specifiers takes a declaration's specifiers.
func (p *parser) specifiers() specs {
	s := specs{tok: p.peek()}
	var words []string
	for p.specifier(&s, &words) {
	}
	if len(words) > 0 {
		s.t = p.basicType(s.tok, words)
	}
	if s.t != nil && s.atomic.Kind != cpp.EOF {
		s.t = p.atomic(s.atomic, s.t)
	}
	return s
}

// specifier takes one specifier; false where none comes next.
func (p *parser) specifier(s *specs, words *[]string) bool {
	t := p.peek()
	if p.attribute(&s.attrs) {
		return true
	}
	if t.Kind != cpp.Ident {
		return false
	}
	switch {
	case t.Text == "_Atomic":
		p.next()
		if p.is("(") {
			p.next()
			s.t = p.atomic(t, p.typeName())
			p.expect(")")
		} else {
			s.atomic = t
		}
	case ignored(t.Text):
		s.fixed = s.fixed || strings.HasPrefix(strings.TrimLeft(t.Text, "_"), "const")
		p.next()
	case t.Text == "typedef":
		p.next()
		s.typedef = true
	case t.Text == "__auto_type":
		p.next()
		s.auto = true
	case s.t != nil:
		return false
	case typeWord(t.Text, p.target) != "":
		p.next()
		*words = append(*words, typeWord(t.Text, p.target))
	case len(*words) > 0:
		return false
	default:
		return p.namedType(s, t)
	}
	return true
}

// namedType takes a struct, union, enum, typeof or typedef name; false where none comes next.
func (p *parser) namedType(s *specs, t cpp.Token) bool {
	switch t.Text {
	case "struct", "union":
		s.t, s.def = p.recordSpecifier(), true
		return true
	case "enum":
		s.t, s.def = p.enumSpecifier(), true
		return true
	case "typeof", "__typeof__", "__typeof", "__typeof_unqual__":
		p.next()
		p.expect("(")
		s.t = p.typeofOperand()
		p.expect(")")
		return true
	}
	id := p.scope[t.Text]
	if id == nil || !id.typedef {
		return false
	}
	p.next()
	s.t = id.t
	if t.Macro && s.t.kind == model.Int {
		s.t = s.t.ordered(p.source(t).Text.Text(int(t.Tok)))
	}
	return true
}

func (p *parser) typeofOperand() *ctype {
	t := p.peek()
	if p.startsType(t) {
		return p.typeName()
	}
	x := p.expression()
	if x.rvalue && x.t.user > 0 && p.other != nil {
		p.fail(t, "the type of a value of type %v: clang keeps the alignment that the typedef gives, gcc does not", x.t)
	}
	return x.t
}

// atomic returns the atomic form of t. One that is larger than t is refused, and so is one that gcc and clang do not
// make alike.
func (p *parser) atomic(at cpp.Token, t *ctype) *ctype {
	if !t.complete() {
		return t // as what a pointer points at
	}
	size, align := p.target.Atomic(t.size(), t.align())
	if p.other != nil {
		if s, a := p.other.Atomic(t.size(), t.align()); s != size || a != align {
			p.fail(at, "_Atomic %v has size %d and alignment %d for gcc, size %d and alignment %d for clang", t, size, align, s, a)
		}
	}
	if size != t.size() {
		p.fail(at, "_Atomic %v has padding: its size is %d, and that of %v is %d: fill it up to that size", t, size, t, t.size())
	}
	if align == t.align() {
		return t
	}
	if p.other != nil && p.target.Name == "linux/386" {
		p.fail(at, "_Atomic %v: gcc and clang align records that contain it differently on linux/386", t)
	}
	return t.aligned(align)
}

// basicType returns the type that the words name.
func (p *parser) basicType(tok cpp.Token, words []string) *ctype {
	count := map[string]int{}
	for _, w := range words {
		for _, part := range strings.Fields(w) {
			count[part]++
		}
	}
	if count["_Complex"] > 0 {
		delete(count, "_Complex")
		return p.types.complex(p.floatType(count))
	}
	name, ok := basicName(count)
	if !ok {
		p.fail(tok, "%q is not a type", strings.Join(words, " "))
	}
	t := p.types.get(name)
	if t == nil {
		p.fail(tok, "%s has no type %s", p.target.Name, name)
	}
	return t
}

func (p *parser) floatType(count map[string]int) *ctype {
	switch {
	case count["float"] > 0:
		return p.types.get("float")
	case count["long"] > 0:
		return p.types.get("long double")
	}
	return p.types.get("double")
}
