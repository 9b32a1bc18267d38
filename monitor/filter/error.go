// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
)

// Error says what is wrong with an expression, and where.
type Error struct {
	Expr     string // the expression
	Pos, End int    // the bytes of the expression that are meant; End is at least Pos
	Message  string // what is wrong, and what to do
}

// Error returns the message and, below it, the expression with the place marked.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "filter: %s\n  %s\n  ", e.Message, printable(e.Expr))
	b.WriteString(strings.Repeat(" ", len([]rune(printable(e.Expr[:e.Pos])))))
	b.WriteString("^")
	if marked := len([]rune(printable(e.Expr[e.Pos:e.End]))); marked > 1 {
		b.WriteString(strings.Repeat("~", marked-1))
	}
	return b.String()
}

// printable returns s with a ? for each character that would not be one column of a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || unicode.IsGraphic(r) && r != unicode.ReplacementChar && !unicode.Is(unicode.Mn, r):
			return r
		default:
			return '?'
		}
	}, s)
}

// maxListed is how many names an error lists.
const maxListed = 24

// suggest returns what an error says of a name that is unknown: those that are near it, or else those that there are.
func suggest(name string, known []string) string {
	known = slices.Compact(slices.Sorted(slices.Values(known)))
	if near := nearest.Names(name, known); len(near) > 0 {
		return "; did you mean " + orList(near) + "?"
	}
	if len(known) == 0 {
		return ""
	}
	if len(known) > maxListed {
		return fmt.Sprintf("; there are %s and %d more", strings.Join(known[:maxListed], ", "), len(known)-maxListed)
	}
	return "; there is " + orList(known)
}

// orList joins names to a phrase: a, b or c.
func orList(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
