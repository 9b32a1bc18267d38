// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// maxFaults is after how many faults parsing stops.
const maxFaults = 50

// readOptions say how to read a unit.
type readOptions struct {
	lenient bool             // what cannot be read is left out, with all that needs it
	skip    func(at int) int // the end of a declaration at a cpp.Token that is to be skipped, else the token; nil for none
}

// declarations is what a unit declares.
type declarations struct {
	records []*record // in the order of their definitions' beginning
	enums   []*enum
	left    []left // what was left out

	p *parser
}

// readUnit reads all declarations of a unit.
func readUnit(pre *cpp.Unit, target *layout.Target, o readOptions, faults *diag.List) *declarations {
	s := &shared{target: target, lenient: o.lenient, tags: map[string]*ctype{}}
	if !target.Clang && !target.Single {
		s.other = target.ByClang()
	}
	p := newParser(newCursor(pre.Tokens, pre.Files.List, faults), newTypes(target), scope{}, s)
	p.skip = o.skip
	p.builtinTypes()
	p.unit()
	return &declarations{records: p.records, enums: p.enums, left: p.left, p: p}
}

// shared is what all parsers of a unit know: the one of its declarations, and those of its macros' values.
type shared struct {
	target  *layout.Target
	other   *layout.Target    // what clang makes of the target, where gcc's layouts are given; nil else
	tags    map[string]*ctype // of "struct x", "union x", "enum x"
	lenient bool
}

// parser reads declarations.
type parser struct {
	exprs
	*shared
	skip     func(at int) int
	left     []left
	firm     int       // how many faults no declaration can be left out for
	declared int       // the cpp.Token at which the declaration being read begins
	records  []*record // in the order of their definitions' beginning
	enums    []*enum
	packs    []packState // what #pragma pack(push) has put away
	pack     packState
}

func newParser(at cursor, ts *types, names scope, s *shared) *parser {
	p := &parser{shared: s}
	p.exprs = newExprs(at, calc{ts}, names, p.typeName)
	p.pragma = p.pragmaAt
	return p
}

// builtinTypes declares the typedefs that a compiler knows by itself.
func (p *parser) builtinTypes() {
	list := p.types.pointer(p.types.get("void"))
	if words := p.target.VaList; words > 1 {
		list = arrayOf(p.types.get("unsigned long"), words)
	}
	p.scope["__builtin_va_list"] = &ident{typedef: true, t: list.named("__builtin_va_list")}
	if t := p.types.get("__int128"); t != nil {
		p.scope["__int128_t"] = &ident{typedef: true, t: t}
		p.scope["__uint128_t"] = &ident{typedef: true, t: p.types.get("unsigned __int128")}
	}
}

// unit parses all declarations.
func (p *parser) unit() {
	for p.peek().Kind != cpp.EOF && p.faults.Len() < maxFaults {
		if p.skipped() {
			continue
		}
		p.declared = p.at
		if p.lenient {
			p.externalOrLeft()
		} else {
			p.guard(p.external)
		}
	}
}

// skipped skips the declaration that comes next if it is not needed. Pragmas inside of it count.
func (p *parser) skipped() bool {
	if p.skip == nil {
		return false
	}
	end := p.skip(p.at)
	if end == p.at {
		return false
	}
	for ; p.at < end; p.at++ {
		if p.toks[p.at].Kind == cpp.Pragma {
			p.pragmaAt(p.at)
		}
	}
	return true
}
