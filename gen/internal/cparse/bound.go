// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

const (
	maxConditionals = 200     // nested #if
	maxCondition    = 20_000  // tokens that the condition of an #if may expand to
	maxLook         = 200_000 // tokens that are looked at to find that out
)

// tooManyConditionals returns the first directive that nests conditionals deeper than the preprocessor, which
// follows them by recursion, can be trusted with; -1 where there is none.
func tooManyConditionals(f *ctext.File) int {
	depth := 0
	for i := range f.Tokens {
		switch word, _ := directive(f, i); word {
		case "if", "ifdef", "ifndef":
			if depth++; depth > maxConditionals {
				return i
			}
		case "endif":
			depth--
		}
	}
	return -1
}

// conditions returns the tokens, as pairs of the first and the one behind the last, of the conditions of the
// #if at token i and of its #elif lines.
func conditions(f *ctext.File, i int) [][2]int {
	var list [][2]int
	depth := 0
	for ; i < len(f.Tokens); i++ {
		switch word, at := directive(f, i); word {
		case "if", "ifdef", "ifndef":
			if depth++; depth == 1 && word == "if" {
				list = append(list, [2]int{at + 1, directiveLast(f, i) + 1})
			}
		case "elif":
			if depth == 1 {
				list = append(list, [2]int{at + 1, directiveLast(f, i) + 1})
			}
		case "endif":
			if depth--; depth == 0 {
				return list
			}
		}
	}
	return list
}

// estimator bounds what tokens expand to with the macros that are in force. The preprocessor evaluates
// conditions by recursion, so their length must be bounded before it does.
type estimator struct {
	files  *files
	active map[string]int32
	open   map[string]bool // macros being looked into, which are not expanded again
	looked int
}

// estimate is a bound: base tokens, each of which macros with arguments may repeat factor times.
type estimate struct{ base, factor int }

const unbounded = 1 << 30

func (e estimate) total() int { return saturated(e.base, e.factor) }

func saturated(a, b int) int {
	if a > 0 && b > unbounded/a {
		return unbounded
	}
	return a * b
}

// tokens bounds the expansion of the tokens of s from first to before last. Where they paste names together,
// so that macros are used that are not seen here, nothing is known if a macro has parentheses without their
// partners.
func (e *estimator) tokens(s *source, first, last int) estimate {
	sum := estimate{0, 1}
	for i := first; i < last; i++ {
		if e.looked++; e.looked > maxLook {
			return estimate{unbounded, 1}
		}
		t := s.text.Tokens[i]
		one := estimate{1, 1}
		switch {
		case t.Kind == ctext.Comment:
			continue
		case t.Kind == ctext.Ident:
			one = e.name(s.text.Text(i))
		case s.text.Is(i, "##") && e.unbalanced():
			one = estimate{unbounded, 1}
		}
		sum.base = min(unbounded, sum.base+one.base)
		sum.factor = saturated(sum.factor, one.factor)
	}
	return sum
}

// name bounds what a name expands to.
func (e *estimator) name(name string) estimate {
	def, ok := e.active[name]
	if !ok || e.open[name] {
		return estimate{1, 1}
	}
	d := e.files.weave.defines[def]
	s := e.files.list[d.src]
	e.open[name] = true
	body := e.tokens(s, int(d.body[0]), int(d.body[1]))
	delete(e.open, name)
	if d.fn {
		// Each token of the body may be a parameter, and so stand for all that it is called with.
		uses := e.parameterUses(s, d)
		return estimate{max(1, body.total()), saturated(max(1, uses), body.factor)}
	}
	return estimate{max(1, body.base), body.factor}
}

// parameterUses returns how often the body of a macro uses its parameters.
func (e *estimator) parameterUses(s *source, d define) int {
	params := map[string]bool{"__VA_ARGS__": true}
	for i := int(d.tok) + 1; i < int(d.body[0]); i++ {
		params[s.text.Text(i)] = true
	}
	n := 0
	for i := int(d.body[0]); i < int(d.body[1]); i++ {
		if s.text.Tokens[i].Kind == ctext.Ident && params[s.text.Text(i)] {
			n++
		}
	}
	return n
}

// unbalanced tells whether a macro in force opens parentheses that it does not close.
func (e *estimator) unbalanced() bool {
	for _, def := range e.active {
		d := e.files.weave.defines[def]
		f := e.files.list[d.src].text
		depth := 0
		for i := int(d.body[0]); i < int(d.body[1]); i++ {
			switch {
			case f.Is(i, "("):
				depth++
			case f.Is(i, ")"):
				depth--
			}
		}
		if depth > 0 {
			return true
		}
	}
	return false
}
