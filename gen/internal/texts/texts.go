// SPDX-License-Identifier: Apache-2.0

// Package texts reads the texts of constants where they do not stand beside them: in a text file with a line for each, or in
// a table of C, which may be inside of a function's body. C is read as it is written: nothing is expanded, and what depends
// on a condition is an error.
package texts

import (
	"go/constant"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// Lines reads a text file: on each line the name or the number of a constant, blanks, and its text. Empty lines and those
// that begin with # are left out. The name is what positions call the file.
func Lines(name string, data []byte) ([]model.Text, error) {
	l := &list{file: name}
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		n++
		l.line(n, strings.TrimRight(line, "\r\n"))
	}
	if len(l.texts) == 0 && l.faults.Len() == 0 {
		l.faults.Addf(model.Pos{File: name, Line: 1, Col: 1}, name, "no texts: want lines of a name or a number, blanks, and a text")
	}
	return l.texts, l.faults.Err()
}

// list collects texts and what is wrong with them.
type list struct {
	file   string
	texts  []model.Text
	faults diag.List
}

func (l *list) line(n int, line string) {
	rest := strings.TrimLeft(line, " \t")
	pos := model.Pos{File: l.file, Line: n, Col: 1 + len(line) - len(rest)}
	rest = strings.TrimRight(rest, " \t")
	if rest == "" || rest[0] == '#' {
		return
	}
	key, text := rest, ""
	if i := strings.IndexAny(rest, " \t"); i >= 0 {
		key, text = rest[:i], strings.TrimLeft(rest[i:], " \t")
	}
	t := model.Text{Pos: pos, Text: text}
	switch number := integer(key); {
	case number != nil:
		t.Number = number
	case isName(key):
		t.Name = key
	default:
		l.faults.Addf(pos, key, "neither the name of a constant nor a number: want NAME or NUMBER, blanks, and the text")
		return
	}
	if text == "" {
		l.faults.Addf(pos, key, "has no text: write it behind the name, or say in texts that there is none")
		return
	}
	l.add(t)
}

// add adds a text that generated code can show.
func (l *list) add(t model.Text) {
	if !utf8.ValidString(t.Text) || strings.ContainsFunc(t.Text, visible.Hidden) {
		l.faults.Addf(t.Pos, t.Key(), "the text has bytes that are not UTF-8, or characters that control how text is shown")
		return
	}
	l.texts = append(l.texts, t)
}

// isName reports whether a text is a C identifier.
func isName(s string) bool {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != ""
}

// integer returns the value of an integer constant of C, which may have a sign; nil for none.
func integer(s string) constant.Value {
	digits, minus := strings.CutPrefix(s, "-")
	digits = strings.TrimRight(digits, "uUlL")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || strings.ContainsAny(digits, "_oO") {
		return nil
	}
	v := constant.MakeFromLiteral(digits, token.INT, 0)
	if v.Kind() != constant.Int || constant.BitLen(v) > 64 {
		return nil
	}
	if minus {
		v = constant.UnaryOp(token.SUB, v, 0)
	}
	return v
}
