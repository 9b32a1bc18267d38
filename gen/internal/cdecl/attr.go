// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
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
	tok     cpp.Token
	any     cpp.Token // an attribute that changes the layout; of kind EOF where there is none
}

// onLayout reports whether the attributes change a layout.
func (a *attrs) onLayout() bool { return a.any.Kind != cpp.EOF }

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
	if b.onLayout() {
		a.any = b.any
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
	switch t := p.Peek(); t.Text {
	case "__attribute__", "__attribute":
		p.Next()
		p.Expect("(")
		p.Expect("(")
		p.attributeList(a, ")", false)
		p.Expect(")")
	case "[":
		if p.Ahead(1).Text != "[" {
			return false
		}
		p.Next()
		p.Next()
		p.attributeList(a, "]", true)
		p.Expect("]")
	case "_Alignas", "alignas":
		if t.Text == "alignas" && p.Ahead(1).Text != "(" {
			return false
		}
		p.Next()
		a.any = t
		p.Expect("(")
		a.align(p.alignment())
		p.Expect(")")
	default:
		return false
	}
	return true
}

// attributeList takes attributes up to and with the closing bracket; scoped says that they are in [[ ]].
func (p *parser) attributeList(a *attrs, closing string, scoped bool) {
	for !p.Accept(closing) {
		if p.Accept(",") {
			continue
		}
		p.oneAttribute(a, scoped)
	}
}

// unlayable are attributes that change layouts in ways that are not known here.
var unlayable = map[string]bool{
	"ms_struct": true, "scalar_storage_order": true, "ext_vector_type": true, "warn_if_not_aligned": true,
	"neon_vector_type": true, "neon_polyvector_type": true, "arm_sve_vector_bits": true, "riscv_rvv_vector_bits": true,
	"matrix_type": true, "ptr32": true, "ptr64": true, "SVE_type": true,
}

// oneAttribute takes one attribute. In [[ ]], those of gcc have its name before them; others of the same names are not
// known to compilers.
func (p *parser) oneAttribute(a *attrs, scoped bool) {
	t := p.Next()
	if t.Kind != cpp.Ident {
		p.Fail(t, "expected an attribute, found %s", t)
	}
	if scoped {
		scope := ""
		if p.Accept(":") {
			p.Expect(":")
			scope, t = plainName(t.Text), p.ExpectIdent()
		}
		if scope != "gnu" {
			p.SkipArguments()
			return
		}
	}
	switch name := plainName(t.Text); {
	case name == "packed":
		a.packed, a.any = true, t
		p.SkipArguments()
	case name == "aligned":
		a.any = t
		a.align(p.alignedArgument())
	case name == "vector_size":
		a.any = t
		a.vector = p.vectorArgument(t)
	case name == "mode":
		a.any = t
		p.Expect("(")
		a.mode = plainName(p.ExpectIdent().Text)
		p.Expect(")")
	case unlayable[name]:
		a.bad, a.tok, a.any = name, t, t
		p.SkipArguments()
	default:
		p.SkipArguments()
	}
}

// plainName returns a name without the two underscores that may stand on both sides.
func plainName(name string) string {
	if len(name) > 4 && strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") {
		return name[2 : len(name)-2]
	}
	return name
}

func (p *parser) alignedArgument() int64 {
	if !p.Accept("(") {
		return p.target.MaxAlign
	}
	if p.Accept(")") {
		return p.target.MaxAlign
	}
	n := p.alignment()
	p.Expect(")")
	return n
}

// alignment takes a type name or a constant that gives an alignment.
func (p *parser) alignment() int64 {
	t := p.Peek()
	if p.StartsType(t) {
		return p.TypeName().Align()
	}
	x := p.Conditional()
	n, ok := x.Int()
	if !ok {
		p.Fail(t, "the alignment is not a constant: %s", x.Why)
	}
	if n == 0 {
		return 0
	}
	if n < 0 || n&(n-1) != 0 || n > 1<<28 {
		p.Fail(t, "%d is not an alignment", n)
	}
	return n
}

func (p *parser) vectorArgument(t cpp.Token) int64 {
	p.Expect("(")
	x := p.Conditional()
	p.Expect(")")
	n, ok := x.Int()
	if !ok || n <= 0 || n&(n-1) != 0 || n > 1<<20 {
		p.Fail(t, "not a vector size")
	}
	return n
}

// applied returns t changed by the attributes that make another type of it.
func (p *parser) applied(t *ctype.Type, a attrs) *ctype.Type {
	if a.bad != "" {
		p.Fail(a.tok, "attribute %s is not supported: it changes the layout", a.bad)
	}
	if a.mode != "" {
		t = p.inMode(t, a)
	}
	if a.vector > 0 {
		if t.Kind == model.Array || !t.IsArithmetic() {
			p.Fail(p.Peek(), "vector_size on a type that is not a number")
		}
		if p.other != nil && p.other.Vector(a.vector, t.Kind == model.Float) != p.target.Vector(a.vector, t.Kind == model.Float) {
			p.Fail(a.any, "gcc and clang align vectors of %d bytes in different ways on this target", a.vector)
		}
		t = p.Types.Vector(t, a.vector)
	}
	return t
}

// modeSizes are the sizes of the machine modes of integers and floating-point numbers.
var modeSizes = map[string]int64{"QI": 1, "HI": 2, "SI": 4, "DI": 8, "TI": 16, "byte": 1, "SF": 4, "DF": 8}

// modeSize returns the size of a machine mode; 0 where it is not known.
func (p *parser) modeSize(mode string) int64 {
	if mode == "word" || mode == "pointer" || mode == "unwind_word" {
		return p.Types.Word(true).Size()
	}
	return modeSizes[mode]
}

// inMode returns the integer or float of a machine mode.
func (p *parser) inMode(t *ctype.Type, a attrs) *ctype.Type {
	size := p.modeSize(a.mode)
	floats := strings.HasSuffix(a.mode, "F")
	switch {
	case t.Kind == model.Float && floats:
		for _, name := range []string{"float", "double"} {
			if f := p.Types.Get(name); f.Metric.Size == size {
				return f
			}
		}
	case t.Kind == model.Bool && !p.target.Clang, floats, !t.IsInt():
	case t.Align() != max(1, t.Metric.Align) && t.Kind == model.Int:
	default:
		if s := p.Types.Sized(size, t.IsSigned()); s != nil {
			return s
		}
	}
	p.Fail(a.any, "attribute mode(%s) is not supported on %v", a.mode, t)
	return nil
}
