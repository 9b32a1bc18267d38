// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"regexp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cword"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// LeftOut is a name that a declaration which cannot be read would have declared.
type LeftOut struct {
	Name  string
	At    cpp.Token
	Index int // index in the stream
	Why   string
}

// externalOrLeft reads a declaration and, where it cannot be read, leaves out everything that it would declare: what
// needs one of those names then cannot be read either, so that nothing takes another meaning. What bears on other
// declarations too stays a fault: static assertions, pragmas, names that are declared twice, and what is not closed.
func (p *parser) externalOrLeft() {
	start, firm := p.At, p.firm
	faults, records, enums := p.Faults.Len(), len(p.records), len(p.enums)
	p.guard(p.external)
	all := p.Faults.All()
	if len(all) == faults || p.firm > firm || p.unclosed(start) {
		return
	}
	first := all[faults]
	why := first.Msg
	if first.Subject != "" {
		why = first.Subject + ": " + why
	}
	p.Faults.Truncate(faults)
	p.undo(start, records, enums, why)
}

// unclosed reports whether what was read from start on ends within brackets.
func (p *parser) unclosed(start int) bool {
	depth := 0
	for _, t := range p.Tokens[start:min(p.At, len(p.Tokens))] {
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
	return depth != 0 || p.At >= len(p.Tokens) && p.At > start && !endsDeclaration(p.Tokens[p.At-1])
}

func endsDeclaration(t cpp.Token) bool { return t.Text == ";" || t.Text == "}" || t.Text == ")" }

// undo takes back what the tokens from start on have declared, and notes the names.
func (p *parser) undo(start, records, enums int, why string) {
	noted := map[string]bool{}
	note := func(name string, at cpp.Token) {
		if name != "" && !noted[name] {
			noted[name] = true
			p.left = append(p.left, LeftOut{name, at, start, why})
		}
	}
	for _, r := range p.records[records:] {
		r.Broken, r.Done, r.Members = true, false, nil
		if r.Tag != "" || r.Typedef != "" {
			note(r.Name(), r.Keyword)
		}
	}
	for _, e := range p.enums[enums:] {
		e.Done = false
		for _, m := range e.Members {
			delete(p.Scope, m.Name.Text)
			note(m.Name.Text, m.Name)
		}
		if e.Tag != "" || e.Typedef != "" {
			note(e.Name(), e.Keyword)
		}
	}
	p.records, p.enums = p.records[:records], p.enums[:enums]
	p.unread(start, note)
}

// unread notes the records that stand in the skipped tokens and were not reached, or the first name where there is none.
func (p *parser) unread(start int, note func(string, cpp.Token)) {
	toks := p.Tokens[start:min(p.At, len(p.Tokens))]
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
		if !found && t.Kind == cpp.Ident && !cword.IsReserved(t.Text) {
			note(t.Text, t)
			return
		}
	}
}

// definite reports a fault that no declaration can be left out for.
func (p *parser) definite(t cpp.Token, subject, format string, args ...any) {
	p.firm++
	p.Fault(t, subject, format, args...)
}

// built reports whether a token is from an embedded header. What such a header declares gives way to the user's.
func (p *parser) built(t cpp.Token) bool { return t.Src >= 0 && t.Kind != cpp.EOF && p.Source(t).Built }

// givesWay tells which of two declarations of a name is an embedded header's, and not the user's.
func (p *parser) givesWay(old, new cpp.Token) (first, second bool) {
	return p.built(old) && !p.built(new), p.built(new) && !p.built(old)
}

// dropRecord takes an embedded header's record out of the unit.
func (p *parser) dropRecord(r *ctype.Record) {
	for i, other := range p.records {
		if other == r {
			p.records = append(p.records[:i:i], p.records[i+1:]...)
			return
		}
	}
}

// dropEnum takes an embedded header's enum out of the unit, and its members with it.
func (p *parser) dropEnum(e *ctype.Enum) {
	for _, m := range e.Members {
		if id := p.Scope[m.Name.Text]; id != nil && id.Enumerator == m {
			delete(p.Scope, m.Name.Text)
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
	if s.def && d.t.Kind == model.RecordType && attributeLike.MatchString(d.name.Text) {
		p.Fault(d.name, d.name.Text, "is not a macro that is defined here, and would be a variable: define it, or include what does").
			Lacks("macro " + d.name.Text)
		d.t.Record.Broken = true
	}
}
