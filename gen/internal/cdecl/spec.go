// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// specs is what stands before the declarators of a declaration.
type specs struct {
	t       *ctype.Type // nil where no type was named
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
	s := specs{tok: p.Peek()}
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
	t := p.Peek()
	if p.attribute(&s.attrs) {
		return true
	}
	if t.Kind != cpp.Ident {
		return false
	}
	switch {
	case t.Text == "_Atomic":
		p.Next()
		if p.Is("(") {
			p.Next()
			s.t = p.atomic(t, p.TypeName())
			p.Expect(")")
		} else {
			s.atomic = t
		}
	case cword.Ignored(t.Text):
		s.fixed = s.fixed || strings.HasPrefix(strings.TrimLeft(t.Text, "_"), "const")
		p.Next()
	case t.Text == "typedef":
		p.Next()
		s.typedef = true
	case t.Text == "__auto_type":
		p.Next()
		s.auto = true
	case t.Text == "_BitInt":
		p.Fail(t, "_BitInt is not supported: use a bit-field of an integer type")
	case s.t != nil:
		return false
	case cword.Type(t.Text, p.target) != "":
		p.Next()
		*words = append(*words, cword.Type(t.Text, p.target))
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
		p.Next()
		p.Expect("(")
		s.t = p.typeofOperand()
		p.Expect(")")
		return true
	}
	id := p.Scope[t.Text]
	if id == nil || !id.Typedef {
		return false
	}
	p.Next()
	s.t = id.Type
	if t.Macro && s.t.Kind == model.Int {
		s.t = s.t.Ordered(p.Source(t).Text.Text(int(t.Tok)))
	}
	return true
}

func (p *parser) typeofOperand() *ctype.Type {
	t := p.Peek()
	if p.StartsType(t) {
		return p.TypeName()
	}
	x := p.Expression()
	if x.Rvalue && x.Type.OwnAlign > 0 && p.other != nil {
		p.Fail(t, "the type of a value of type %v: clang keeps the alignment that the typedef gives, gcc does not", x.Type)
	}
	return x.Type
}

// atomic returns the atomic form of t. One that is larger than t is refused, and so is one that gcc and clang do not
// make alike.
func (p *parser) atomic(at cpp.Token, t *ctype.Type) *ctype.Type {
	if !t.Complete() {
		return t // as what a pointer points at
	}
	size, align := p.target.Atomic(t.Size(), t.Align())
	if p.other != nil {
		if s, a := p.other.Atomic(t.Size(), t.Align()); s != size || a != align {
			p.Fail(at, "_Atomic %v has size %d and alignment %d for gcc, size %d and alignment %d for clang", t, size, align, s, a)
		}
	}
	if size != t.Size() {
		p.Fail(at, "_Atomic %v has padding: its size is %d, and that of %v is %d: fill it up to that size", t, size, t, t.Size())
	}
	if align == t.Align() {
		return t
	}
	if p.other != nil && p.target.Name == "linux/386" {
		p.Fail(at, "_Atomic %v: gcc and clang align records that contain it differently on linux/386", t)
	}
	return t.Aligned(align)
}

// basicType returns the type that the words name.
func (p *parser) basicType(tok cpp.Token, words []string) *ctype.Type {
	count := map[string]int{}
	for _, w := range words {
		for _, part := range strings.Fields(w) {
			count[part]++
		}
	}
	complex := count["_Complex"] > 0
	if delete(count, "_Complex"); complex && len(count) == 0 {
		count["double"] = 1
	}
	name, ok := cword.Basic(count)
	if !ok {
		p.Fail(tok, "%q is not a type", strings.Join(words, " "))
	}
	t := p.Types.Get(name)
	if t == nil {
		p.Fail(tok, "%s has no type %s", p.target.Name, name)
	}
	if !complex {
		return t
	}
	if t.Kind == model.Bool || t.Kind == model.Int && t.Size() > 8 || name == "_Float128" {
		p.Fail(tok, "not every compiler has the type _Complex %s", name)
	}
	return p.Types.Complex(t)
}
