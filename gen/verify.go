// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/verify"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// maxObject is the largest object that is read, in bytes.
const maxObject = 4 << 30

// ErrNothingFound says that objects have nothing of what configurations ask for, so that nothing is verified.
var ErrNothingFound = errors.New("the objects have none of the records and enums of the configurations " +
	"(a compiler writes down the types that code or a global refers to)")

// Verification is what comparing objects with configurations found. No list is nil.
type Verification struct {
	Reports  []ObjectReport `json:"reports"`  // one for each object and configuration that has to do with it
	NotFound []Item         `json:"notFound"` // records and enums that are in no object
}

// ObjectReport is what comparing one object with one configuration found, each list in the order of the headers.
type ObjectReport struct {
	Object     string     `json:"object"`    // the object's path
	Config     string     `json:"config"`    // the configuration's path
	Target     string     `json:"target"`    // the target for which the headers were read
	Machine    string     `json:"machine"`   // the object's, as ELF names it: "EM_BPF"; "BTF" for BTF alone
	BigEndian  bool       `json:"bigEndian"` // whether the object is
	Verified   []Item     `json:"verified"`
	Missing    []Item     `json:"missing"` // what the object does not have
	Mismatches []Mismatch `json:"mismatches"`
}

// Item is a record or an enum of a header.
type Item struct {
	Name   string   `json:"name"`   // "struct s", "enum e", a typedef's name, or "enum { FIRST_MEMBER, ... }"
	Pos    Position `json:"pos"`    // in the header
	Format string   `json:"format"` // where it was found: "BTF", "DWARF" or "BTF, DWARF"; "" for what is missing
}

// Mismatch is a record or an enum that an object has otherwise than the headers.
type Mismatch struct {
	Item
	Differences []string `json:"differences"` // each a member and what is different about it
	Header      Layout   `json:"header"`      // as the headers have it
	Object      Layout   `json:"object"`      // as the object has it
}

// Layout is a record, or the members of an enum.
type Layout struct {
	Record  *Record      `json:"record,omitempty"`
	Members []Enumerator `json:"members,omitempty"`
}

// Enumerator is a member of an enum.
type Enumerator struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
}

// Verify compares the records and enums that configurations ask for, and those inside of them, with compiled
// objects: their BTF, and their DWARF where they have it. Macros are in no object. The target is that of each
// configuration, or the given one where it is not "". Faults come as Faults; the error wraps ErrNothingFound
// where no object has anything to compare.
func Verify(configs, objects []string, target string) (*Verification, error) {
	if len(objects) == 0 {
		return nil, errors.New("no objects are given")
	}
	if target != "" {
		if err := machine.Check(target); err != nil {
			return nil, err
		}
	}
	v := &verifier{found: map[string]bool{}}
	loaded, err := readObjects(objects)
	if err != nil {
		return nil, err
	}
	for _, path := range configs {
		if err := v.config(path, target, loaded); err != nil {
			return nil, err
		}
	}
	if len(v.found) == 0 {
		return nil, fmt.Errorf("%s: %w", strings.Join(objects, ", "), ErrNothingFound)
	}
	return v.result(), nil
}

