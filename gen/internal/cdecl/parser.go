// SPDX-License-Identifier: Apache-2.0

// Package cdecl parses the declarations of a preprocessed unit and lays out the records among them. It has what is
// declared as C types; package lower makes facts of them.
package cdecl

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/cexpr"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cursor"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// maxFaults is after how many faults parsing stops.
const maxFaults = 50

// Options say how to read a unit.
type Options struct {
	Lenient bool             // what cannot be read is left out, with all that needs it
	Skip    func(at int) int // the end of a declaration at a token that is to be skipped, else the token; nil for none
}

// Unit is what a unit declares.
type Unit struct {
	Records []*ctype.Record // in the order of their definitions' beginning
	Enums   []*ctype.Enum   // likewise
	Left    []LeftOut       // see Options.Lenient

	p *parser
}

// Read reads all declarations of a unit. What it returns counts only if there are no faults.
func Read(pre *cpp.Unit, target *layout.Target, o Options, faults *diag.List) *Unit {
	s := &shared{target: target, lenient: o.Lenient, tags: map[string]*ctype.Type{}}
	if !target.Clang && !target.Single {
		s.other = target.ByClang()
	}
	p := newParser(cursor.New(pre.Tokens, pre.Files.List, faults), ctype.NewTypes(target), cexpr.Scope{}, s)
	p.skip, p.OnPragma = o.Skip, p.pragmaAt
	p.builtinTypes()
	p.unit()
	return &Unit{Records: p.records, Enums: p.enums, Left: p.left, p: p}
}

// shared is what all parsers of a unit know: the one of its declarations, and those of its macros' values.
type shared struct {
	target  *layout.Target
	other   *layout.Target         // what clang makes of the target, where gcc's layouts are given; nil else
	tags    map[string]*ctype.Type // of "struct x", "union x", "enum x"
	lenient bool
}

// parser reads declarations.
type parser struct {
	cexpr.Parser
	*shared
	skip     func(at int) int
	left     []LeftOut
	firm     int             // how many faults no declaration can be left out for
	declared int             // the token at which the declaration being read begins
	records  []*ctype.Record // in the order of their definitions' beginning
	enums    []*ctype.Enum
	packs    []packState // what #pragma pack(push) has put away
	pack     packState
}

func newParser(at cursor.Cursor, ts *ctype.Types, scope cexpr.Scope, s *shared) *parser {
	p := &parser{shared: s}
	p.Parser = cexpr.New(at, cvalue.Calc{Types: ts}, scope, p)
	return p
}

// builtinTypes declares the typedefs that a compiler knows by itself.
func (p *parser) builtinTypes() {
	list := p.Types.Pointer(p.Types.Get("void"))
	if words := p.target.VaList; words > 1 {
		list = ctype.ArrayOf(p.Types.Get("unsigned long"), words)
	}
	p.Scope["__builtin_va_list"] = &cexpr.Ident{Typedef: true, Type: list.Named("__builtin_va_list")}
	if t := p.Types.Get("__int128"); t != nil {
		p.Scope["__int128_t"] = &cexpr.Ident{Typedef: true, Type: t}
		p.Scope["__uint128_t"] = &cexpr.Ident{Typedef: true, Type: p.Types.Get("unsigned __int128")}
	}
}

// unit parses all declarations.
func (p *parser) unit() {
	for p.Peek().Kind != cpp.EOF && p.Faults.Len() < maxFaults {
		if p.skipped() {
			continue
		}
		p.declared = p.At
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
	end := p.skip(p.At)
	if end == p.At {
		return false
	}
	for ; p.At < end; p.At++ {
		if p.Tokens[p.At].Kind == cpp.Pragma {
			p.pragmaAt(p.At)
		}
	}
	return true
}
