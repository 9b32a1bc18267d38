// SPDX-License-Identifier: Apache-2.0

package check

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// index finds by name what the headers declare, so that cost grows with the headers and not with their square.
type index struct {
	constants names
	skipped   names
	enums     map[string][]*model.Enum   // by tag, typedef and members
	records   map[string][]*model.Record // by name and tag
}

func newIndex(unit *model.Unit) *index {
	x := &index{
		constants: newNames(unit.Constants, func(c *model.Constant) string { return c.Name }),
		skipped:   newNames(unit.Skipped, func(s model.Skipped) string { return s.Name }),
		enums:     map[string][]*model.Enum{},
		records:   map[string][]*model.Record{},
	}
	for _, e := range unit.Enums {
		enter(x.enums, e.Tag, e)
		enter(x.enums, e.Typedef, e)
		enterFree(x.enums, e.Alias, e)
		for _, c := range e.Members {
			enter(x.enums, c.Name, e)
		}
	}
	for _, r := range unit.Records {
		enter(x.records, r.Name, r)
		enter(x.records, r.Tag, r)
	}
	for _, r := range unit.Records {
		enterFree(x.records, r.Alias, r)
	}
	return x
}

// enterFree adds what a name stands for that nothing else has.
func enterFree[T comparable](into map[string][]T, name string, what T) {
	if len(into[name]) == 0 {
		enter(into, name, what)
	}
}

// enter adds what a name stands for, once.
func enter[T comparable](into map[string][]T, name string, what T) {
	if list := into[name]; name != "" && !slices.Contains(list, what) {
		into[name] = append(list, what)
	}
}

// names are the names in a list, sorted, with their places in the list.
type names []named

type named struct {
	name string
	at   int
}

func newNames[T any](list []T, name func(T) string) names {
	x := make(names, len(list))
	for i, v := range list {
		x[i] = named{name(v), i}
	}
	slices.SortFunc(x, func(a, b named) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.at, b.at)) })
	return x
}

// matches returns the places of the names that a pattern matches, in ascending order. It looks only at names
// that begin as the pattern does.
func (x names) matches(pattern string) []int {
	prefix := pattern
	if i := strings.IndexAny(pattern, wildcards); i >= 0 {
		prefix = pattern[:i]
	}
	first, _ := slices.BinarySearchFunc(x, prefix, func(n named, prefix string) int { return cmp.Compare(n.name, prefix) })
	var at []int
	for _, n := range x[first:] {
		if !strings.HasPrefix(n.name, prefix) {
			break
		}
		if match, _ := path.Match(pattern, n.name); match {
			at = append(at, n.at)
		}
	}
	slices.Sort(at)
	return at
}
