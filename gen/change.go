// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"encoding/json"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/breaking"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Change is one thing that differs between two states of headers, for programs that read the data. Its JSON is what
// "lockstep breaking --json" prints.
type Change struct {
	Rule    string    `json:"rule"`    // one of Rules, by name
	Breaks  Readers   `json:"breaks"`  // whom it breaks
	Subject string    `json:"subject"` // a constant's name, a record's, or record and field: "struct s.f"
	Message string    `json:"message"` // what was and what is
	Old     *Position `json:"old"`     // nil for what is new
	New     *Position `json:"new"`     // nil for what is gone
	// The targets on which it is so, where a configuration has several and it is not so on all of them.
	Targets []string `json:"targets,omitempty"`
}

// Position is a place in a file. Line and Col begin at 1; 0 is not known.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

// String returns "file:line:col", and leaves out what is not known.
func (p Position) String() string { return model.Pos(p).String() }

// Readers is a set of readers. Both kinds are programs generated from the headers: an old reader from the old state,
// which meets what new C code writes; a new reader from the new state, which meets what old C code writes or has
// recorded. Its JSON is a list of "old" and "new".
type Readers uint8

// The sets of readers.
const (
	Nobody      Readers = 0
	OldReader   Readers = 1
	NewReader   Readers = 2
	BothReaders         = OldReader | NewReader
)

// String returns "nobody", "an old reader", "a new reader" or "both readers".
func (r Readers) String() string { return breaking.Readers(r).String() }

// MarshalJSON returns ["old", "new"], or those of them that are in the set.
func (r Readers) MarshalJSON() ([]byte, error) {
	list := []string{}
	if r&OldReader != 0 {
		list = append(list, "old")
	}
	if r&NewReader != 0 {
		list = append(list, "new")
	}
	return json.Marshal(list)
}

// Rule is a kind of change, for documentation.
type Rule struct {
	Name   string
	Breaks Readers
	Why    string
}

// Rules returns every kind of change that Breaking returns.
func Rules() []Rule {
	var list []Rule
	for _, r := range breaking.Rules() {
		list = append(list, Rule{r.Name, Readers(r.Breaks), r.Why})
	}
	return list
}

// changes collects the changes of several configurations and targets, each once: configurations share headers.
type changes struct {
	list []breaking.Change
	on   map[breaking.Change][]string // the targets of each
	all  map[breaking.Change]bool     // those that are so on all targets of a configuration
}

// add adds the changes of one configuration, by target.
func (c *changes) add(targets []string, found [][]breaking.Change) {
	if c.on == nil {
		c.on, c.all = map[breaking.Change][]string{}, map[breaking.Change]bool{}
	}
	times := map[breaking.Change]int{}
	for i, list := range found {
		for _, change := range list {
			if _, known := c.on[change]; !known {
				c.list = append(c.list, change)
			}
			if !slices.Contains(c.on[change], targets[i]) {
				c.on[change] = append(c.on[change], targets[i])
			}
			if times[change]++; times[change] == len(targets) {
				c.all[change] = true
			}
		}
	}
}

// data returns the changes as data.
func (c *changes) data() []Change {
	out := []Change{}
	for _, change := range c.list {
		one := Change{
			Rule: change.Rule.Name, Breaks: Readers(change.Rule.Breaks), Subject: change.Subject, Message: change.Msg,
			Old: position(change.Old), New: position(change.New),
		}
		if !c.all[change] {
			one.Targets = c.on[change]
		}
		out = append(out, one)
	}
	return out
}

func position(p model.Pos) *Position {
	if !p.IsValid() {
		return nil
	}
	return (*Position)(&p)
}
