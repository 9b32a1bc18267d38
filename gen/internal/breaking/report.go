// SPDX-License-Identifier: Apache-2.0

package breaking

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Breaks returns how many of the changes break a reader.
func Breaks(changes []Change) int {
	n := 0
	for _, c := range changes {
		if c.Rule.Breaks != Nobody {
			n++
		}
	}
	return n
}

// Text returns a line for each change:
//
//	file:line:col: subject: what was and what is [rule, breaks whom; was file:line:col]
//
// The position is the new one, or the old one of what is gone.
func Text(changes []Change) []byte {
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%v: %s: %s [%s, breaks %v", c.place(), c.Subject, c.Msg, c.Rule.Name, c.Rule.Breaks)
		switch {
		case !c.New.IsValid():
			b.WriteString("; gone")
		case c.Old.IsValid():
			fmt.Fprintf(&b, "; was %v", c.Old)
		}
		b.WriteString("]\n")
	}
	return []byte(b.String())
}

// jsonChange is the form of a change as JSON.
type jsonChange struct {
	Rule    string   `json:"rule"`
	Breaks  []string `json:"breaks"` // of "old" and "new"; empty for nobody
	Subject string   `json:"subject"`
	Message string   `json:"message"`
	Old     *place   `json:"old"` // null for what is new
	New     *place   `json:"new"` // null for what is gone
}

// place is a position as JSON.
type place struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

// JSON returns {"changes": [...]}, indented, with a newline at the end. Each change has rule, breaks (of
// "old" and "new"), subject, message, and old and new: file, line and col, or null.
func JSON(changes []Change) ([]byte, error) {
	doc := struct {
		Changes []jsonChange `json:"changes"`
	}{Changes: []jsonChange{}}
	for _, c := range changes {
		doc.Changes = append(doc.Changes, jsonChange{
			c.Rule.Name, c.Rule.Breaks.list(), c.Subject, c.Msg, newPlace(c.Old), newPlace(c.New),
		})
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("encode the changes: %w", err)
	}
	return []byte(b.String()), nil
}

func newPlace(p model.Pos) *place {
	if !p.IsValid() {
		return nil
	}
	return &place{p.File, p.Line, p.Col}
}

func (r Readers) list() []string {
	list := []string{}
	if r&Old != 0 {
		list = append(list, "old")
	}
	if r&New != 0 {
		list = append(list, "new")
	}
	return list
}
