// SPDX-License-Identifier: Apache-2.0

// Package breaking compares two states of the same headers and says what changed for those who read the
// data that the C code writes: which constants mean something else, which fields lie elsewhere, and whom
// that breaks.
package breaking

import (
	"cmp"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Readers is a set of readers. Both kinds are programs generated from the headers: an old reader from the
// old state, which meets what new C code writes; a new reader from the new state, which meets what old C
// code writes or has recorded.
type Readers uint8

// The sets of readers.
const (
	Nobody Readers = 0
	Old    Readers = 1
	New    Readers = 2
	Both           = Old | New
)

// String returns "nobody", "an old reader", "a new reader" or "both readers".
func (r Readers) String() string {
	return [...]string{"nobody", "an old reader", "a new reader", "both readers"}[r&Both]
}

// Rule is a kind of change.
type Rule struct {
	Name   string
	Breaks Readers
	Why    string // for documentation: what the readers do with the data
}

// The rules. The verdicts assume readers as lockstep generates them: a value without a name prints as a
// number, data longer than a struct is fine, shorter data is an error.
var (
	constantRenumbered = Rule{"constant-renumbered", Both,
		"the same name has another value: each reader gives the other side's value the wrong name"}
	constantReused = Rule{"constant-reused", Both,
		"a value now belongs to another name with another text: each reader prints its own name for it"}
	constantRenamed = Rule{"constant-renamed", Nobody,
		"a value has another name with the same text: the data is the same, only source code notices"}
	constantRemoved = Rule{"constant-removed", New,
		"the value is not written any more, but old data has it: a new reader shows a bare number"}
	constantInserted = Rule{"constant-inserted", Both,
		"a new name takes a value that another member of its group had: see that member's own change"}
	constantAddedInGap = Rule{"constant-added-in-gap", Nobody,
		"a new name for a value below the group's last that nothing had: an old reader shows a bare number"}
	constantAdded = Rule{"constant-added", Nobody,
		"a new name for a new value, after the others of its group: an old reader shows a bare number"}
	constantLimit = Rule{"constant-limit-moved", Nobody,
		"a name like FOO_MAX that bounds its group has moved with it: no data carries it"}
	constantRetyped = Rule{"constant-retyped", Nobody,
		"the same value has another C type: the data is the same"}
	textReworded = Rule{"text-reworded", Nobody,
		"a constant's trailing comment changed, which name tables print: the data is the same, output differs"}

	recordRemoved = Rule{"record-removed", New,
		"nothing writes the record any more, but old data has it: a new reader cannot decode it"}
	recordAdded   = Rule{"record-added", Nobody, "no old data has it"}
	recordRenamed = Rule{"record-renamed", Nobody,
		"a record of another name has the same fields at the same places: only source code notices"}
	recordGrown = Rule{"record-grown", New,
		"a new reader finds old data too short, unless a minimum size is configured; an old reader ignores the rest, " +
			"or takes it for the data that follows the record"}
	recordShrunk = Rule{"record-shrunk", Old,
		"an old reader finds new data too short; a new reader ignores the rest"}
	recordKind = Rule{"record-kind-changed", Both, "a struct became a union, or the reverse"}

	fieldMoved    = Rule{"field-moved", Both, "each reader takes other bytes for the field"}
	fieldsSwapped = Rule{"fields-swapped", Both, "two fields have changed places: each reader takes one for the other"}
	fieldResized  = Rule{"field-resized", Both, "each reader takes too many or too few bytes or bits for the field"}
	fieldRetyped  = Rule{"field-retyped", Both,
		"the same bytes are another kind of value: signedness, byte order, floating point, or other elements"}
	fieldRespelled = Rule{"field-respelled", Nobody, "the type has another name in C and is the same kind of value"}
	fieldRenamed   = Rule{"field-renamed", Nobody, "the same bytes have another name: only source code notices"}
	fieldReused    = Rule{"field-reused", Both,
		"the same bytes have another name and another comment: each reader takes one for the other"}
	fieldRemoved = Rule{"field-removed", Old,
		"the bytes have no meaning any more: an old reader takes them for the field"}
	fieldAdded = Rule{"field-added", Nobody,
		"after all others, in bytes that the record did not have: see record-grown"}
	fieldInReserve = Rule{"field-in-reserve", Nobody,
		"a field lies in a member that was there to be used later (pad, reserved, unused), which senders zero"}
	fieldInHole = Rule{"field-in-hole", New,
		"a field lies where the compiler left a hole, whose bytes old senders do not set"}
	fieldOverlaid = Rule{"field-overlaid", Both,
		"a field lies on bytes that had another meaning: each reader takes one for the other"}
)

// Rules returns every rule, in the order of the documentation.
func Rules() []Rule {
	return []Rule{
		constantRenumbered, constantReused, constantInserted, constantRemoved, constantAddedInGap, constantAdded,
		constantLimit, constantRenamed, constantRetyped, textReworded,
		recordRemoved, recordAdded, recordRenamed, recordGrown, recordShrunk, recordKind,
		fieldMoved, fieldsSwapped, fieldResized, fieldRetyped, fieldRespelled, fieldRenamed, fieldReused,
		fieldRemoved, fieldAdded, fieldInReserve, fieldInHole, fieldOverlaid,
	}
}

// Change is one difference between the two states.
type Change struct {
	Rule    Rule
	Subject string    // a constant's name, a record's, or record and field: "struct s.f"
	Msg     string    // what was and what is
	Old     model.Pos // not valid for what is new
	New     model.Pos // not valid for what is gone
}

// Compare returns the changes from old to new, sorted by where they are in the new state and, for what is
// gone, in the old one.
func Compare(old, new *model.Unit) []Change {
	c := &comparer{old: old, new: new}
	c.constants()
	c.records()
	slices.SortStableFunc(c.changes, func(a, b Change) int {
		return cmp.Or(a.place().Compare(b.place()), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Rule.Name, b.Rule.Name))
	})
	return c.changes
}

// place returns where a reader of the headers would look.
func (c Change) place() model.Pos {
	if c.New.IsValid() {
		return c.New
	}
	return c.Old
}

// comparer collects changes.
type comparer struct {
	old, new *model.Unit
	changes  []Change
}

func (c *comparer) add(r Rule, subject string, old, new model.Pos, msg string) {
	c.changes = append(c.changes, Change{Rule: r, Subject: subject, Msg: msg, Old: old, New: new})
}
