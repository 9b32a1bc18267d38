// SPDX-License-Identifier: Apache-2.0

package cparse

import "github.com/lockstep-bpf/lockstep/gen/internal/ctext"

// directive returns the name of the directive that begins at token i, and the name's token; "" where none
// begins there or it has no name.
func directive(f *ctext.File, i int) (word string, at int) {
	if !f.Tokens[i].First || !f.Tokens[i].Directive {
		return "", i
	}
	at = inDirective(f, i)
	if at < 0 {
		return "", i
	}
	return f.Text(at), at
}

// inDirective returns the token behind token i that lies in the same directive and is no comment; -1 where
// there is none.
func inDirective(f *ctext.File, i int) int {
	last := directiveLast(f, i)
	for i++; i <= last; i++ {
		if f.Tokens[i].Kind != ctext.Comment {
			return i
		}
	}
	return -1
}

// directiveLast returns the last token of the directive that token i lies in.
func directiveLast(f *ctext.File, i int) int {
	for i+1 < len(f.Tokens) && f.Tokens[i+1].Directive && !f.Tokens[i+1].First {
		i++
	}
	return i
}

// directiveEnd returns the offset of the line end behind the directive that begins at token i.
func directiveEnd(f *ctext.File, i int) int {
	off := int(f.Tokens[directiveLast(f, i)].End)
	for off < len(f.Src) && f.Src[off] != '\n' {
		if f.Src[off] == '\\' && off+1 < len(f.Src) {
			off++
			if f.Src[off] == '\r' && off+1 < len(f.Src) {
				off++
			}
		}
		off++
	}
	return min(off, len(f.Src))
}

// harmless tells whether a directive that the preprocessor passes over, or that is dealt with elsewhere, changes
// nothing of what is read.
func harmless(word string) bool {
	switch word {
	case "line", "error", "pragma", "warning", "ident", "sccs", "assert", "unassert":
		return true
	}
	return false
}

func isElif(word string) bool { return word == "elif" || word == "elifdef" || word == "elifndef" }

func isIf(word string) bool { return word == "if" || word == "ifdef" || word == "ifndef" }
