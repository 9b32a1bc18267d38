// SPDX-License-Identifier: Apache-2.0

package ctype

import (
	"go/constant"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

// Enum is an enumeration.
type Enum struct {
	Tag     string
	Typedef string
	Alias   string    // the first typedef of one that has a tag
	Seen    cpp.Token // the tag where it stands first
	Keyword cpp.Token
	First   cpp.Token // the first token of the declaration that holds it
	Fixed   *Type     // the type given behind a colon
	Integer *Type     // the type that holds it; int before that is known
	Done    bool      // its closing brace has been seen, or its type is given
	Aligned int64     // the alignment that attributes give it; 0 is none
	Members []*Enumerator
}

// Name returns the enum as C names it.
func (e *Enum) Name() string {
	switch {
	case e.Tag != "":
		return "enum " + e.Tag
	case e.Typedef != "":
		return e.Typedef
	}
	return "enum {...}"
}

// Enumerator is a member of an enum.
type Enumerator struct {
	Name  cpp.Token
	Last  cpp.Token // the comma or brace behind it
	Type  *Type     // of its value
	Value constant.Value
	Index int // of its token in the unit
}
