// SPDX-License-Identifier: Apache-2.0

// Package verify compares what headers declare with what a compiler made of it: the layouts and enums that a
// compiled object describes in its BTF and its DWARF.
package verify

import (
	"fmt"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Want is what is looked for in an object. The records and enums that its records hold are looked for too.
type Want struct {
	Records []*model.Record
	Enums   []*model.Enum
}

// Report is what comparing with one object found, each list in the order of the headers.
type Report struct {
	Object     *Object
	Verified   []Item
	Missing    []Item
	Mismatches []Mismatch
}

// Item is a record or an enum.
type Item struct {
	Name   string    // "struct s", "enum e", a typedef's name, or "enum { FIRST_MEMBER, ... }"
	Pos    model.Pos // in the header
	Format string    // where it was found: "BTF", "DWARF" or "BTF, DWARF"; "" for what is missing
}

// Mismatch is a record or an enum that the object has otherwise than the headers.
type Mismatch struct {
	Item
	Diffs  []string // each a member and what is different about it
	Header Layout   // as the headers have it
	Built  Layout   // as the object has it
}

// Layout is a record or an enum.
type Layout struct {
	Record *model.Record
	Enum   *model.Enum
}

// Fits returns an error where an object cannot have the layouts of a target: its byte order or the size of its
// pointers is another. The machine may be another: BPF and the host share their headers.
func Fits(target string, o *Object) error {
	t, ok := layout.Lookup(target)
	if !ok {
		return fmt.Errorf("unknown target %q", target)
	}
	if t.BigEndian != o.BigEndian {
		return fmt.Errorf("%s: %s is %s, but the target %s is %s (see --target)",
			o.Name, o.Machine, order(o.BigEndian), target, order(t.BigEndian))
	}
	if p, _ := t.Scalar(layout.Pointer); p.Size != o.Pointer {
		return fmt.Errorf("%s: %s has pointers of %d bytes, but the target %s of %d (see --target)",
			o.Name, o.Machine, o.Pointer, target, p.Size)
	}
	return nil
}

// order names a byte order.
func order(big bool) string {
	if big {
		return "big-endian"
	}
	return "little-endian"
}

// Compare looks for what is wanted in an object.
func Compare(want Want, o *Object) *Report {
	r := &Report{Object: o}
	records, enums := closure(want)
	for _, rec := range records {
		item := Item{Name: rec.Name, Pos: rec.Pos}
		r.look(item, func(t *Types) (bool, []Mismatch) { return compareRecord(item, rec, t) })
	}
	for _, e := range enums {
		item := Item{Name: enumName(e), Pos: e.Pos}
		r.look(item, func(t *Types) (bool, []Mismatch) { return compareEnum(item, e, t) })
	}
	return r
}

// look compares one item with each kind of debug information that has it.
func (r *Report) look(item Item, compare func(*Types) (bool, []Mismatch)) {
	var bad []Mismatch
	for _, t := range r.Object.Types {
		found, mismatches := compare(t)
		if !found {
			continue
		}
		if item.Format != "" {
			item.Format += ", "
		}
		item.Format += t.Format
		bad = append(bad, mismatches...)
	}
	switch {
	case item.Format == "":
		r.Missing = append(r.Missing, item)
	case len(bad) > 0:
		r.Mismatches = append(r.Mismatches, bad...)
	default:
		r.Verified = append(r.Verified, item)
	}
}

// closure returns what is wanted, with the named records and the enums inside it, each once.
func closure(want Want) ([]*model.Record, []*model.Enum) {
	records, enums := slices.Clone(want.Records), slices.Clone(want.Enums)
	seen := map[any]bool{}
	for _, r := range records {
		seen[r] = true
	}
	for _, e := range enums {
		seen[e] = true
	}
	for i := 0; i < len(records); i++ {
		for _, f := range flat.Fields(records[i]) {
			t := flat.Element(f.Type)
			if t.Kind == model.RecordType && t.Record != nil && t.Record.Name != "" && !seen[t.Record] {
				seen[t.Record] = true
				records = append(records, t.Record)
			}
			if t.Kind == model.EnumType && t.Enum != nil && !seen[t.Enum] {
				seen[t.Enum] = true
				enums = append(enums, t.Enum)
			}
		}
	}
	slices.SortStableFunc(records, func(a, b *model.Record) int { return a.Pos.Compare(b.Pos) })
	slices.SortStableFunc(enums, func(a, b *model.Enum) int { return a.Pos.Compare(b.Pos) })
	return records, enums
}

// Rename changes how the positions in the report are named.
func (r *Report) Rename(rename func(model.Pos) model.Pos) {
	for i := range r.Verified {
		r.Verified[i].Pos = rename(r.Verified[i].Pos)
	}
	for i := range r.Missing {
		r.Missing[i].Pos = rename(r.Missing[i].Pos)
	}
	for i := range r.Mismatches {
		r.Mismatches[i].Pos = rename(r.Mismatches[i].Pos)
	}
}
