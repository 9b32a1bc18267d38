// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

// Source makes the declarations needed of which a token is in one of these sources, and static assertions.
func (o *Outline) Source(in func(source int32) bool) {
	for i := range o.decls {
		d := &o.decls[i]
		first, last := &o.toks[d.start], &o.toks[d.end-1]
		if in(first.Src) || in(last.Src) || first.ID == cpp.WordAssert || first.ID == cpp.WordAssert2 {
			o.need(int32(i))
		}
	}
}

// Names makes the declarations needed that declare a name, or a tag, of which match says so.
func (o *Outline) Names(match func(name string) bool) {
	for i := range o.links {
		if match(o.toks[o.links[i].name].Text) {
			o.need(o.links[i].decl)
		}
	}
}

// Text makes the declarations needed that tokens name which may be an expression.
func (o *Outline) Text(toks []cpp.Token) {
	other := Outline{toks: toks}
	o.look(&other, 0, len(toks), true)
}

func (o *Outline) need(i int32) {
	if !o.decls[i].needed {
		o.decls[i].needed = true
		o.queue = append(o.queue, i)
	}
}

// Close makes needed what the needed declarations need.
func (o *Outline) Close() {
	for len(o.queue) > 0 {
		d := &o.decls[o.queue[len(o.queue)-1]]
		o.queue = o.queue[:len(o.queue)-1]
		whole := o.whole
		o.look(o, int(d.start), int(d.body), o.whole)
		d.seen = true
		if o.whole && !whole {
			o.again()
		}
	}
}

// again looks through all that is needed once more, for what pointers point at.
func (o *Outline) again() {
	for i := range o.decls {
		if o.decls[i].seen {
			o.queue = append(o.queue, int32(i))
		}
	}
}

// look makes needed what the tokens from i to before end of another outline name. With whole, that is also what a
// pointer points at.
func (o *Outline) look(in *Outline, i, end int, whole bool) {
	typedef := in.is(i, cpp.WordTypedef)
	for depth := 0; i < end; i++ {
		t := &in.toks[i]
		switch {
		case t.Kind == cpp.Punct:
			o.whole = o.whole || t.ID == cpp.WordArrow
			depth += nesting(t.ID)
		case t.Kind != cpp.Ident:
		case !isTag(t.ID):
			o.all(o.names, t.ID)
		default:
			name := in.tagName(i)
			if name < 0 || name >= end {
				continue
			}
			if whole || depth == 0 && !typedef || !in.pointedAt(i, name) {
				o.all(o.tags, in.toks[name].ID)
			}
			i = name
		}
	}
}

// nesting returns 1 for what opens, -1 for what closes.
func nesting(id int32) int {
	switch id {
	case cpp.WordOpen, cpp.WordOpenBrace:
		return 1
	case cpp.WordClose, cpp.WordCloseBrace:
		return -1
	}
	return 0
}

// pointedAt reports whether the struct or union at token i, whose tag is at name, is what a pointer points at that a
// member, parameter or typedef has. What a variable points at, or an expression, may be looked into.
func (o *Outline) pointedAt(i, name int) bool {
	if !o.is(name+1, cpp.WordStar) || o.toks[i].ID == cpp.WordEnum {
		return false
	}
	return i == 0 || !o.is(i-1, cpp.WordOpen) || i > 1 && (o.is(i-2, cpp.WordClose) || o.toks[i-2].Kind == cpp.Ident)
}

// all makes the declarations needed that bear on a name. One that the unit had not when it was cut has none.
func (o *Outline) all(t table, id int32) {
	if int(id) >= len(t) {
		return
	}
	for n := t[id]; n > 0; n = o.links[n-1].next {
		o.need(o.links[n-1].decl)
	}
}

// Skip returns what is behind the declaration that begins at token at, if it is not needed, else at. It is to be asked
// with tokens in their order.
func (o *Outline) Skip(at int) int {
	rest := o.decls[o.next:]
	n, found := slices.BinarySearchFunc(rest[:min(len(rest), 2)], int32(at), func(d decl, at int32) int { return int(d.start - at) })
	if !found && n == min(len(rest), 2) {
		n, found = slices.BinarySearchFunc(rest, int32(at), func(d decl, at int32) int { return int(d.start - at) })
	}
	o.next += n
	if found && !rest[n].needed {
		return int(rest[n].end)
	}
	return at
}

// Skips reports whether there is a declaration that is not needed.
func (o *Outline) Skips() bool {
	return slices.ContainsFunc(o.decls, func(d decl) bool { return !d.needed })
}
