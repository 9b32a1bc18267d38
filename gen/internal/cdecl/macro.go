// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
)

// Enumerator returns the enumerator that a name stands for at the end of the unit; nil where it is none.
func (u *Unit) Enumerator(name string) *ctype.Enumerator {
	if id := u.p.Scope[name]; id != nil {
		return id.Enumerator
	}
	return nil
}

// Evaluate evaluates a macro's tokens as an expression at the end of the unit; why says what keeps them from being one.
func (u *Unit) Evaluate(toks []cpp.Token) (x cvalue.Value, why string) {
	var faults diag.List
	p := newParser(u.p.InMacro(toks, &faults), u.p.Types, u.p.Scope, u.p.shared)
	p.pack = u.p.pack
	p.Try(func() { x, why = p.macroValue() })
	if all := faults.All(); len(all) > 0 {
		return cvalue.Value{}, "is not an expression: " + all[0].Msg
	}
	return x, why
}

// macroValue takes the tokens of a macro.
func (p *parser) macroValue() (x cvalue.Value, why string) {
	if word := p.Tokens[0]; word.Kind == cpp.Ident && (p.StartsType(word) || cword.IsKeyword(word.Text)) && !p.Is("__extension__") {
		return cvalue.Value{}, "is not an expression: it begins with " + word.String()
	}
	x = p.Assignment()
	switch t := p.Peek(); {
	case t.Text == "," && t.Kind == cpp.Punct:
		return cvalue.Value{}, "is a list"
	case t.Kind != cpp.EOF:
		return cvalue.Value{}, "is not an expression: " + t.String() + " follows it"
	case p.Undeclared != "":
		return cvalue.Value{}, "is not a constant: " + p.Undeclared + " is not declared"
	}
	return x, ""
}
