// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// result is what is known of a part of an expression before an event is seen.
type result uint8

const (
	depends result = iota // on the event: run says
	no
	yes
	maybe // it cannot be known of any event
)

// code is what a part of an expression comes to for one variant.
type code struct {
	result result
	run    predicate // if it depends
	cost   cost
	// fast, if not nil, is what run comes to for a packet with at most one IP header, as most have.
	fast    *step
	machine machine // of fast
}

// cost says how long a predicate takes. What is cheaper runs first.
type cost uint8

const (
	costNumber cost = iota // a comparison
	costField              // of a message
	costText
	costPacket // parses the packet, if none before did
)

// compiler turns trees to code.
type compiler struct {
	expr       string
	names      *vocabulary
	interfaces event.InterfaceNames
	zone       *time.Location  // of times without one
	accepted   map[*term]bool  // terms that at least one variant can have
	refused    map[*term]error // and what is wrong with the others
	meant      map[int]bool    // values of fields that at least one variant can have, by their place in the expression
	wrong      map[int]error   // and what is wrong with the others
	reasons    func() []string
	doubts     map[int]string // reasons that only an unknown kernel can have, by their place
	sure       map[int]bool   // those that messages of another kind can have
	doubt      bool           // the value that was judged last is one of them
}

// constant returns the code of a part that is the same for every event.
func constant(is bool) code {
	if is {
		return code{result: yes}
	}
	return code{result: no}
}

// node compiles a part of an expression for a variant.
func (c *compiler) node(n node, v *variant) code {
	switch n := n.(type) {
	case *negation:
		return negate(c.node(n.of, v))
	case *list:
		parts := make([]code, len(n.of))
		for i := range n.of {
			parts[i] = c.node(n.of[i], v)
		}
		if n.or {
			return anyOf(parts)
		}
		return allOf(parts)
	case *term:
		return c.term(n, v)
	}
	panic(fmt.Sprintf("filter: a node of type %T", n)) // parse returns no other
}

func negate(of code) code {
	switch of.result {
	case no:
		return code{result: yes}
	case yes:
		return code{result: no}
	case maybe:
		return of
	}
	run := of.run
	return code{run: func(e *event.Event) bool { return !run(e) }, cost: of.cost, fast: of.step().negated()}
}

// sorted returns the parts that have to run, the cheapest first, and whether others have some results.
func sorted(parts []code) (run []code, hasNo, hasYes, hasMaybe bool) {
	for _, p := range parts {
		switch p.result {
		case depends:
			run = append(run, p)
		case no:
			hasNo = true
		case yes:
			hasYes = true
		case maybe:
			hasMaybe = true
		}
	}
	slices.SortStableFunc(run, func(a, b code) int { return cmp.Compare(a.cost, b.cost) })
	return run, hasNo, hasYes, hasMaybe
}

func allOf(parts []code) code {
	run, hasNo, _, hasMaybe := sorted(parts)
	switch {
	case hasNo:
		return code{result: no}
	case hasMaybe:
		return code{result: maybe}
	case len(run) == 0:
		return code{result: yes}
	case len(run) == 1:
		return run[0]
	}
	return code{run: bothOf(runs(run)), cost: run[len(run)-1].cost, fast: joined(false, steps(run)...)}
}

// bothOf joins predicates by and.
func bothOf(of []predicate) predicate {
	switch len(of) {
	case 1:
		return of[0]
	case 2:
		a, b := of[0], of[1]
		return func(e *event.Event) bool { return a(e) && b(e) }
	}
	return func(e *event.Event) bool {
		for _, p := range of {
			if !p(e) {
				return false
			}
		}
		return true
	}
}

func anyOf(parts []code) code {
	run, _, hasYes, hasMaybe := sorted(parts)
	switch {
	case hasYes:
		return code{result: yes}
	case hasMaybe:
		return code{result: maybe}
	case len(run) == 0:
		return code{result: no}
	case len(run) == 1:
		return run[0]
	}
	return code{run: eitherOf(runs(run)), cost: run[len(run)-1].cost, fast: joined(true, steps(run)...)}
}

