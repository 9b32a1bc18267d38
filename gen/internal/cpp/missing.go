// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"slices"
	"strings"
	"unicode"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// missingDefines returns the macros that, had they been defined, would have kept the #error at tok from being read; none
// where the conditions around it do not tell.
func missingDefines(f *ctext.File, tok int) []string {
	var names []string
	depth, passed := 0, false
	for i := tok - 1; i >= 0; i-- {
		switch word, at := directiveName(f, i); {
		case word == "endif":
			depth++
		case isIf(word) && depth > 0:
			depth--
		case depth > 0:
		case word == "else":
			passed = true
		case isElif(word):
			names = append(names, undefinedIn(f, at, passed)...)
			passed = true
		case isIf(word):
			names = append(names, undefinedIn(f, at, passed)...)
			slices.Reverse(names)
			return names
		}
	}
	return nil
}

// headersIn returns the names of headers that stand in the text of an #error.
func headersIn(msg string) []string {
	var names []string
	for _, word := range strings.FieldsFunc(msg, func(r rune) bool {
		return r != '.' && r != '/' && r != '-' && r != '+' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if word = strings.TrimRight(word, "."); strings.HasSuffix(word, ".h") {
			names = append(names, word)
		}
	}
	return names
}

// notDefined says that names are not defined.
func notDefined(names []string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return " (" + names[0] + " is not defined)"
	}
	return " (not defined: " + strings.Join(names, ", ") + ")"
}

// undefinedIn names the macros that the condition at token i asks for and that are not defined, last first:
// those that it negates or, where the condition did not hold and was passed, those that it does not. The
// macro of an include guard is not one.
func undefinedIn(f *ctext.File, i int, passed bool) []string {
	end := directiveEnd(f, i)
	if word := f.Text(i); strings.HasSuffix(word, "def") {
		guard := f.Is(end+1, "define") && f.Is(end+2, f.Text(end-1))
		if name := skipComments(f, i+1, end); !strings.HasSuffix(word, "ndef") == passed && name < end && !guard {
			return []string{f.Text(name)}
		}
		return nil
	}
	var names []string
	for ; i < end; i++ {
		if !f.Is(i, "defined") || f.Is(i-1, "!") == passed {
			continue
		}
		name := i + 1
		if f.Is(name, "(") {
			name++
		}
		if name < end {
			names = append(names, f.Text(name))
		}
	}
	slices.Reverse(names)
	return names
}
