// SPDX-License-Identifier: Apache-2.0

// Package scaffold writes a first configuration for headers: their enums, families of macros and structs, with
// guessed Go names. What it writes passes the check stage as it is; what it leaves out stands in it as a
// comment, with the reason.
package scaffold

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/flat"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Options is what a configuration says beside what is in the headers. Paths are relative to the configuration,
// with slashes.
type Options struct {
	Config  string   // the configuration's file name
	Package string   // the Go package
	Output  string   // the Go file
	Headers []string // as the unit's positions name them
	From    []string // those whose declarations are asked for; Headers where it is empty
	Include []string
	Defines []string
	Prelude []string
	Target  string
	Lenient bool
	Only    Only // what to ask for of them

	Notes []string // what Write has to say of its choice
}

// ErrNothing says that headers declare nothing that can be carried over.
var ErrNothing = errors.New("nothing in these headers can be carried over")

// Write returns a configuration for what the named headers of the unit declare. What they include is left to
// them. The error wraps ErrNothing, or says that the check stage refuses what cannot be left
// out (a package that is no Go name).
func Write(u *model.Unit, o *Options) ([]byte, error) {
	p := propose(u, o)
	for {
		switch {
		case !p.empty():
		case len(p.Only) > 0 && len(p.left) == 0:
			return nil, fmt.Errorf("%w: %w", ErrNothing, p.Only.None())
		default:
			return nil, errors.Join(ErrNothing, p.reasons())
		}
		data := p.write()
		if len(data) > config.MaxSize {
			return nil, fmt.Errorf("a configuration with all %d constants and %d structs is too large (%d bytes, the most is %d): select some by name (--only)",
				p.constants(), len(p.structs), len(data), config.MaxSize)
		}
		err := run(o.Config, data, u)
		if err == nil {
			return data, nil
		}
		var faults diag.Errors
		if !errors.As(err, &faults) || !p.leaveOut(faults) {
			return nil, err
		}
	}
}

// constants returns how many constants are asked for.
func (p *proposal) constants() int {
	n := len(p.singles)
	for _, g := range p.groups {
		n += len(g.members) - len(g.exclude)
	}
	return n
}

// run takes a configuration through the stages that can refuse it.
func run(name string, data []byte, u *model.Unit) error {
	c, err := config.Parse(name, data)
	if err != nil {
		return err
	}
	_, err = check.Run(c, u)
	return err
}

// proposal is what a configuration is to ask for, and what it is not.
type proposal struct {
	*Options
	unit    *model.Unit
	singles []*single
	groups  []*group
	structs []*structure
	left    []model.Skipped // in the order in which they were found

	fieldEnums map[*model.Enum]bool // those that are types of fields
}

// single is a constant that belongs to no group.
type single struct {
	constant *model.Constant
	lines
}

// group is a Go type for the values of constants.
type group struct {
	name    string
	enum    *model.Enum // nil for macros
	members []*model.Constant
	exclude []*model.Constant // members that are left out
	pattern string            // matches the members and no other macro of their header; "" where there is none
	prefix  string            // what the members' names begin with
	width   string            // the Go integer of the fields that hold it; "" for the smallest

	isFieldType bool // a field has the enum as its type
	isFlagField bool // a field called flags has its values
	lines
}

// structure is a record to carry over.
type structure struct {
	record *model.Record
	key    string // what the configuration calls it
	name   string // the Go name
	fields []pair // Go names of fields
	types  []pair // groups of fields
	lines
}

// pair is an entry of a mapping.
type pair struct{ key, value string }

// lines are the first and the last line that something takes in the configuration.
type lines struct{ first, last int }

func (p *proposal) empty() bool { return len(p.singles)+len(p.groups)+len(p.structs) == 0 }

// reasons returns what was left out as an error, nil where nothing was.
func (p *proposal) reasons() error {
	var l diag.List
	for _, s := range p.left {
		l.Addf(s.Pos, s.Name, "%s", s.Reason)
	}
	return l.Err()
}

func (p *proposal) leave(name string, pos model.Pos, reason string) {
	p.left = append(p.left, model.Skipped{Name: name, Pos: pos, Reason: reason})
}

