// SPDX-License-Identifier: Apache-2.0

package cparse

import "github.com/lockstep-bpf/lockstep/gen/internal/cpp"

// exprs takes expressions and evaluates them.
type exprs struct {
	cursor
	calc
	scope scope
	// typeName takes the name of a type, as in a cast: what may stand there is a matter of declarations.
	typeName   func() *ctype
	undeclared string // the name that was last used and is not declared
}

// newExprs returns what takes expressions at a cursor.
func newExprs(at cursor, of calc, names scope, typeName func() *ctype) exprs {
	return exprs{cursor: at, calc: of, scope: names, typeName: typeName}
}

// scope has what ordinary identifiers name: typedefs, enumerators, variables and functions.
type scope map[string]*ident

// startsType reports whether a cpp.Token begins a type name.
func (p *exprs) startsType(t cpp.Token) bool {
	if t.Kind != cpp.Ident {
		return false
	}
	switch t.Text {
	case "struct", "union", "enum", "typeof", "__typeof__", "__typeof", "__typeof_unqual__", "_Atomic",
		"__attribute__", "__attribute", "_Alignas":
		return true
	}
	if ignored(t.Text) || typeWord(t.Text, p.types.target) != "" {
		return true
	}
	id := p.scope[t.Text]
	return id != nil && id.typedef
}

// ident is what an ordinary identifier names.
type ident struct {
	typedef bool
	fixed   bool // declared const
	t       *ctype
	con     *enumerator
	tok     cpp.Token
}
