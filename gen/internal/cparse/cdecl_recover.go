// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

// guard runs f and, where it gives up, goes on behind the declaration.
func (p *parser) guard(f func()) {
	start, pack, packs := p.at, p.pack, slices.Clone(p.packs)
	if !p.try(f) {
		p.pack, p.packs = pack, packs // recovering passes the pragmas again
		p.recover(start)
	}
}

// recover moves behind the declaration that began at start: behind its semicolon, or the closing brace of
// what is open there.
func (p *parser) recover(start int) {
	failed := p.at
	p.at = start
	for p.peek().Kind != cpp.EOF {
		switch t := p.next(); {
		case t.Text == "{" && t.Kind == cpp.Punct:
			body := p.isBody(p.at - 1)
			p.at--
			p.skipBalanced()
			if body && p.at > failed {
				return
			}
		case t.Text == ";" && t.Kind == cpp.Punct && p.at > failed:
			return
		}
	}
}

// isBody reports whether the brace at i opens the body of a function: it follows parameters.
func (p *parser) isBody(i int) bool {
	depth := 0
	for i--; i >= 0; i-- {
		switch t := p.toks[i]; {
		case t.Kind == cpp.Pragma:
		case t.Kind == cpp.Punct && t.Text == ")":
			depth++
		case t.Kind == cpp.Punct && t.Text == "(" && depth > 0:
			if depth--; depth == 0 {
				return i > 0 && p.toks[i-1].Kind == cpp.Ident && !isReserved(p.toks[i-1].Text) && p.toks[i-1].Text != "__attribute"
			}
		case depth == 0:
			return false
		}
	}
	return false
}