// leaveOut takes out what faults are about. It returns false where no fault is about something that can be taken
// out. Some may be gone with what another fault took out.
func (p *proposal) leaveOut(faults diag.Errors) bool {
	progress := false
	for _, f := range faults {
		if p.leaveOutSingle(f) || p.leaveOutStruct(f) || p.leaveOutMember(f) || p.dissolve(f) {
			progress = true
		}
	}
	return progress
}

// about reports whether a fault is about something that takes these lines of the configuration.
func (p *proposal) about(f *diag.Fault, l lines) bool {
	return slices.ContainsFunc(append(f.See, f.Pos), func(pos model.Pos) bool {
		return pos.File == p.Config && l.first <= pos.Line && pos.Line <= l.last
	})
}

func (p *proposal) leaveOutSingle(f *diag.Fault) bool {
	i := slices.IndexFunc(p.singles, func(s *single) bool { return s.constant.Pos == f.Pos || p.about(f, s.lines) })
	if i < 0 {
		return false
	}
	c, why := p.singles[i].constant, f.Msg
	if inner := p.inner(c); inner >= 0 {
		i, c, why = inner, p.singles[inner].constant, "has the Go name of "+c.Name
	}
	p.leave(c.Name, c.Pos, why)
	p.singles = slices.Delete(p.singles, i, i+1)
	return true
}

// inner returns the single constant whose name is that of c behind underscores: the one of the two that a header keeps for itself,
// as __EVENT_MAX where EVENT_MAX is made of it. It returns -1 where there is none.
func (p *proposal) inner(c *model.Constant) int {
	return slices.IndexFunc(p.singles, func(s *single) bool {
		name := s.constant.Name
		return name != c.Name && strings.TrimLeft(name, "_") == c.Name
	})
}

func (p *proposal) leaveOutStruct(f *diag.Fault) bool {
	i := slices.IndexFunc(p.structs, func(s *structure) bool { return p.about(f, s.lines) })
	if i < 0 {
		i = slices.IndexFunc(p.structs, func(s *structure) bool { return inRecord(s.record, f.Pos) })
	}
	if i < 0 {
		return false
	}
	r := p.structs[i].record
	p.leave(r.Name, r.Pos, reason(f, r.Name))
	p.structs = slices.Delete(p.structs, i, i+1)
	return true
}

// reason says why something was left out: what a fault says, with its subject where that is only a part of it.
func reason(f *diag.Fault, whole string) string {
	if f.Subject == "" || f.Subject == whole {
		return f.Msg
	}
	return fmt.Sprintf("%s: %s", f.Subject, f.Msg)
}

// inRecord reports whether a position is that of a record, of one of its fields, or of a record in it.
func inRecord(r *model.Record, pos model.Pos) bool { return within(r, pos, map[*model.Record]bool{}) }

func within(r *model.Record, pos model.Pos, seen map[*model.Record]bool) bool {
	if r == nil || seen[r] {
		return false
	}
	seen[r] = true
	return r.Pos == pos || slices.ContainsFunc(r.Fields, func(f *model.Field) bool {
		t := flat.Element(f.Type)
		return f.Pos == pos || f.Use.IsValid() && f.Use == pos || t != nil && within(t.Record, pos, seen)
	})
}

// leaveOutMember leaves out the one member of a group that a fault is about.
func (p *proposal) leaveOutMember(f *diag.Fault) bool {
	for i, g := range p.groups {
		for _, c := range g.members {
			if c.Pos != f.Pos || c.Name != f.Subject || slices.Contains(g.exclude, c) {
				continue
			}
			g.exclude = append(g.exclude, c)
			p.leave(c.Name, c.Pos, f.Msg)
			if len(g.exclude) == len(g.members) {
				p.groups = slices.Delete(p.groups, i, i+1)
			}
			return true
		}
	}
	return false
}

// dissolve makes single constants of the members of a group that cannot be one.
func (p *proposal) dissolve(f *diag.Fault) bool {
	i := slices.IndexFunc(p.groups, func(g *group) bool { return p.about(f, g.lines) })
	if i < 0 {
		return false
	}
	for _, c := range p.groups[i].included() {
		p.singles = append(p.singles, &single{constant: c})
	}
	p.groups = slices.Delete(p.groups, i, i+1)
	return true
}
