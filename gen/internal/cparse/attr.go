// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// attrs is what attributes say that bears on layout.
type attrs struct {
	packed  bool
	aligned int64 // the largest alignment asked for; 0 is none
	last    int64 // the alignment asked for last
	vector  int64 // vector_size in bytes; 0 is none
	mode    string
	bad     string // an attribute that changes the layout and is not supported
	tok     token
}

func (a *attrs) add(b attrs) {
	a.packed = a.packed || b.packed
	a.align(b.aligned)
	if b.last > 0 {
		a.last = b.last
	}
	if b.vector > 0 {
		a.vector = b.vector
	}
	if b.mode != "" {
		a.mode = b.mode
	}
	if b.bad != "" {
		a.bad, a.tok = b.bad, b.tok
	}
}

func (a *attrs) align(n int64) {
	a.aligned = max(a.aligned, n)
	if n > 0 {
		a.last = n
	}
}

// ofType returns the alignment that the attributes give to a type: of several, clang takes the largest and gcc
// the last.
func (a *attrs) ofType(clang bool) int64 {
	if clang {
		return a.aligned
	}
	return a.last
}

// attributes takes the attributes that come next, in any spelling.
func (p *parser) attributes() attrs {
	var a attrs
	for p.attribute(&a) {
	}
	return a
}

// attribute takes one attribute list into a; false where none comes next.
func (p *parser) attribute(a *attrs) bool {
	switch t := p.peek(); t.Text {
	case "__attribute__", "__attribute":
		p.next()
		p.expect("(")
		p.expect("(")
		p.attributeList(a, ")")
		p.expect(")")
	case "[":
		if p.ahead(1).Text != "[" {
			return false
		}
		p.next()
		p.next()
		p.attributeList(a, "]")
		p.expect("]")
	case "_Alignas", "alignas":
		if t.Text == "alignas" && p.ahead(1).Text != "(" {
			return false
		}
		p.next()
		p.expect("(")
		a.align(p.alignment())
		p.expect(")")
	default:
		return false
	}
	return true
}

// attributeList takes attributes up to and with the closing bracket.
func (p *parser) attributeList(a *attrs, closing string) {
	for !p.accept(closing) {
		if p.accept(",") {
			continue
		}
		p.oneAttribute(a)
	}
}

func (p *parser) oneAttribute(a *attrs) {
	t := p.next()
	if t.Kind != cpp.Ident {
		p.fail(t, "expected an attribute, found %s", t)
	}
	if p.accept(":") {
		p.expect(":")
		t = p.expectIdent()
	} else if p.accept("::") {
		t = p.expectIdent()
	}
	switch name := strings.Trim(t.Text, "_"); name {
	case "packed":
		a.packed = true
		p.skipArguments()
	case "aligned":
		a.align(p.alignedArgument())
	case "vector_size":
		a.vector = p.vectorArgument(t)
	case "mode":
		p.expect("(")
		a.mode = strings.Trim(p.expectIdent().Text, "_")
		p.expect(")")
	case "ms_struct", "scalar_storage_order", "ext_vector_type", "warn_if_not_aligned":
		a.bad, a.tok = name, t
		p.skipArguments()
	default:
		p.skipArguments()
	}
}

func (p *parser) skipArguments() {
	if p.is("(") {
		p.balanced()
	}
}

func (p *parser) alignedArgument() int64 {
	if !p.accept("(") {
		return p.target.MaxAlign
	}
	n := p.alignment()
	p.expect(")")
	return n
}

// alignment takes a type name or a constant that gives an alignment.
func (p *parser) alignment() int64 {
	t := p.peek()
	if p.startsType(t) {
		return p.typeName().align()
	}
	x := p.conditional()
	n, ok := x.int()
	if !ok {
		p.fail(t, "the alignment is not a constant: %s", x.why)
	}
	if n == 0 {
		return 0
	}
	if n < 0 || n&(n-1) != 0 || n > 1<<28 {
		p.fail(t, "%d is not an alignment", n)
	}
	return n
}

func (p *parser) vectorArgument(t token) int64 {
	p.expect("(")
	x := p.conditional()
	p.expect(")")
	n, ok := x.int()
	if !ok || n <= 0 || n&(n-1) != 0 || n > 1<<20 {
		p.fail(t, "not a vector size")
	}
	return n
}

// applied returns t changed by the attributes that make another type of it.
func (p *parser) applied(t *ctype, a attrs) *ctype {
	if a.bad != "" {
		p.fail(a.tok, "attribute %s is not supported: it changes the layout", a.bad)
	}
	if a.mode != "" {
		t = p.inMode(t, a)
	}
	if a.vector > 0 {
		if t.kind == model.Array || !t.isArithmetic() {
			p.fail(p.peek(), "vector_size on a type that is not a number")
		}
		t = p.types.vector(t, a.vector)
	}
	return t
}

// inMode returns the integer or float of a machine mode.
func (p *parser) inMode(t *ctype, a attrs) *ctype {
	size := map[string]int64{"QI": 1, "HI": 2, "SI": 4, "DI": 8, "TI": 16, "byte": 1, "SF": 4, "DF": 8}[a.mode]
	if a.mode == "word" || a.mode == "pointer" {
		size = p.types.word(true).size()
	}
	if t.kind == model.Float {
		for _, name := range []string{"float", "double"} {
			if f := p.types.get(name); f.metric.Size == size {
				return f
			}
		}
	}
	if s := p.types.sized(size, isSigned(t)); s != nil && t.isInt() {
		return s
	}
	p.fail(p.peek(), "attribute mode(%s) is not supported", a.mode)
	return nil
}
