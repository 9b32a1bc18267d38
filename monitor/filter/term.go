// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
)

var errTypeRange = errors.New("message types go up to 255")

// compile compiles a term for a variant.
func (c *compiler) compile(t *term, v *variant) (code, error) {
	made, err := c.about(t, v)
	switch about := t.word.about(); {
	case err != nil, about == subjectField, about == subjectVerdict: // they know themselves whether the variant has it
	case about == subjectPeer && !v.placed, about == subjectRule && !v.ruled:
	default:
		c.accepted[t] = true
	}
	return made, err
}

func (c *compiler) about(t *term, v *variant) (code, error) {
	switch t.word.about() {
	case subjectType:
		return c.messageType(t, v)
	case subjectEndpoint:
		return c.endpoint(t, v)
	case subjectCPU:
		return c.cpu(t)
	case subjectTime:
		return c.time(t)
	case subjectNode:
		return c.nodeName(t)
	case subjectLost:
		return constant(false), nil // a sample is none
	case subjectError:
		return constant(v.mode == undecodable), nil
	case subjectField:
		return c.field(t, v)
	case subjectPeer:
		return c.peer(t, v)
	case subjectRule:
		return c.rule(t, v)
	case subjectVerdict:
		return c.verdict(t, v)
	}
	return c.packet(t, v)
}

// messageType compiles type.
func (c *compiler) messageType(t *term, v *variant) (code, error) {
	var all []span
	var named []pattern
	for _, l := range t.values {
		if s, err := number(l.text); err == nil && !l.quoted {
			if s.hi > math.MaxUint8 {
				return code{}, c.literalError(l, errTypeRange)
			}
			all = append(all, s)
			continue
		}
		p := newPattern(l.text)
		if !p.matchAny(c.names.typeNames()) {
			return code{}, c.literalError(l, fmt.Errorf("no message type is called %q%s", l.text, suggest(l.text, c.names.typeNames())))
		}
		named = append(named, p)
	}
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	numbers, equal := set(all), t.op == "="
	if v.name == "" {
		return code{run: func(e *event.Event) bool { return numbers.has(uint64(e.Raw[0])) == equal }}, nil
	}
	is := numbers.has(uint64(v.number))
	for _, p := range named {
		is = is || p.match(v.name)
	}
	return constant(is == equal), nil
}

// matchAny reports whether the pattern fits one of the names.
func (p pattern) matchAny(names []string) bool {
	for _, name := range names {
		if p.match(name) {
			return true
		}
	}
	return false
}

// endpoint compiles endpoint.
func (c *compiler) endpoint(t *term, v *variant) (code, error) {
	ids, err := c.numbers(t, math.MaxUint64, func(l literal) (span, error) { return number(l.text) })
	if err != nil || v.mode == unknown {
		return constant(false), err
	}
	is := func(v uint64) bool { return ids.has(v) }
	if len(ids) == 1 && ids[0].lo == ids[0].hi {
		id := ids[0].lo
		is = func(v uint64) bool { return v == id }
	}
	equal := t.op != "!="
	var run predicate
	switch t.side {
	case sideSrc:
		run = func(e *event.Event) bool { src, _ := e.Msg.Endpoints(); return is(src) == equal }
	case sideDst:
		run = func(e *event.Event) bool { _, dst := e.Msg.Endpoints(); return is(dst) == equal }
	case sideBoth:
		run = func(e *event.Event) bool { src, dst := e.Msg.Endpoints(); return (is(src) && is(dst)) == equal }
	default:
		run = func(e *event.Event) bool { src, dst := e.Msg.Endpoints(); return (is(src) || is(dst)) == equal }
	}
	fast := leaf(test{op: opEndpoint, side: t.side, set: ids})
	if !equal {
		fast = fast.negated()
	}
	return code{run: run, cost: costField, fast: fast}, nil
}

// cpu compiles cpu. An event of an unknown CPU is of none.
func (c *compiler) cpu(t *term) (code, error) {
	numbers, err := c.numbers(t, math.MaxInt64, func(l literal) (span, error) { return number(l.text) })
	equal := t.op != "!="
	return code{run: func(e *event.Event) bool {
		return e.CPU >= 0 && numbers.has(uint64(e.CPU)) == equal
	}}, err
}

