// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
)

// guard runs f and, where it gives up, goes on behind the declaration.
func (p *parser) guard(f func()) {
	start, pack, packs := p.At, p.pack, slices.Clone(p.packs)
	if !p.Try(f) {
		p.pack, p.packs = pack, packs // recovering passes the pragmas again
		p.recover(start)
	}
}

// recover moves behind the declaration that began at start: behind its semicolon, or the closing brace of
// what is open there.
func (p *parser) recover(start int) {
	failed := p.At
	p.At = start
	for p.Peek().Kind != cpp.EOF {
		switch t := p.Next(); {
		case t.Text == "{" && t.Kind == cpp.Punct:
			body := p.isBody(p.At - 1)
			p.At--
			p.TrySkipBalanced()
			if body && p.At > failed {
				return
			}
		case t.Text == ";" && t.Kind == cpp.Punct && p.At > failed:
			return
		}
	}
}

// isBody reports whether the brace at i opens the body of a function: it follows parameters.
func (p *parser) isBody(i int) bool {
	depth := 0
	for i--; i >= 0; i-- {
		switch t := p.Tokens[i]; {
		case t.Kind == cpp.Pragma:
		case t.Kind == cpp.Punct && t.Text == ")":
			depth++
		case t.Kind == cpp.Punct && t.Text == "(" && depth > 0:
			if depth--; depth == 0 {
				return i > 0 && p.Tokens[i-1].Kind == cpp.Ident && !cword.IsReserved(p.Tokens[i-1].Text) && p.Tokens[i-1].Text != "__attribute"
			}
		case depth == 0:
			return false
		}
	}
	return false
}
