// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Only is the names of declarations that a user asks for, or patterns of them. An empty list asks for all.
type Only []string

// Macro reports whether a macro is asked for.
func (o Only) Macro(c *model.Constant) bool { return o.names(c.Name) }

// Enum reports whether an enum is asked for: by one of its own names, or by that of any member. All
// members of one that is asked for are.
func (o Only) Enum(e *model.Enum) bool {
	return o.names(e.Tag, e.Typedef, e.Alias) ||
		slices.ContainsFunc(e.Members, func(c *model.Constant) bool { return o.names(c.Name) })
}

// Record reports whether a struct or a union is asked for.
func (o Only) Record(r *model.Record) bool { return o.names(r.Name, r.Tag, r.Alias) }

// Skipped reports whether something is asked for that was left out: a tag may stand behind its keyword.
func (o Only) Skipped(s model.Skipped) bool {
	return o.names(s.Name, s.Name[strings.LastIndexByte(s.Name, ' ')+1:])
}

// None returns the error for a list that matches nothing.
func (o Only) None() error {
	return fmt.Errorf("no declaration has a name that matches %s", strings.Join(o, ", "))
}

// names reports whether one of the names that something has in C is asked for.
func (o Only) names(names ...string) bool {
	return len(o) == 0 || slices.ContainsFunc(o, func(pattern string) bool {
		return slices.ContainsFunc(names, func(name string) bool {
			match, err := path.Match(pattern, name)
			return name != "" && (name == pattern || err == nil && match)
		})
	})
}