// nodeName compiles node: this host has no name.
func (c *compiler) nodeName(t *term) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	names, equal := t.patterns(), t.op == "="
	return code{cost: costText, run: func(e *event.Event) bool {
		name := ""
		if e.Host != nil {
			name = e.Host.Name
		}
		for _, p := range names {
			if p.match(name) {
				return equal
			}
		}
		return !equal
	}}, nil
}

// patterns returns the values of a term as patterns.
func (t *term) patterns() []pattern {
	all := make([]pattern, len(t.values))
	for i, l := range t.values {
		all[i] = newPattern(l.text)
	}
	return all
}

// field compiles a term about fields of the message.
func (c *compiler) field(t *term, v *variant) (code, error) {
	at := v.indexes(t)
	if v.mode == undecodable {
		return code{result: maybe}, nil
	}
	if len(at) == 0 || t.side == sideBoth && len(at) < 2 {
		return constant(false), nil
	}
	meant, err := c.meaningful(t, v, at)
	if err != nil {
		return code{}, err
	}
	parts := make([]code, len(at))
	for i, index := range at {
		if parts[i], err = c.oneField(meant, &v.fields[index], index); err != nil {
			return code{}, err
		}
	}
	c.accepted[t] = true
	made := anyOf(parts)
	if t.side == sideBoth {
		made = allOf(parts)
	}
	if t.op == "!=" {
		made = negate(made)
	}
	return made, nil
}

// meaningful returns the term with the values that the fields of a variant can have. Of a list of values, some may be meant
// for messages of another type. An error is that of the first, where they can have none.
func (c *compiler) meaningful(t *term, v *variant, at []int) (*term, error) {
	some := *t
	some.values = nil
	var first error
	for _, l := range t.values {
		one := *t
		one.values = []literal{l}
		var err error
		c.doubt = false
		for _, index := range at {
			if _, err = c.oneField(&one, &v.fields[index], index); err != nil {
				break
			}
		}
		switch {
		case err == nil:
			c.meant[l.pos] = true
			c.sure[l.pos] = c.sure[l.pos] || !c.doubt
			some.values = append(some.values, l)
		case c.wrong[l.pos] == nil:
			c.wrong[l.pos] = err
			fallthrough
		default:
			first = cmp.Or(first, err)
		}
	}
	if len(some.values) == 0 {
		return nil, first
	}
	return &some, nil
}

// oneField compiles a comparison with one field. That of != is the one of =.
func (c *compiler) oneField(t *term, f *event.Field, index int) (code, error) {
	switch {
	case t.takes() == takesInterface:
		return c.iface(t, index)
	case f.Kind == event.KindText:
		return c.textField(t, f, index)
	case f.Kind == event.KindBytes:
		return c.bytesField(t, index)
	}
	return c.numberField(t, f, index)
}

// numberField compiles a comparison with a number.
func (c *compiler) numberField(t *term, f *event.Field, index int) (code, error) {
	var all []span
	masks := f.Enum != nil && f.Enum.Flags && !t.ordered()
	for _, l := range t.values {
		numbers, err := fieldNumbers(t.name(), f, l)
		if err == nil && t.ordered() && (len(numbers) != 1 || numbers[0].lo != numbers[0].hi) {
			err = fmt.Errorf("%s compares with one value, not with several", t.op)
		}
		if err != nil {
			return code{}, c.literalError(l, err)
		}
		if _, numeric := number(l.text); numeric == nil {
			masks = false
		}
		all = append(all, numbers...)
	}
	if masks {
		return code{cost: costField, run: func(e *event.Event) bool {
			v := e.Msg.Uint(index)
			for _, s := range all {
				if s.lo != 0 && v&s.lo == s.lo || v == s.lo {
					return true
				}
			}
			return false
		}}, nil
	}
	if t.ordered() {
		s, ok := compare(t.op, all[0].lo, 0, math.MaxUint64)
		if !ok {
			return constant(false), nil
		}
		all = []span{s}
	}
	return inSet(set(all), index, f.Kind == event.KindInt), nil
}

