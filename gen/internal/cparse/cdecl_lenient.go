// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"regexp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// left is a name that a declaration which cannot be read would have declared.
type left struct {
	name   string
	at     cpp.Token
	stream int // index in the stream
	why    string
}

// externalOrLeft reads a declaration and, where it cannot be read, leaves out everything that it would declare: what
// needs one of those names then cannot be read either, so that nothing takes another meaning. What bears on other
// declarations too stays a fault: static assertions, pragmas, names that are declared twice, and what is not closed.
func (p *parser) externalOrLeft() {
	start, firm := p.at, p.firm
	faults, records, enums := p.faults.Len(), len(p.records), len(p.enums)
	p.guard(p.external)
	all := p.faults.All()
	if len(all) == faults || p.firm > firm || p.unclosed(start) {
		return
	}
	first := all[faults]
	why := first.Msg
	if first.Subject != "" {
		why = first.Subject + ": " + why
	}
	p.faults.Truncate(faults)
	p.undo(start, records, enums, why)
}

// unclosed reports whether what was read from start on ends within brackets.
func (p *parser) unclosed(start int) bool {
	depth := 0
	for _, t := range p.toks[start:min(p.at, len(p.toks))] {
		if t.Kind != cpp.Punct {
			continue
		}
		switch t.Text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
	}
	return depth != 0 || p.at >= len(p.toks) && p.at > start && !endsDeclaration(p.toks[p.at-1])
}

func endsDeclaration(t cpp.Token) bool { return t.Text == ";" || t.Text == "}" || t.Text == ")" }

// undo takes back what the tokens from start on have declared, and notes the names.
func (p *parser) undo(start, records, enums int, why string) {
	noted := map[string]bool{}
	note := func(name string, at cpp.Token) {
		if name != "" && !noted[name] {
			noted[name] = true
			p.left = append(p.left, left{name, at, start, why})
		}
	}
	for _, r := range p.records[records:] {
		r.broken, r.done, r.members = true, false, nil
		if r.tag != "" || r.typedef != "" {
			note(r.name(), r.keyword)
		}
	}
	for _, e := range p.enums[enums:] {
		e.done = false
		for _, m := range e.members {
			delete(p.scope, m.name.Text)
			note(m.name.Text, m.name)
		}
		if e.tag != "" || e.typedef != "" {
			note(e.name(), e.keyword)
		}
	}
	p.records, p.enums = p.records[:records], p.enums[:enums]
	p.unread(start, note)
}

// unread notes the records that stand in the skipped tokens and were not reached, or the first name where there is none.
func (p *parser) unread(start int, note func(string, cpp.Token)) {
	toks := p.toks[start:min(p.at, len(p.toks))]
	found := false
	for i, t := range toks {
		switch {
		case i+2 < len(toks) && (t.Text == "struct" || t.Text == "union" || t.Text == "enum") && toks[i+2].Text == "{":
			note(t.Text+" "+toks[i+1].Text, toks[i+1])
			found = true
		case i+2 < len(toks) && t.Text == "}" && toks[i+1].Kind == cpp.Ident && toks[i+2].Text == ";" && toks[0].Text == "typedef":
			note(toks[i+1].Text, toks[i+1])
			found = true
		}
	}
	for _, t := range toks {
		if !found && t.Kind == cpp.Ident && !isReserved(t.Text) {
			note(t.Text, t)
			return
		}
	}
}

// definite reports a fault that no declaration can be left out for.
func (p *parser) definite(t cpp.Token, subject, format string, args ...any) {
	p.firm++
	p.fault(t, subject, format, args...)
}

// built reports whether a cpp.Token is from an embedded header. What such a header declares gives way to the user's.
func (p *parser) built(t cpp.Token) bool { return t.Src >= 0 && t.Kind != cpp.EOF && p.source(t).Built }

// givesWay tells which of two declarations of a name is an embedded header's, and not the user's.
func (p *parser) givesWay(old, new cpp.Token) (first, second bool) {
	return p.built(old) && !p.built(new), p.built(new) && !p.built(old)
}

// dropRecord takes an embedded header's record out of the unit.
func (p *parser) dropRecord(r *record) {
	for i, other := range p.records {
		if other == r {
			p.records = append(p.records[:i:i], p.records[i+1:]...)
			return
		}
	}
}

// dropEnum takes an embedded header's enum out of the unit, and its members with it.
func (p *parser) dropEnum(e *enum) {
	for _, m := range e.members {
		if id := p.scope[m.name.Text]; id != nil && id.con == m {
			delete(p.scope, m.name.Text)
		}
	}
	for i, other := range p.enums {
		if other == e {
			p.enums = append(p.enums[:i:i], p.enums[i+1:]...)
			return
		}
	}
}

// attributeLike matches what headers call their own macros for attributes that change a layout.
var attributeLike = regexp.MustCompile(`(?i)^_*(attr(ibute)?_?)?(packed|align(ed)?(_?[0-9]+)?)_*$`)

// undefinedAttribute refuses a record whose declarator looks like an attribute: a macro that is not defined here, so that
// the record would be laid out otherwise than the program has it, and a variable declared.
func (p *parser) undefinedAttribute(s specs, d declarator) {
	if s.def && d.t.kind == model.RecordType && attributeLike.MatchString(d.name.Text) {
		p.fault(d.name, d.name.Text, "is no macro that is defined here, and would be a variable: define it, or include what does")
		d.t.rec.broken = true
	}
}
