// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
)

// enumerator returns the enumerator that a name stands for at the end of the unit; nil where it is none.
func (d *declarations) enumerator(name string) *enumerator {
	if id := d.p.scope[name]; id != nil {
		return id.con
	}
	return nil
}

// evaluate evaluates a macro's tokens as an expression at the end of the unit; why says what keeps them from being one.
func (d *declarations) evaluate(toks []cpp.Token) (x value, why string) {
	var faults diag.List
	p := newParser(d.p.inMacro(toks, &faults), d.p.types, d.p.scope, d.p.shared)
	p.pack = d.p.pack
	p.try(func() { x, why = p.macroValue() })
	if all := faults.All(); len(all) > 0 {
		return value{}, "is not an expression: " + all[0].Msg
	}
	return x, why
}

// macroValue takes the tokens of a macro.
func (p *parser) macroValue() (x value, why string) {
	if word := p.toks[0]; word.Kind == cpp.Ident && (p.startsType(word) || isKeyword(word.Text)) && !p.is("__extension__") {
		return value{}, "is not an expression: it begins with " + word.String()
	}
	x = p.assignment()
	switch t := p.peek(); {
	case t.Text == "," && t.Kind == cpp.Punct:
		return value{}, "is a list"
	case t.Kind != cpp.EOF:
		return value{}, "is not an expression: " + t.String() + " follows it"
	case p.undeclared != "":
		return value{}, "is not a constant: " + p.undeclared + " is not declared"
	}
	return x, ""
}
