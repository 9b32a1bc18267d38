// SPDX-License-Identifier: Apache-2.0

package breaking

import (
	"fmt"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// records compares structs and unions by name, and what is gone with what is new by layout.
func (c *comparer) records() {
	old, new := recordsByName(c.old.Records), recordsByName(c.new.Records)
	var fresh []*model.Record
	for _, n := range c.new.Records {
		if old[n.Name] == nil {
			fresh = append(fresh, n)
		}
	}
	for _, o := range c.old.Records {
		if n := new[o.Name]; n != nil {
			c.record(o, n)
			continue
		}
		i := slices.IndexFunc(fresh, func(n *model.Record) bool { return sameLayout(o, n) })
		if i < 0 {
			c.add(recordRemoved, o.Name, o.Pos, model.Pos{}, fmt.Sprintf("had %d bytes", o.Size)+c.skipped(o.Name))
			continue
		}
		c.add(recordRenamed, fresh[i].Name, o.Pos, fresh[i].Pos, "was "+o.Name)
		fresh = slices.Delete(fresh, i, i+1)
	}
	for _, n := range fresh {
		c.add(recordAdded, n.Name, model.Pos{}, n.Pos, fmt.Sprintf("has %d bytes", n.Size))
	}
}

func recordsByName(list []*model.Record) map[string]*model.Record {
	m := make(map[string]*model.Record, len(list))
	for _, r := range list {
		m[r.Name] = r
	}
	return m
}

// record compares two states of one record.
func (c *comparer) record(o, n *model.Record) {
	if o.Union != n.Union {
		c.add(recordKind, n.Name, o.Pos, n.Pos, fmt.Sprintf("was a %s, is a %s", keyword(o), keyword(n)))
		return
	}
	switch {
	case n.Size > o.Size:
		c.add(recordGrown, n.Name, o.Pos, n.Pos, sizes(o.Size, n.Size))
	case n.Size < o.Size:
		c.add(recordShrunk, n.Name, o.Pos, n.Pos, sizes(o.Size, n.Size))
	}
	p := &pair{comparer: c, old: o, new: n, oldFields: flat.Fields(o), newFields: flat.Fields(n)}
	p.compare()
}

func keyword(r *model.Record) string {
	if r.Union {
		return "union"
	}
	return "struct"
}

func sizes(old, new int64) string { return fmt.Sprintf("was %d bytes, is %d bytes", old, new) }

// pair compares the fields of two states of one record.
type pair struct {
	*comparer
	old, new             *model.Record
	oldFields, newFields []*flat.Field
}

// compare goes from the fields that both states have to those that one has, so that each difference is told
// once. Reserved members are no fields: they only say which bytes were free.
func (p *pair) compare() {
	old := flat.ByPath(p.oldFields)
	var moved [][2]*flat.Field
	var fresh []*flat.Field
	for _, n := range p.newFields {
		o := old[n.Path]
		switch {
		case isReserve(n.Name):
		case o == nil:
			fresh = append(fresh, n)
		default:
			if o.Bit != n.Bit {
				moved = append(moved, [2]*flat.Field{o, n})
			}
			p.retyped(o, n)
		}
	}
	p.moved(moved)
	fresh = p.gone(fresh)
	for _, n := range fresh {
		p.fresh(n)
	}
}

// report adds a change of a field; o or n is nil where that state has none.
func (p *pair) report(r Rule, o, n *flat.Field, msg string, args ...any) {
	var path string
	var oldPos, newPos model.Pos
	if o != nil {
		path, oldPos = o.Path, o.Pos
	}
	if n != nil {
		path, newPos = n.Path, n.Pos
	}
	p.add(r, p.new.Name+"."+path, oldPos, newPos, fmt.Sprintf(msg, args...))
}

// moved reports the fields that lie elsewhere; two that have changed places as one.
func (p *pair) moved(list [][2]*flat.Field) {
	for i, m := range list {
		o, n := m[0], m[1]
		partner := func(other [2]*flat.Field) bool {
			return other[0].Bit == n.Bit && other[1].Bit == o.Bit && o.Width == other[0].Width && o.Parent == other[0].Parent
		}
		if j := slices.IndexFunc(list, partner); j >= 0 {
			if i < j {
				p.report(fieldsSwapped, o, n, "has changed places with %s: was %s, is %s", list[j][1].Path, where(o), where(n))
			}
			continue
		}
		p.report(fieldMoved, o, n, "was %s, is %s", where(o), where(n))
	}
}

// retyped compares a field's width and type.
func (p *pair) retyped(o, n *flat.Field) {
	switch was, is := spelling(o.Type), spelling(n.Type); {
	case o.Width != n.Width:
		p.report(fieldResized, o, n, "was %s of %s, is %s of %s", amount(o), was, amount(n), is)
	case !sameShape(o.Type, n.Type):
		p.report(fieldRetyped, o, n, "was %s, is %s", was, is)
	case was != is:
		p.report(fieldRespelled, o, n, "was %s, is %s", was, is)
	}
}

// gone reports the fields that the new state does not have by name, pairing each with the new one that lies
// in its place. It returns the new ones without a pair.
func (p *pair) gone(fresh []*flat.Field) []*flat.Field {
	new := flat.ByPath(p.newFields)
	for _, o := range p.oldFields {
		if isReserve(o.Name) || new[o.Path] != nil {
			continue
		}
		i := slices.IndexFunc(fresh, func(n *flat.Field) bool { return n.Bit == o.Bit && n.Width == o.Width && n.Parent == o.Parent })
		if i < 0 {
			p.report(fieldRemoved, o, nil, "was %s, %s of %s", where(o), amount(o), spelling(o.Type))
			continue
		}
		p.renamed(o, fresh[i])
		fresh = slices.Delete(fresh, i, i+1)
	}
	return fresh
}

// renamed compares two fields that lie in the same place. Where both have a comment, the comments say whether
// they mean the same.
func (p *pair) renamed(o, n *flat.Field) {
	rule := fieldRenamed
	if was, is := comment(o), comment(n); was != "" && is != "" && was != is {
		rule = fieldReused
	}
	p.report(rule, o, n, "%s was %s", where(n), o.Path)
	p.retyped(o, n)
}

// fresh says what the bytes of a new field were.
func (p *pair) fresh(n *flat.Field) {
	under, free := p.under(n)
	switch {
	case n.InUnion || n.Bit >= p.old.Size*8:
		p.report(fieldAdded, nil, n, "%s, %s of %s", where(n), amount(n), spelling(n.Type))
	case under != nil:
		p.report(fieldOverlaid, nil, n, "%s, which had %s", where(n), under.Path)
	case free >= n.Width && n.Width > 0:
		p.report(fieldInReserve, nil, n, "%s, which was reserved", where(n))
	default:
		p.report(fieldInHole, nil, n, "%s, which was padding", where(n))
	}
}

// under returns a field of the old state that lies where n lies, and how many of n's bits were reserved.
func (p *pair) under(n *flat.Field) (field *flat.Field, free int64) {
	for _, o := range p.oldFields {
		common := min(o.Bit+o.Width, n.Bit+n.Width) - max(o.Bit, n.Bit)
		switch {
		case common <= 0 || o.Group:
		case isReserve(o.Name):
			free += common
		case field == nil:
			field = o
		}
	}
	return field, free
}

// sameLayout reports whether two records have the same fields at the same places.
func sameLayout(a, b *model.Record) bool {
	if a.Union != b.Union || a.Size != b.Size || len(a.Fields) == 0 {
		return false
	}
	return slices.EqualFunc(flat.Fields(a), flat.Fields(b), func(x, y *flat.Field) bool {
		return x.Path == y.Path && x.Bit == y.Bit && x.Width == y.Width && sameShape(x.Type, y.Type)
	})
}
