// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"go/constant"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

func (e *enum) name() string {
	switch {
	case e.tag != "":
		return "enum " + e.tag
	case e.typedef != "":
		return e.typedef
	}
	return "enum {...}"
}

// enum is an enumeration while a unit is parsed.
type enum struct {
	tag     string
	typedef string
	alias   string // the first typedef of one that has a tag
	keyword cpp.Token
	first   cpp.Token
	fixed   *ctype // the type given behind a colon
	integer *ctype // the type that holds it; int before that is known
	done    bool
	aligned int64 // the alignment that attributes give it; 0 is none
	members []*enumerator
}

// enumerator is a member of an enum.
type enumerator struct {
	name cpp.Token
	last cpp.Token // the comma or brace behind it
	t    *ctype    // of its value
	v    constant.Value
	at   int // index in the stream
}
