// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
)

// Candidate is an expression to which one that is not finished can be completed.
type Candidate struct {
	Expr string // the whole expression
	Help string // what was added; may be empty
}

// Complete returns how an expression that is not finished can go on: with a word, a field, or a value of what stands last.
func Complete(expr string, schema *Schema) []Candidate {
	start := strings.LastIndexAny(expr, " \t(!{,&|=<>") + 1
	quote := ""
	if before := strings.LastIndexByte(expr, '"'); before >= 0 && strings.Count(expr, `"`)%2 == 1 {
		start, quote = before, `"`
	}
	schema = schema.orZero()
	names := newVocabulary(schema)
	head, last := expr[:start], strings.ToLower(strings.TrimPrefix(expr[start:], quote))
	tokens, err := lex(head)
	if err != nil {
		return nil
	}
	var all []Candidate
	for _, c := range names.following(tokens[:len(tokens)-1], schema) {
		text := c.Expr
		if !strings.HasPrefix(strings.ToLower(text), last) {
			continue
		}
		if quote != "" || strings.ContainsFunc(text, func(r rune) bool { return !isWordRune(r) }) {
			text = `"` + text + `"`
		}
		all = append(all, Candidate{head + text, c.Help})
	}
	return all
}

// following returns what can follow some tokens.
func (v *vocabulary) following(before []token, schema *Schema) []Candidate {
	before = beforeValues(before)
	if len(before) == 0 {
		return v.terms()
	}
	last := before[len(before)-1]
	if last.kind != tokenWord && last.kind != tokenClose && last.kind != tokenString && last.kind != tokenUnbrace {
		return v.terms()
	}
	if name := strings.ToLower(last.text); isQualifier(name) {
		return v.qualified(name)
	}
	if values := v.valuesOf(last.text, schema); values != nil {
		return values
	}
	return []Candidate{{"and", "both"}, {"or", "one of them, or both"}}
}

// beforeValues returns the tokens up to the word whose values come next, if values do.
func beforeValues(before []token) []token {
	for i := len(before) - 1; i >= 0 && before[i].kind != tokenUnbrace; i-- {
		if before[i].kind == tokenBrace {
			before = before[:i]
			break
		}
	}
	if n := len(before); n > 0 && before[n-1].kind == tokenOp {
		return before[:n-1]
	}
	return before
}

// terms returns what a term can begin with.
func (v *vocabulary) terms() []Candidate {
	all := []Candidate{{"not", "the contrary"}}
	for _, w := range words {
		if !strings.Contains(w.name, " ") {
			all = append(all, Candidate{w.name, w.help})
		}
	}
	for _, q := range qualifiers {
		all = append(all, Candidate{q.name, q.help})
	}
	for _, name := range v.fieldNames() {
		all = append(all, Candidate{name, v.docOf(name)})
	}
	return all
}

// qualified returns what can follow src, inner and the like.
func (v *vocabulary) qualified(name string) []Candidate {
	if name == "inner" || name == "outer" {
		return v.terms()
	}
	var all []Candidate
	for _, w := range words {
		if w.sides && w.subject != subjectEther {
			all = append(all, Candidate{w.name, w.help})
		}
	}
	return all
}

// docOf returns the description of a field.
func (v *vocabulary) docOf(name string) string {
	for i := range v.variants {
		if at := v.variants[i].find(name); at >= 0 {
			return fieldRow(&v.variants[i].fields[at]).text
		}
	}
	return ""
}

// valuesOf returns the values that have names of a word or a field; nil if name takes no value or is itself one.
func (v *vocabulary) valuesOf(name string, schema *Schema) []Candidate {
	w := findWord(strings.ToLower(name))
	t := &term{word: w, field: name}
	if w == nil && !v.hasField(name) || w != nil && w.takes == takesNothing {
		return nil
	}
	all := []Candidate{}
	add := func(names ...string) {
		for _, n := range names {
			all = append(all, Candidate{Expr: n})
		}
	}
	switch t.takes() {
	case takesType:
		add(v.typeNames()...)
	case takesPort:
		for _, s := range services {
			add(s.name)
		}
	case takesProtocol:
		for _, p := range protocols {
			add(p.name)
		}
	case takesInterface:
		if schema.InterfaceList != nil {
			add(schema.InterfaceList()...)
		}
	case takesPeer:
		if schema.PeerList != nil {
			add(schema.PeerList()...)
		}
	case takesVerdict:
		add(v.verdictNames()...)
	case takesField:
		add(v.enumNames(t)...)
		if schema.Reasons != nil && w != nil && slices.Contains(w.roles, role.Reason) {
			add(schema.Reasons()...)
		}
	}
	return all
}

// enumNames returns the names of the values of a term's fields.
func (v *vocabulary) enumNames(t *term) []string {
	var names []string
	for i := range v.variants {
		m := &v.variants[i]
		for _, at := range m.indexes(t) {
			if e := m.fields[at].Enum; e != nil {
				names = append(names, enumTexts(e)...)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