// eitherOf joins predicates by or.
func eitherOf(of []predicate) predicate {
	switch len(of) {
	case 1:
		return of[0]
	case 2:
		a, b := of[0], of[1]
		return func(e *event.Event) bool { return a(e) || b(e) }
	}
	return func(e *event.Event) bool {
		for _, p := range of {
			if p(e) {
				return true
			}
		}
		return false
	}
}

// steps returns the steps of parts.
func steps(parts []code) []*step {
	all := make([]*step, len(parts))
	for i := range parts {
		all[i] = parts[i].step()
	}
	return all
}

// step returns the part as a step.
func (c *code) step() *step {
	if c.fast != nil {
		return c.fast
	}
	return leaf(test{op: opRun, run: c.run})
}

// runs returns the predicates of parts.
func runs(parts []code) []predicate {
	all := make([]predicate, len(parts))
	for i := range parts {
		all[i] = parts[i].run
	}
	return all
}

// ready makes the machine of what has to run.
func (c code) ready() code {
	if c.result == depends && c.fast != nil {
		c.machine = assemble(c.fast)
	}
	return c
}

// term compiles a term for a variant.
func (c *compiler) term(t *term, v *variant) code {
	made, err := c.compile(t, v)
	if err != nil {
		if c.refused[t] == nil {
			c.refused[t] = err
		}
		return code{result: no}
	}
	if v.mode == undecodable && made.result == depends {
		return code{result: maybe}
	}
	return made
}

// err returns the error of the first term whose values no variant can have.
func (c *compiler) err(n node) error {
	switch n := n.(type) {
	case *negation:
		return c.err(n.of)
	case *list:
		for _, of := range n.of {
			if err := c.err(of); err != nil {
				return err
			}
		}
	case *term:
		if err := c.valuesErr(n); err != nil || c.accepted[n] {
			return err
		}
		if err := c.refused[n]; err != nil {
			return err
		}
		return &Error{c.expr, n.pos, n.end, fmt.Sprintf("no message that is expected here has %s", article(n.name()))}
	}
	return nil
}

// valuesErr returns the error of the first value of a field that no variant can have.
func (c *compiler) valuesErr(t *term) error {
	for _, l := range t.values {
		if err := c.wrong[l.pos]; err != nil && !c.meant[l.pos] {
			return err
		}
	}
	return nil
}

// article returns a name with what stands before it.
func article(name string) string {
	if strings.ContainsRune("aeiou", rune(name[0])) {
		return "an " + name
	}
	return "a " + name
}

// literalError is an error about a value of a term.
func (c *compiler) literalError(l literal, err error) error {
	return &Error{c.expr, l.pos, l.end, err.Error()}
}

// operatorError says that an operator means nothing for a term.
func (c *compiler) operatorError(t *term) error {
	return &Error{c.expr, t.pos, t.end, fmt.Sprintf("%s is not ordered: only = and != compare it", t.name())}
}

// ordered reports whether the operator is about an order.
func (t *term) ordered() bool { return strings.ContainsAny(t.op, "<>") }

// numbers returns the set of numbers that a term asks for. For != it is that of =.
func (c *compiler) numbers(t *term, highest uint64, read func(literal) (span, error)) (spans, error) {
	var all []span
	for _, l := range t.values {
		s, err := read(l)
		if err == nil && t.ordered() && s.lo != s.hi {
			err = errors.New("a range cannot follow " + t.op)
		}
		if err == nil && s.hi > highest {
			err = fmt.Errorf("%s is too large: the highest is %d", l.text, highest)
		}
		if err != nil {
			return nil, c.literalError(l, err)
		}
		if t.ordered() {
			if o, ok := compare(t.op, s.lo, 0, highest); ok {
				all = append(all, o)
			}
			continue
		}
		all = append(all, s)
	}
	return set(all), nil
}
