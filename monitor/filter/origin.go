// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// without returns what a term that asks for the parts of some messages comes to for others.
func (v *variant) without() code {
	if v.mode == undecodable {
		return code{result: maybe}
	}
	return constant(false)
}

// peer compiles peer: an interface of which nobody knows where it leads has none.
func (c *compiler) peer(t *term, v *variant) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	if !v.placed {
		return v.without(), nil
	}
	names, equal := t.patterns(), t.op == "="
	return code{cost: costText, run: func(e *event.Event) bool {
		m, ok := e.Msg.(event.Placed)
		if !ok {
			return false
		}
		peer := e.Host.Peer(m.InterfaceIndex())
		if peer == "" {
			return false
		}
		return matchesOne(names, peer) == equal
	}}, nil
}

// rule compiles rule.
func (c *compiler) rule(t *term, v *variant) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	if !v.ruled {
		return v.without(), nil
	}
	var numbers []span
	var texts []pattern
	for _, l := range t.values {
		if s, err := number(l.text); err == nil && !l.quoted {
			numbers = append(numbers, s)
			continue
		}
		texts = append(texts, newPattern(l.text))
	}
	wanted, equal := set(numbers), t.op == "="
	return code{cost: costText, run: func(e *event.Event) bool {
		m, ok := e.Msg.(event.Ruled)
		if !ok {
			return false
		}
		rule, ok := m.RuleNumber()
		if !ok {
			return false
		}
		text := e.Host.Rule(rule)
		return (wanted.has(uint64(rule)) || text != "" && matchesOne(texts, text)) == equal
	}}, nil
}

// matchesOne reports whether a text is what one of the patterns asks for.
func matchesOne(patterns []pattern, text string) bool {
	for _, p := range patterns {
		if p.match(text) {
			return true
		}
	}
	return false
}
