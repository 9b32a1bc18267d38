// SPDX-License-Identifier: Apache-2.0

// Package header reads C headers and returns their structs as data: the offset and type of each field, and the names of
// its values. It is for programs that decode messages by a header that they read at run time. If the header is known when the
// program is built, generate Go from it instead (package gen).
//
// It imports far less than package gen: it parses headers and lays out structs, and generates nothing.
package header

import (
	"cmp"
	"errors"
	"fmt"
	"go/constant"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Options name headers and say how to read them. Paths are the system's, relative to the working directory.
type Options struct {
	Paths   []string
	Include []string // directories to search for included headers, before the embedded headers
	Prelude []string // headers read before them, as #include names them or from the working directory
	Defines []string // macros: "NAME=VALUE", or "NAME" for 1
	Target  string   // an ABI, as lockstep names them; "bpfel" where it is ""
}

// Faults are everything that is wrong with a header or a configuration, by position. They are the Faults of package gen: each
// has Pos (File, Line and Col), Subject and Msg.
type Faults = diag.Errors

// Unit is what a set of headers declares. It must not be changed, and is safe for concurrent use.
type Unit struct {
	unit  *model.Unit
	files string                      // what was read, for messages
	enums map[string]map[string]*Enum // the names of fields' values that a configuration says, by struct
	least map[string]int              // how many bytes every sender sends, by struct, where a configuration says so
	named []string                    // the structs that a configuration names
}

// Read reads headers. What cannot be read in them is skipped, with all that needs it; Struct says so where it is asked
// for. An error is Faults, unless the target does not exist.
func Read(o Options) (*Unit, error) {
	c := cparse.Options{Dir: ".", Lenient: true}
	target := cmp.Or(o.Target, "bpfel")
	if err := machine.Check(target); err != nil {
		return nil, err
	}
	t, _ := machine.Lookup(target)
	c.Target, c.Defines = t.ABI, t.Defines(o.Defines)
	c.Headers, c.Include, c.Prelude = slashes(o.Paths), slashes(o.Include), slashes(o.Prelude)
	unit, err := cparse.Parse(c)
	if err != nil {
		return nil, err
	}
	return &Unit{unit: unit, files: strings.Join(o.Paths, ", ")}, nil
}

func slashes(paths []string) []string {
	var all []string
	for _, p := range paths {
		all = append(all, filepath.ToSlash(filepath.Clean(p)))
	}
	return all
}

// Structs returns the names of all structs, in the order of the headers: tags, or the names that typedefs give. Those of
// the embedded headers, which stand for the system's, are left out.
func (u *Unit) Structs() []string {
	var names []string
	for _, r := range u.unit.Records {
		if !r.Union && slices.Contains(u.unit.Inputs, r.Pos.File) {
			names = append(names, bare(r))
		}
	}
	return names
}

// Configured returns the names of the structs that a configuration lists; none for headers.
func (u *Unit) Configured() []string { return u.named }

// bare returns a record's name without its keyword.
func bare(r *model.Record) string {
	_, name, found := strings.Cut(r.Name, " ")
	if !found {
		return r.Name
	}
	return name
}

// Struct returns the struct of a name: a tag, with or without its keyword, or a typedef's name. The error is an *UnknownError if
// the headers have no such struct; others say why it cannot be read.
func (u *Unit) Struct(name string) (*Struct, error) {
	for _, r := range u.unit.Records {
		if r.Name == name || bare(r) == name || r.Alias == name {
			if r.Union {
				return nil, fmt.Errorf("%s is a union: a message is a struct", r.Name)
			}
			return u.newStruct(r)
		}
	}
	for _, s := range u.unit.Skipped {
		if s.Name == name || s.Name == "struct "+name {
			return nil, fmt.Errorf("struct %s (%v) cannot be read: %s", name, s.Pos, s.Reason)
		}
	}
	return nil, &UnknownError{What: "struct", Name: name, Where: u.files, Known: u.Structs()}
}

// Constant returns the value of a macro or an enumerator.
func (u *Unit) Constant(name string) (int64, bool) {
	for _, c := range u.unit.Constants {
		if c.Name == name {
			return number(c)
		}
	}
	return 0, false
}

// number returns a constant's value as 64 bits.
func number(c *model.Constant) (int64, bool) {
	if c.Value == nil || c.Value.Kind() != constant.Int {
		return 0, false
	}
	if v, ok := constant.Int64Val(c.Value); ok {
		return v, true
	}
	v, ok := constant.Uint64Val(c.Value)
	return int64(v), ok
}

// UnknownError says that there is no such thing, and what there is.
type UnknownError struct {
	What, Name string
	Where      string   // in which headers, or which struct
	Known      []string // the names that there are
}

// maxKnown is how many names a message lists.
const maxKnown = 40

// Error names what there is.
func (e *UnknownError) Error() string {
	known := slices.Clone(e.Known)
	slices.Sort(known)
	more := ""
	if len(known) > maxKnown {
		more = fmt.Sprintf(" and %d more", len(known)-maxKnown)
		known = known[:maxKnown]
	}
	if len(known) == 0 {
		return fmt.Sprintf("%s: no %s is called %q, nor anything else", e.Where, e.What, e.Name)
	}
	return fmt.Sprintf("%s: no %s is called %q; there are %s%s", e.Where, e.What, e.Name, strings.Join(known, ", "), more)
}

var errTooManyFields = errors.New("the struct has more fields, nested ones included, than can be shown")
