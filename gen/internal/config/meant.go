// SPDX-License-Identifier: Apache-2.0

package config

import "github.com/lockstep-bpf/lockstep/internal/nearest"

// meant returns the name that a mistyped one may have meant: at most one change for three letters away, and nearer than
// the others; "" where there is none.
func meant(word string, names []string) string {
	best, fewest := "", max(1, len(word)/3)+1
	for _, name := range names {
		switch d := nearest.Distance(word, name); {
		case d < fewest:
			best, fewest = name, d
		case d == fewest:
			best = ""
		}
	}
	return best
}
