// SPDX-License-Identifier: Apache-2.0

// Package cexpr parses expressions of C and evaluates them. What stands in them that is a declaration's, the names of
// types, is left to whoever reads declarations.
package cexpr

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cursor"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
)

// Parser takes expressions and evaluates them.
type Parser struct {
	cursor.Cursor
	cvalue.Calc
	Scope      Scope
	Undeclared string // the name that was last used and is not declared
	names      TypeNames
}

// TypeNames reads types in expressions: what may stand there is a matter of declarations.
type TypeNames interface {
	// TypeName takes the name of a type, as in a cast.
	TypeName() *ctype.Type
}

// New returns what takes expressions at a cursor.
func New(at cursor.Cursor, of cvalue.Calc, scope Scope, names TypeNames) Parser {
	return Parser{Cursor: at, Calc: of, Scope: scope, names: names}
}

// Scope has what ordinary identifiers name: typedefs, enumerators, variables and functions.
type Scope map[string]*Ident

// Ident is what an ordinary identifier names.
type Ident struct {
	Typedef    bool
	Const      bool // declared const
	Type       *ctype.Type
	Enumerator *ctype.Enumerator // nil for what is none
	Token      cpp.Token         // where it is declared
}

// StartsType reports whether a token begins a type name.
func (p *Parser) StartsType(t cpp.Token) bool {
	if t.Kind != cpp.Ident {
		return false
	}
	switch t.Text {
	case "struct", "union", "enum", "typeof", "__typeof__", "__typeof", "__typeof_unqual__", "_Atomic",
		"__attribute__", "__attribute", "_Alignas":
		return true
	}
	if cword.Ignored(t.Text) || cword.Type(t.Text, p.Types.Target) != "" {
		return true
	}
	id := p.Scope[t.Text]
	return id != nil && id.Typedef
}
