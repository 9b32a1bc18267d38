// SPDX-License-Identifier: Apache-2.0

// Package diag collects the faults of one stage, so that all of them are reported at once, by position.
package diag

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// Fault is one thing that is wrong at one place.
type Fault struct {
	Pos     model.Pos
	Subject string // what the fault is about: a name, a key, a rule; may be empty
	Msg     string
	See     []model.Pos // other places that the fault is about
	Line    string      // the source line at Pos, for quoting; may be empty

	Header    string   // the header that was not found, as #include names it
	Undefined []string // the macros that would have kept an #error from being read, had they been defined
	Named     []string // the headers that the text of an #error names
	Lacking   string   // the type that is not declared, as C names it, or the macro that is not defined, as "macro NAME"
}

// Error returns "file:line:col: subject: what (see file:line:col)". The quoted line is left to Detail.
func (f *Fault) Error() string {
	var b strings.Builder
	for _, part := range []string{f.Pos.String(), f.Subject} {
		if part != "" {
			b.WriteString(part + ": ")
		}
	}
	b.WriteString(f.Msg)
	for i, p := range f.See {
		b.WriteString([]string{" (see ", ", "}[min(i, 1)] + p.String())
	}
	if len(f.See) > 0 {
		b.WriteByte(')')
	}
	return visible.Text(b.String())
}

// maxQuote bounds the part of a source line that is quoted, in bytes.
const maxQuote = 200

// Detail returns the error and, where the source line is known, that line with a caret below the column.
// Tabs are kept in the caret's line, so that it stands below the right column at any tab width.
func (f *Fault) Detail() string {
	if f.Line == "" || f.Pos.Col <= 0 || f.Pos.Col > len(f.Line)+1 {
		return f.Error()
	}
	line, col := around(f.Line, f.Pos.Col, maxQuote)
	pad := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, visible.Text(line[:col-1]))
	return fmt.Sprintf("%s\n    %s\n    %s^", f.Error(), visible.Text(line), pad)
}

// List is the faults of a stage. Its zero value is ready to use.
type List struct {
	faults []*Fault
}

// Add adds a fault.
func (l *List) Add(f *Fault) { l.faults = append(l.faults, f) }

// Addf adds a fault at pos about subject.
func (l *List) Addf(pos model.Pos, subject, format string, args ...any) Added {
	f := &Fault{Pos: pos, Subject: subject, Msg: fmt.Sprintf(format, args...)}
	l.Add(f)
	return Added{f}
}

// Added is a fault that is on its list.
type Added struct{ fault *Fault }

// Also adds places that the fault is about, beside the one where it is.
func (a Added) Also(see ...model.Pos) { a.fault.See = append(a.fault.See, see...) }

// NotFound says which header the fault says is not found.
func (a Added) NotFound(header string) { a.fault.Header = header }

// NotDefined says which macros are not defined where the fault is an #error about them.
func (a Added) NotDefined(names []string) { a.fault.Undefined = names }

// Naming says which headers the text of an #error names.
func (a Added) Naming(headers []string) { a.fault.Named = headers }

// Lacks says which type is not declared, or which macro is not defined: the latter with the word macro before its name.
func (a Added) Lacks(name string) { a.fault.Lacking = name }

// Len returns the number of faults.
func (l *List) Len() int { return len(l.faults) }

// Err returns nil where there is no fault, and otherwise an Errors with every fault once, sorted by
// position.
func (l *List) Err() error {
	if len(l.faults) == 0 {
		return nil
	}
	sorted := slices.Clone(l.faults)
	slices.SortStableFunc(sorted, func(a, b *Fault) int {
		if c := a.Pos.Compare(b.Pos); c != 0 {
			return c
		}
		return strings.Compare(a.Error(), b.Error())
	})
	sorted = slices.CompactFunc(sorted, func(a, b *Fault) bool { return a.Error() == b.Error() })
	return Errors(sorted)
}

// Errors is a stage's faults as an error.
type Errors []*Fault

// Error returns a line for each fault.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, f := range e {
		lines[i] = f.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find a single fault.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, f := range e {
		out[i] = f
	}
	return out
}

// Truncate keeps the first n faults.
func (l *List) Truncate(n int) { l.faults = l.faults[:n] }

// Merge adds the faults of m.
func (l *List) Merge(m *List) { l.faults = append(l.faults, m.faults...) }

// All returns the faults in the order in which they were added. They may be changed in place.
func (l *List) All() []*Fault { return l.faults }