// inSet compiles that a field's number is in a set.
func inSet(numbers spans, index int, isSigned bool) code {
	if isSigned {
		return code{cost: costField, run: func(e *event.Event) bool { return numbers.has(e.Msg.Uint(index) ^ bias) }}
	}
	return code{
		cost: costField,
		run:  func(e *event.Event) bool { return numbers.has(e.Msg.Uint(index)) },
		fast: &step{test: fieldTest(index, numbers)},
	}
}

// textField compiles a comparison with a text. Where the texts are known, a value must fit one of them.
func (c *compiler) textField(t *term, f *event.Field, index int) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	texts := t.patterns()
	for i, l := range t.values {
		if err := c.checkText(t, f, l, texts[i]); err != nil {
			return code{}, err
		}
	}
	return code{cost: costText, run: func(e *event.Event) bool {
		text := event.Text(e.Msg, index)
		for _, p := range texts {
			if p.matchBytes(text) {
				return true
			}
		}
		return false
	}}, nil
}

// checkText returns an error for a value that the text of a field never is.
func (c *compiler) checkText(t *term, f *event.Field, l literal, p pattern) error {
	if f.Enum != nil {
		names := enumTexts(f.Enum)
		if p.matchAny(names) {
			return nil
		}
		err := fmt.Errorf("no %s is called %q%s", t.name(), l.text, suggest(l.text, names))
		delete(c.wrong, l.pos) // it says more than that a number is expected
		return c.literalError(l, err)
	}
	// The kernel's reasons are identifiers. A text with blanks is meant for those of others, which have judged it.
	if err := c.wrong[l.pos]; err != nil && t.word != nil && p.exact && strings.Contains(p.text, " ") {
		return err
	}
	if role.Find([]event.Field{*f}, role.Reason) == 0 && p.exact {
		return c.checkReason(t, l)
	}
	return nil
}

// bytesField compiles a comparison with bytes: those of an IP address, or hexadecimal digits.
func (c *compiler) bytesField(t *term, index int) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	var all []bytesValue
	for _, l := range t.values {
		v, err := literalBytes(l.text)
		if err != nil {
			return code{}, c.literalError(l, err)
		}
		all = append(all, v)
	}
	return code{cost: costText, run: func(e *event.Event) bool {
		b := e.Msg.Bytes(index)
		for i := range all {
			if all[i].is(b) {
				return true
			}
		}
		return false
	}}, nil
}

// iface compiles a comparison with an interface: by its index, or by its name. That is the message's own, or else the one that
// the event's host has for the index.
func (c *compiler) iface(t *term, index int) (code, error) {
	if t.ordered() {
		return code{}, c.operatorError(t)
	}
	var indexes []span
	var names []pattern
	var places []place
	for _, l := range t.values {
		if s, err := number(l.text); err == nil && !l.quoted {
			indexes = append(indexes, s)
			continue
		}
		names, places = append(names, newPattern(l.text)), append(places, newPlace(l.text))
	}
	numbers, own := set(indexes), c.interfaces
	if len(names) == 0 {
		return inSet(numbers, index, false), nil
	}
	return code{cost: costText, run: func(e *event.Event) bool {
		i := e.Msg.Uint(index)
		if numbers.has(i) {
			return true
		}
		if m, ok := e.Msg.(event.Named); ok {
			name, netns := m.InterfaceName()
			return slices.ContainsFunc(places, func(p place) bool { return p.match(name, netns) })
		}
		known := own
		if e.Host != nil {
			known = e.Host.Interfaces
		}
		if known == nil || i > math.MaxUint32 {
			return false
		}
		name, ok := known.InterfaceName(uint32(i))
		for _, p := range names {
			if ok && p.match(name) {
				return true
			}
		}
		return false
	}}, nil
}

// place is a pattern for an interface in a network namespace: "eth0@shop", or "eth0" for any.
type place struct {
	name, netns pattern
	anywhere    bool
}

func newPlace(text string) place {
	name, netns, ok := strings.Cut(text, "@")
	return place{newPattern(name), newPattern(netns), !ok}
}

func (p *place) match(name, netns []byte) bool {
	return len(name) > 0 && p.name.matchBytes(name) && (p.anywhere || p.netns.matchBytes(netns))
}
