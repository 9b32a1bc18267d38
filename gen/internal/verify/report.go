// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"fmt"
	"strings"
)

// Text returns the mismatches: for each its place in the header, what differs, and both layouts.
func (r *Report) Text() []byte {
	var b strings.Builder
	for _, m := range r.Mismatches {
		fmt.Fprintf(&b, "%v: %s: not as %s has it in its %s\n", m.Pos, m.Name, r.Object.Name, m.Format)
		for _, d := range m.Diffs {
			fmt.Fprintf(&b, "  %s\n", d)
		}
		block(&b, "as the header says:", m.Header)
		block(&b, "as "+r.Object.Name+" has it:", m.Built)
	}
	return []byte(b.String())
}

func block(b *strings.Builder, title string, lines []string) {
	fmt.Fprintf(b, "  %s\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "    %s\n", l)
	}
}

// Summary returns what was verified and what the object does not have, a line each, and the counts.
func (r *Report) Summary() []byte {
	var b strings.Builder
	for _, i := range r.Verified {
		fmt.Fprintf(&b, "%s: %s: as the headers say (%s)\n", r.Object.Name, i.Name, i.Format)
	}
	for _, i := range r.Missing {
		fmt.Fprintf(&b, "%s: %s: not in the object (%v)\n", r.Object.Name, i.Name, i.Pos)
	}
	fmt.Fprintf(&b, "%s: %s, %s: %d verified, %d differ, %d not in the object\n", r.Object.Name, r.Object.Machine,
		order(r.Object.BigEndian), len(r.Verified), r.differ(), len(r.Missing))
	return []byte(b.String())
}

// differ counts the records and enums that have mismatches.
func (r *Report) differ() int {
	names := map[string]bool{}
	for _, m := range r.Mismatches {
		names[m.Name] = true
	}
	return len(names)
}