// readObjects reads all objects. Its error has those of all that cannot be read.
func readObjects(paths []string) ([]*verify.Object, error) {
	var list []*verify.Object
	var errs []error
	for _, path := range paths {
		o, err := readObject(path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		list = append(list, o)
	}
	return list, errors.Join(errs...)
}

// readObject reads an object. The BTF of a kernel module builds on that of its kernel, which is next to it.
func readObject(path string) (*verify.Object, error) {
	f, err := regular.Open(path, maxObject)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	o, err := verify.Read(filepath.ToSlash(path), f)
	if !errors.Is(err, verify.ErrSplit) {
		return o, err
	}
	kernel := filepath.Join(filepath.Dir(path), "vmlinux")
	base, cannot := regular.Open(kernel, maxObject)
	if cannot != nil {
		return nil, fmt.Errorf("%w: put that next to it under the name vmlinux, as in /sys/kernel/btf", err)
	}
	defer func() { _ = base.Close() }() // it was only read
	return verify.ReadModule(filepath.ToSlash(path), f, base)
}

// verifier collects reports.
type verifier struct {
	Verification
	wanted []Item
	found  map[string]bool // by the text of the item
}

// config compares what one configuration asks for with every object.
func (v *verifier) config(path, override string, objects []*verify.Object) error {
	dir := filepath.Dir(path)
	c, err := load(path)
	if err != nil {
		return explain(dir, err)
	}
	if override != "" {
		c.Target, c.Targets = config.Text{Value: override, Pos: c.Pos}, nil
	}
	list, err := perTarget(c)
	if err != nil {
		return explain(dir, err)
	}
	of, err := objectsOf(list, objects)
	if err != nil {
		return err
	}
	for i, one := range list {
		if len(of[i]) == 0 {
			continue
		}
		checked, unit, err := lower(dir, one)
		if err != nil {
			return explain(dir, err)
		}
		want := wanted(checked, unit)
		for _, o := range of[i] {
			r := verify.Compare(want, o)
			r.Rename(func(p model.Pos) model.Pos { return rebase(dir, p) })
			v.add(report(r, path, target(one)))
		}
	}
	return nil
}

// objectsOf returns which objects are compiled for which target: those that their names say, as bpf2go names them, or else
// the one whose ABI fits.
func objectsOf(list []*config.Config, objects []*verify.Object) ([][]*verify.Object, error) {
	of := make([][]*verify.Object, len(list))
	for _, o := range objects {
		var fit []int
		var unfit error
		for i, c := range list {
			t, _ := machine.Lookup(target(c))
			if err := verify.Fits(t.ABI, o); err != nil {
				unfit = cmp.Or(unfit, err)
				continue
			}
			if len(list) > 1 && strings.HasPrefix(t.Name, "linux/") && o.Target() != t.Name {
				unfit = cmp.Or(unfit, fmt.Errorf("%s: compiled for %s, which is not one of the targets", o.Name, o.Machine))
				continue
			}
			if len(list) > 1 && strings.HasSuffix(o.Name, t.Suffix+".o") {
				fit = []int{i}
				break
			}
			fit = append(fit, i)
		}
		switch {
		case len(fit) == 0:
			return nil, unfit
		case len(fit) > 1:
			return nil, fmt.Errorf("%s: compiled for %s or %s? say which with --target", o.Name, target(list[fit[0]]), target(list[fit[1]]))
		}
		of[fit[0]] = append(of[fit[0]], o)
	}
	return of, nil
}

func (v *verifier) add(r ObjectReport) {
	v.Reports = append(v.Reports, r)
	for _, i := range r.Verified {
		v.found[i.String()] = true
	}
	for _, m := range r.Mismatches {
		v.found[m.String()] = true
	}
	v.wanted = append(v.wanted, r.Missing...)
}

// String returns "file:line:col: name".
func (i Item) String() string { return fmt.Sprintf("%v: %s", i.Pos, i.Name) }

// report returns a report as data.
func report(r *verify.Report, config, target string) ObjectReport {
	o := ObjectReport{
		Object: r.Object.Name, Config: config, Target: target, Machine: r.Object.Machine, BigEndian: r.Object.BigEndian,
		Verified: items(r.Verified), Missing: items(r.Missing), Mismatches: []Mismatch{},
	}
	for _, m := range r.Mismatches {
		o.Mismatches = append(o.Mismatches, Mismatch{item(m.Item), m.Diffs, layoutOf(m.Header), layoutOf(m.Built)})
	}
	return o
}

func items(list []verify.Item) []Item {
	out := []Item{}
	for _, i := range list {
		out = append(out, item(i))
	}
	return out
}

func item(i verify.Item) Item { return Item{i.Name, Position(i.Pos), i.Format} }

func layoutOf(l verify.Layout) Layout {
	if l.Record != nil {
		return Layout{Record: objectRecord(l.Record)}
	}
	var out Layout
	for _, m := range l.Enum.Members {
		out.Members = append(out.Members, Enumerator{m.Name, Value{m.Value}})
	}
	return out
}

// result lists what no object has.
func (v *verifier) result() *Verification {
	seen := map[string]bool{}
	v.NotFound = []Item{}
	for _, i := range v.wanted {
		if text := i.String(); !v.found[text] && !seen[text] {
			seen[text] = true
			v.NotFound = append(v.NotFound, i)
		}
	}
	return &v.Verification
}

// wanted returns the records that a plan mirrors, and the enums that its constants belong to.
func wanted(checked *check.Result, unit *model.Unit) verify.Want {
	names := map[string]bool{}
	for _, f := range checked.Files {
		for _, s := range f.Structs {
			names[s.C] = true
		}
		for _, c := range f.Constants {
			names[c.C] = true
		}
		for _, g := range f.Groups {
			for _, c := range g.Consts {
				names[c.C] = true
			}
		}
	}
	var want verify.Want
	for _, r := range unit.Records {
		if names[r.Name] || r.Tag != "" && names[r.Tag] {
			want.Records = append(want.Records, r)
		}
	}
	for _, e := range unit.Enums {
		if len(e.Members) > 0 && anyMember(e, names) {
			want.Enums = append(want.Enums, e)
		}
	}
	return want
}

func anyMember(e *model.Enum, names map[string]bool) bool {
	for _, m := range e.Members {
		if names[m.Name] {
			return true
		}
	}
	return false
}
