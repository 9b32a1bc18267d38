// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"iter"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
)

// Macros returns the macros that headers define and that are in force at the end, in the order of their definitions.
// Those of the embedded headers are among them.
func (u *Unit) Macros() iter.Seq[*Macro] {
	return func(yield func(*Macro) bool) {
		for _, m := range u.p.macros {
			if m.sym.macro == m && !yield(m) {
				return
			}
		}
	}
}

// Lookup returns the macro of that name that a header defines and that is in force at the end; nil for none.
func (u *Unit) Lookup(name string) *Macro {
	if y := u.p.symbols.lookup(name); y != nil && y.macro != nil && y.macro.src.Index >= 0 {
		return y.macro
	}
	return nil
}

// Symbols returns what is larger than the ID of any token.
func (u *Unit) Symbols() int { return u.p.symbols.count }

// Expansion is what a macro stands for at the end of the unit.
type Expansion struct {
	Tokens []Token
	// Varies is the name by which the expansion depends on where or when the macro is used; "" where it does not.
	Varies string
	Failed bool // it expands to too much, or cannot be expanded
}

// Expand returns what a macro without arguments stands for, without _Pragma. The tokens are good until the next call.
func (u *Unit) Expand(m *Macro) Expansion {
	p := u.p
	if u.spent > totalValueWork {
		return Expansion{Failed: true}
	}
	var faults diag.List
	p.faults, p.varied, p.work, p.counter, p.values = &faults, "", 0, 0, true
	p.out = u.buf[:0]
	use := tok{sym: m.sym, kind: Ident, src: m.src.Index, at: m.name, defSrc: -1, defTok: -1}
	p.within([]tok{use}, p.drain)
	u.buf, u.spent = p.out, u.spent+p.work
	e := Expansion{Tokens: p.out, Varies: p.varied, Failed: p.overflowed || faults.Len() > 0}
	p.overflowed = false
	return e
}
