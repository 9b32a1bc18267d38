// SPDX-License-Identifier: Apache-2.0

package lower

import (
	"cmp"
	"go/constant"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/origin"
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
		case x.Type != nil:
			c := &model.Constant{Name: m.Name(), Pos: m.Pos(), Kind: model.Macro, Value: x.Const, Type: l.typ(x.Type)}
			c.Doc, c.Text = origin.MacroDocs(m)
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
func (l *lowerer) macroValue(m *cpp.Macro) (x cvalue.Value, why string) {
	l.expansion = nil
	if m.TakesArguments() {
		return cvalue.Value{}, "takes arguments"
	}
	e := l.pre.Expand(m)
	l.expansion = e.Tokens
	switch toks := e.Tokens; {
	case e.Failed:
		return cvalue.Value{}, "cannot be expanded, or expands to too much"
	case len(toks) == 0:
		return cvalue.Value{}, "has no value"
	case e.Varies != "":
		return cvalue.Value{}, "is not a constant: it depends on where or when it is used, by " + e.Varies
	case len(toks) == 1 && toks[0].Text == m.Name() && l.d.Enumerator(m.Name()) != nil:
		return cvalue.Value{}, ""
	}
	x, why = l.d.Evaluate(e.Tokens)
	switch {
	case why != "":
		return cvalue.Value{}, why
	case x.Const == nil:
		return cvalue.Value{}, "is not a constant: " + cmp.Or(x.Why, "it has no value")
	case x.IsString():
	case x.Type.Kind == model.Pointer:
		return cvalue.Value{}, "is not a constant: it is an address"
	case x.Const.Kind() == constant.Float && x.Type.Kind != model.Float:
		return cvalue.Value{}, "is not a constant of a C type"
	}
	return x, ""
}
