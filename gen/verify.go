// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/verify"
)

// maxObject is the largest object that is read, in bytes.
const maxObject = 4 << 30

// ErrNothingFound says that objects have nothing of what configurations ask for, so that nothing is verified.
var ErrNothingFound = errors.New("the objects have none of the records and enums of the configurations " +
	"(a compiler writes down the types that code or a global refers to)")

// Verification is what holding objects against configurations found.
type Verification struct {
	Mismatches []byte   // what differs, with both layouts; empty where nothing does
	Summary    []byte   // what each object was found to have and not to have
	NotFound   []string // records and enums that are in no object, as "file:line:col: name"
}

// Verify holds the records and enums that configurations ask for, and what these hold, against compiled
// objects: their BTF, and their DWARF where they have it. Macros are in no object. The target is that of each
// configuration, or the given one where it is not "". Faults come as Faults; the error wraps ErrNothingFound
// where no object has anything to compare.
func Verify(configs, objects []string, target string) (*Verification, error) {
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

// readObjects reads all objects, and tells the errors of all that cannot be read.
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

func readObject(path string) (*verify.Object, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxObject {
		return nil, fmt.Errorf("%s: not a file of at most %d bytes", path, int64(maxObject))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return verify.Read(filepath.ToSlash(path), f)
}

// verifier collects reports.
type verifier struct {
	Verification
	wanted []verify.Item
	found  map[string]bool // by the text of the item
}

// config compares what one configuration asks for with every object.
func (v *verifier) config(path, target string, objects []*verify.Object) error {
	dir := filepath.Dir(path)
	c, err := load(path)
	if err != nil {
		return explain(dir, err)
	}
	if target != "" {
		c.Target, c.Targets = config.Text{Value: target, Pos: c.Pos}, nil
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
			v.add(r)
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
				unfit = cmp.Or(unfit, fmt.Errorf("%s: compiled for %s, which is none of the targets", o.Name, o.Machine))
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

func (v *verifier) add(r *verify.Report) {
	v.Mismatches = append(v.Mismatches, r.Text()...)
	v.Summary = append(v.Summary, r.Summary()...)
	for _, i := range r.Verified {
		v.found[itemText(i)] = true
	}
	for _, m := range r.Mismatches {
		v.found[itemText(m.Item)] = true
	}
	v.wanted = append(v.wanted, r.Missing...)
}

func itemText(i verify.Item) string { return fmt.Sprintf("%v: %s", i.Pos, i.Name) }

// result lists what no object has.
func (v *verifier) result() *Verification {
	seen := map[string]bool{}
	for _, i := range v.wanted {
		if text := itemText(i); !v.found[text] && !seen[text] {
			seen[text] = true
			v.NotFound = append(v.NotFound, text)
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
