// SPDX-License-Identifier: Apache-2.0

package check

import (
	"regexp"
	"strings"
	"text/scanner"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// quote returns a record's definition as lines of C: a declaration a line, blocks indented by tabs,
// comments left out (the Go fields have them). Only the tokens count, so that the quotation stays the same
// however the header is spaced and broken into lines.
func quote(r *model.Record) []string {
	q := &quoter{macros: fromMacros(r), types: map[string]bool{}}
	for _, f := range r.Fields {
		q.types[f.Type.C] = true
	}
	for _, t := range tokens(r.Source) {
		q.add(t)
	}
	q.flush()
	if n := len(q.lines); n > 0 && !strings.HasSuffix(q.lines[n-1], ";") {
		q.lines[n-1] += ";"
	}
	return q.lines
}

// fromMacros reports whether a macro brings fields into the record.
func fromMacros(r *model.Record) bool {
	for _, f := range r.Fields {
		if f.Use.IsValid() {
			return true
		}
	}
	return false
}

// tokens splits C text into tokens; a preprocessor line is one token.
func tokens(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\\\n", " ")
	var list []string
	var s scanner.Scanner
	s.Init(strings.NewReader(text))
	s.Error = func(*scanner.Scanner, string) {} // Init resets it: the errors would go to standard error
	s.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats | scanner.ScanChars | scanner.ScanStrings |
		scanner.ScanComments | scanner.SkipComments
	for t := s.Scan(); t != scanner.EOF; t = s.Scan() {
		if t == '#' {
			list = append(list, directive(&s))
			continue
		}
		if text := oneLine(s.TokenText()); text != "" { // a literal without an end can hold a line's
			list = append(list, text)
		}
	}
	return list
}

// comments matches the comments of one line.
var comments = regexp.MustCompile(`/\*.*?\*/|//.*`)

// directive returns the rest of a preprocessor line.
func directive(s *scanner.Scanner) string {
	var b strings.Builder
	for r := s.Next(); r != '\n' && r != scanner.EOF; r = s.Next() {
		b.WriteRune(r)
	}
	return "#" + oneLine(comments.ReplaceAllString(b.String(), " "))
}

// quoter lays out tokens.
type quoter struct {
	lines  []string
	line   []string // the tokens of the current line
	depth  int      // of braces
	parens int
	macros bool            // some declarations may be uses of macros
	types  map[string]bool // names that are types for sure
}

func (q *quoter) add(t string) {
	switch {
	case strings.HasPrefix(t, "#"):
		q.flush()
		q.lines = append(q.lines, t)
		return
	case t == "}":
		q.flush()
		q.depth = max(0, q.depth-1)
	case t == "(":
		q.parens++
	case t == ")":
		q.parens--
	case q.macros && q.isMacroUse(t):
		q.flush()
	}
	q.line = append(q.line, t)
	switch {
	case t == "{":
		q.flush()
		q.depth++
	case t == ";" && q.parens == 0:
		q.flush()
	}
}

// isMacroUse reports whether the line so far is the use of a macro that needs no semicolon, and t begins
// the next declaration.
func (q *quoter) isMacroUse(t string) bool {
	if len(q.line) == 0 || q.parens > 0 || !isIdent(t) {
		return false
	}
	first, last := q.line[0], q.line[len(q.line)-1]
	return isIdent(first) && first == strings.ToUpper(first) && !q.types[first] && (len(q.line) == 1 || last == ")")
}

func isIdent(t string) bool {
	c := t[0]
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func (q *quoter) flush() {
	if len(q.line) == 0 {
		return
	}
	q.lines = append(q.lines, strings.Repeat("\t", q.depth)+join(q.line))
	q.line = q.line[:0]
}

// join puts blanks where C is usually written with them.
func join(line []string) string {
	var b strings.Builder
	for i, t := range line {
		switch {
		case i == 0:
		case t == "(" && i+1 < len(line) && line[i+1] == "*" && line[i-1] != ")": // a pointer to a function
			b.WriteByte(' ')
		case blankBetween(line[i-1], t):
			b.WriteByte(' ')
		}
		b.WriteString(t)
	}
	return b.String()
}

func blankBetween(left, right string) bool {
	switch right {
	case ";", ",", ")", "]", "[":
		return false
	case "(":
		return !isIdent(left) && left != "(" && left != ")"
	}
	switch left {
	case "(", "[", "*", "~", "!":
		return false
	}
	return left != right || !strings.Contains("<>=&|", left) // the halves of an operator
}
