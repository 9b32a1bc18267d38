// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// What stands here finds conditions that the two compilers of a target decide in different ways.

const dependsOnCompiler = "the condition depends on the compiler: %s; put the code that depends on it inside #ifdef __clang__"

// onlyOne reports whether a name is an operator or predefined macro that only one of the target's compilers has, and no
// header defines.
func (p *pp) onlyOne(sym *symbol) bool {
	first, ok := p.opts.Predefined.OnlyOne[sym.text]
	return ok && first == (sym.macro != nil) && (!first || sym.macro.isBuiltin() || sym.macro.src.File == "")
}

// matters reports whether it matters that the directive at token at finds name defined for one compiler only. Headers define
// what is missing, which is no difference.
func (p *pp) matters(f *frame, at int, name string) bool {
	if strings.HasPrefix(name, "__has_") || strings.HasPrefix(name, "__is_") {
		return p.anyInGroups(f, at, func(int) bool { return true })
	}
	text := f.src.Text
	next := skipComments(text, directiveEnd(text, f.hashOf(at)), len(text.Tokens))
	if next >= len(text.Tokens) {
		return false
	}
	word, i := directiveName(text, next)
	i = skipComments(text, i+1, len(text.Tokens))
	return word != "define" || i >= len(text.Tokens) || text.Text(i) != name
}

// layouts reports whether the conditional of the directive at token at defines records or enums.
func (p *pp) layouts(f *frame, at int) bool {
	return p.anyInGroups(f, at, func(i int) bool {
		switch text := f.src.Text; text.Text(i) {
		case "struct", "union", "enum":
			for i++; i < len(text.Tokens) && !text.Tokens[i].Directive && !text.Is(i, ";") && !text.Is(i, ")"); i++ {
				if text.Is(i, "{") {
					return true
				}
			}
		}
		return false
	})
}

// anyInGroups reports whether what is true of a token between the directive at token at and the end of its conditional that is
// not part of a directive.
func (p *pp) anyInGroups(f *frame, at int, what func(i int) bool) bool {
	text, depth := f.src.Text, 0
	for i := directiveEnd(text, f.hashOf(at)); i < len(text.Tokens); i++ {
		t := &text.Tokens[i]
		switch {
		case t.Kind == ctext.Comment || t.Directive && !t.First:
			continue
		case !t.Directive:
			if what(i) {
				return true
			}
			continue
		}
		switch word, _ := directiveName(text, i); {
		case isIf(word):
			depth++
		case word == "endif" && depth == 0:
			return false
		case word == "endif":
			depth--
		}
	}
	return false
}
