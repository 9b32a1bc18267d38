// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen"
)

// verificationText returns all mismatches, and then for each object what was verified and what it does not have.
func verificationText(v *gen.Verification) []byte {
	var b strings.Builder
	for _, r := range v.Reports {
		mismatchText(&b, r)
	}
	for _, r := range v.Reports {
		summaryText(&b, r)
	}
	return []byte(b.String())
}

// mismatchText writes for each mismatch its place in the header, what differs, and both layouts: once for both formats if it is
// the same in them.
func mismatchText(b *strings.Builder, r gen.ObjectReport) {
	for i, m := range r.Mismatches {
		text := differenceText(r.Object, &m)
		same := func(o gen.Mismatch) bool {
			return o.Pos == m.Pos && o.Name == m.Name && differenceText(r.Object, &o) == text
		}
		if slices.ContainsFunc(r.Mismatches[:i], same) {
			continue
		}
		formats := m.Format
		for _, o := range r.Mismatches[i+1:] {
			if same(o) {
				formats += " and " + o.Format
			}
		}
		fmt.Fprintf(b, "%v: %s: not as %s has it in its %s\n%s", m.Pos, m.Name, r.Object, formats, text)
	}
}

func differenceText(object string, m *gen.Mismatch) string {
	var b strings.Builder
	for _, d := range m.Differences {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	block(&b, "as the header says:", m.Header)
	block(&b, "as "+object+" has it:", m.Object)
	return b.String()
}

func block(b *strings.Builder, title string, l gen.Layout) {
	fmt.Fprintf(b, "  %s\n", title)
	if l.Record != nil {
		for _, line := range layoutLines(l.Record) {
			fmt.Fprintf(b, "    %s\n", line)
		}
	}
	for _, m := range l.Members {
		fmt.Fprintf(b, "    %s = %v\n", m.Name, m.Value)
	}
}

// summaryText writes what was verified and what the object does not have, a line each, and the counts.
func summaryText(b *strings.Builder, r gen.ObjectReport) {
	for _, i := range r.Verified {
		fmt.Fprintf(b, "%s: %s: as the headers say (%s)\n", r.Object, i.Name, i.Format)
	}
	for _, i := range r.Missing {
		fmt.Fprintf(b, "%s: %s: not in the object (%v)\n", r.Object, i.Name, i.Pos)
	}
	order := "little-endian"
	if r.BigEndian {
		order = "big-endian"
	}
	fmt.Fprintf(b, "%s: %s, %s: %d verified, %d differ, %d not in the object\n", r.Object, r.Machine, order,
		len(r.Verified), differing(r.Mismatches), len(r.Missing))
}

// differing counts the records and enums that have mismatches.
func differing(list []gen.Mismatch) int {
	names := map[string]bool{}
	for _, m := range list {
		names[m.Name] = true
	}
	return len(names)
}
