// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"cmp"
	"go/constant"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// macros enters the macros that are in force at the end.
func (l *lowerer) macros() {
	for m := range l.pre.Macros() {
		s := m.Source()
		if s.Stub || l.wanted != nil && !l.wanted.Constant(m.Name()) {
			continue
		}
		switch x, why := l.macroValue(m); {
		case why != "":
			l.doubtful = l.doubtful || slices.ContainsFunc(l.expansion, func(t cpp.Token) bool { return t.Kind == cpp.Ident })
			l.skip(int(m.At), m.Name(), m.Pos(), why)
		case x.t != nil:
			c := &model.Constant{Name: m.Name(), Pos: m.Pos(), Kind: model.Macro, Value: x.v, Type: l.typ(x.t)}
			c.Doc, c.Text = macroDocs(m)
			c.Expr = plainExpression(l.expansion)
			l.constants = append(l.constants, ordered[*model.Constant]{int(m.At), c})
		}
	}
}

// plainExpression returns tokens as text if they are numbers, characters, operators and words of integer types alone, which
// mean the same wherever they stand; else "".
func plainExpression(toks []cpp.Token) string {
	var b strings.Builder
	for _, t := range toks {
		switch {
		case t.Kind == cpp.Number || t.Kind == cpp.Char || t.Kind == cpp.Punct && t.Text != "{" && t.Text != ";":
		case t.Kind == cpp.Ident && slices.Contains(integerWords, t.Text):
		default:
			return ""
		}
		b.WriteString(t.Text)
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

var integerWords = []string{"char", "short", "int", "long", "signed", "unsigned"}

// macroValue evaluates a macro; why says what keeps it from having a value. Neither is given for one that stands for
// the enumerator of its name.
func (l *lowerer) macroValue(m *cpp.Macro) (x value, why string) {
	l.expansion = nil
	if m.TakesArguments() {
		return value{}, "takes arguments"
	}
	e := l.pre.Expand(m)
	l.expansion = e.Tokens
	switch toks := e.Tokens; {
	case e.Failed:
		return value{}, "cannot be expanded, or expands to too much"
	case len(toks) == 0:
		return value{}, "has no value"
	case e.Varies != "":
		return value{}, "is not a constant: it depends on where or when it is used, by " + e.Varies
	case len(toks) == 1 && toks[0].Text == m.Name() && l.d.enumerator(m.Name()) != nil:
		return value{}, ""
	}
	x, why = l.d.evaluate(e.Tokens)
	switch {
	case why != "":
		return value{}, why
	case x.v == nil:
		return value{}, "is not a constant: " + cmp.Or(x.why, "it has no value")
	case x.isString():
	case x.t.kind == model.Pointer:
		return value{}, "is not a constant: it is an address"
	case x.v.Kind() == constant.Float && x.t.kind != model.Float:
		return value{}, "is not a constant of a C type"
	}
	return x, ""
}
