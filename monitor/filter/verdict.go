// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/verdict"
)

// verdictField is the field of messages that have a verdict of their own: a text or a number.
const verdictField = "verdict"

// verdicts says what each verdict of Hubble is here, for the description.
var verdicts = chapter{
	title: "Verdicts",
	text: []string{
		"verdict asks messages of all types what became of the packet or the request, by Hubble's names. Messages of types that are not " +
			"listed, such as debug and capture, have no verdict: verdict != dropped does not match them, not verdict dropped does. " +
			"l7.verdict and policy-verdict.verdict are the fields themselves.",
	},
	rows: []row{
		{"forwarded", "traces; policy verdicts that allow; access logs with Forwarded"},
		{"dropped", "drops, also those of the kernel; policy verdicts that deny; access logs with Denied"},
		{"error", "access logs with Error"},
		{"audit", "policy verdicts in audit mode; traces of a datapath that only watches, where a rule denies the packet or it is malformed"},
		{"redirected", "policy verdicts and access logs that send to a proxy"},
		{"traced", "sockets before translation; recorder captures; retransmissions and resets of the kernel"},
		{"translated", "sockets after translation"},
		{"denied", "only access logs with Denied"},
		{"NUMBER", "policy verdicts with this number: negative for a denial, a proxy port, or 0; also verdict < 0"},
	},
}

// foreignVerdicts are names that others give to verdicts.
var foreignVerdicts = map[string]string{
	"allow": "forwarded", "allowed": "forwarded", "accept": "forwarded", "accepted": "forwarded", "pass": "forwarded", "passed": "forwarded",
	"drop": "dropped", "deny": "dropped", "block": "dropped", "blocked": "dropped", "reject": "dropped", "rejected": "dropped",
	"failed": "error", "audited": "audit", "redirect": "redirected", "trace": "traced",
}

// mapsVerdict reports whether messages of a variant have a verdict of Hubble's. Those of others may have a field with the
// name, which then is the verdict.
func (v *variant) mapsVerdict() bool {
	rule := verdict.For(v.name, v.fields)
	return rule.Has() && (v.name == "l7" || v.name == "policy-verdict" || v.find(verdictField) < 0)
}

// verdict compiles verdict.
func (c *compiler) verdict(t *term, v *variant) (code, error) {
	if v.mode == undecodable {
		return code{result: maybe}, nil
	}
	for _, l := range t.values {
		if err := c.checkVerdict(t, l); err != nil {
			return code{}, err
		}
		c.meant[l.pos] = true
	}
	if v.mode == unknown {
		return constant(false), nil
	}
	own := *t
	own.word, own.field = nil, verdictField
	if t.ordered() || !v.mapsVerdict() {
		made, err := c.field(&own, v)
		c.accepted[t] = c.accepted[t] || c.accepted[&own]
		return made, err
	}
	return c.mappedVerdict(t, &own, v), nil
}

// mappedVerdict compiles verdict for messages that have one of Hubble's. Own is the term about their field of the name.
func (c *compiler) mappedVerdict(t, own *term, v *variant) code {
	wanted, named := verdictsOf(t)
	own.op, own.values = "=", slices.DeleteFunc(slices.Clone(t.values), func(l literal) bool { return len(matching(l)) > 0 })
	field := constant(false)
	if len(own.values) > 0 {
		if made, err := c.field(own, v); err == nil {
			field = made
		}
	}
	if !named && !c.accepted[own] {
		return constant(false) // it is about others
	}
	c.accepted[t] = true
	if t.op == "!=" {
		return allOf([]code{verdictIn(^wanted&^1, v), negate(field)})
	}
	return anyOf([]code{verdictIn(wanted, v), field})
}

// verdictIn compiles that the verdict is in a set of them, of bits.
func verdictIn(set uint16, v *variant) code {
	rule := verdict.For(v.name, v.fields)
	if same, ok := rule.Constant(); ok {
		return constant(set>>same&1 == 1)
	}
	return code{cost: costField, run: func(e *event.Event) bool { return set>>rule.Of(e.Msg)&1 == 1 }}
}

// verdictsOf returns the verdicts that the values of a term name, as bits, and whether they name any.
func verdictsOf(t *term) (set uint16, any bool) {
	for _, l := range t.values {
		for _, v := range matching(l) {
			set |= 1 << v
		}
	}
	return set, set != 0
}

// matching returns the verdicts that a value names.
func matching(l literal) (all []verdict.Verdict) {
	p := newPattern(l.text)
	for _, v := range verdict.All() {
		if p.match(v.String()) {
			all = append(all, v)
		}
	}
	return all
}

// checkVerdict returns an error for a value that is neither a verdict of Hubble's nor of one of the messages.
func (c *compiler) checkVerdict(t *term, l literal) error {
	if !t.ordered() && len(matching(l)) > 0 {
		return nil
	}
	known := verdict.Names()
	for i := range c.names.variants {
		v := &c.names.variants[i]
		at := v.find(verdictField)
		if at < 0 {
			continue
		}
		f := &v.fields[at]
		if f.Kind == event.KindText && f.Enum == nil || f.Kind == event.KindBytes {
			return nil // any value
		}
		if f.Kind != event.KindText {
			if _, err := fieldNumbers("", f, l); err == nil {
				return nil
			}
		} else if newPattern(l.text).matchAny(enumTexts(f.Enum)) {
			return nil
		}
		if f.Enum != nil {
			known = append(known, lowerAll(enumTexts(f.Enum))...)
		}
	}
	if h := foreignVerdicts[strings.ToLower(l.text)]; h != "" {
		return c.literalError(l, fmt.Errorf("no verdict is called %q: write %s", l.text, h))
	}
	return c.literalError(l, fmt.Errorf("no verdict is called %q%s", l.text, suggest(l.text, known)))
}

// lowerAll returns texts in lower case.
func lowerAll(of []string) []string {
	all := make([]string, len(of))
	for i, text := range of {
		all[i] = lowerASCII(text)
	}
	return all
}

// verdictNames returns the names that verdicts have, for completion.
func (v *vocabulary) verdictNames() []string {
	all := verdict.Names()
	for i := range v.variants {
		m := &v.variants[i]
		if at := m.find(verdictField); at >= 0 && m.fields[at].Enum != nil {
			all = append(all, lowerAll(enumTexts(m.fields[at].Enum))...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
