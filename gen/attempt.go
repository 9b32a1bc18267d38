// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

const (
	maxIncludes = 16    // include directories that are found, for one list of headers
	maxAncestor = 6     // directories above a header in which to look
	maxWalk     = 30000 // files of a project to look through
)

// attempt is a way to read headers that were not made to be read alone: what they need before them, and where their
// includes are.
type attempt struct {
	Headers
	notes    []string // what was found, for the user
	verbatim bool     // whether to look for nothing
}

// find reads headers. Where they cannot be read as the user says, it looks for what they miss: include directories of the
// same project, the macro that names the architecture, a vmlinux.h, or the embedded headers. It returns what worked.
func (h Headers) find(dir string) (*model.Unit, *attempt, error) {
	a := &attempt{Headers: h}
	unit, err := a.complete(dir)
	if err == nil {
		return unit, a, nil
	}
	first, best, fewest, tries := err, err, count(err), []*attempt{a}
	if len(h.Prelude) == 0 && a.canHelp(dir, err) {
		for _, prelude := range a.preludes() {
			try := a.with(prelude)
			if unit, err = try.complete(dir); err == nil {
				return unit, try, nil
			}
			if n := count(err); n < fewest {
				best, fewest = err, n
			}
			tries = append(tries, try)
		}
	}
	if len(h.Prelude) == 0 {
		if try := a.withDeclaring(dir, first); try != nil {
			if unit, err = try.complete(dir); err == nil {
				return unit, try, nil
			}
			tries = append(tries, try)
		}
	}
	if len(a.Include) > len(h.Include) {
		tries = append(tries, &attempt{Headers: h, verbatim: true}) // the directories that were found may be another program's
	}
	if unit, try := leastLeft(dir, tries); unit != nil {
		return unit, try, nil
	}
	return nil, a, best
}

// canHelp reports whether a header that is read first changes anything about what cannot be read: where neither the least nor the
// most of them does, what is between them need not be tried.
func (a *attempt) canHelp(dir string, err error) bool {
	list := a.preludes()
	for _, prelude := range [][]string{list[0], list[len(list)-1]} {
		if _, other := a.with(prelude).complete(dir); other == nil || other.Error() != err.Error() {
			return true
		}
	}
	return false
}

// with returns an attempt that reads other headers first.
func (a *attempt) with(prelude []string) *attempt {
	try := *a
	try.Prelude = prelude
	try.notes = append(slices.Clone(a.notes), fmt.Sprintf(
		"the headers expect %s before them: prelude: says so in the configuration", strings.Join(prelude, " and ")))
	return &try
}

// complete reads headers, and adds what they are found to miss.
func (a *attempt) complete(dir string) (*model.Unit, error) {
	unit, err := a.parse(dir)
	for range maxIncludes {
		if err == nil || a.verbatim || !a.addInclude(err) && !a.addArchitecture(err) && !a.addNamed(dir, err) {
			break
		}
		unit, err = a.parse(dir)
	}
	return unit, err
}

// leastLeft returns the attempt that leaves out the least of what cannot be read, the first of them, and its unit; nil
// where none is left that can be read so.
func leastLeft(dir string, tries []*attempt) (best *model.Unit, by *attempt) {
	fewest := 0
	for _, try := range tries {
		try.Lenient = true
		unit, err := try.complete(dir)
		if err != nil {
			continue
		}
		n := 0
		for _, s := range unit.Skipped {
			if s.Unread {
				n++
			}
		}
		if best == nil || n < fewest {
			best, by, fewest = unit, try, n
		}
	}
	if by != nil {
		by.notes = append(by.notes, "some declarations cannot be read and are left out: the configuration lists them")
	}
	return best, by
}

// count returns how many faults an error is.
func count(err error) int {
	var faults Faults
	if !errors.As(err, &faults) {
		return 1
	}
	return len(faults)
}

// addArchitecture defines the macro of the target's architecture where an #error asks for one: libbpf's or, for headers that know
// no other, a compiler's.
func (a *attempt) addArchitecture(err error) bool {
	var faults Faults
	usual, ok := machine.Usual(a.target())
	if !errors.As(err, &faults) || !ok {
		return false
	}
	needed := func(name string) bool {
		return name != "" && !slices.Contains(a.Defines, name) &&
			slices.ContainsFunc(faults, func(f *diag.Fault) bool { return slices.Contains(f.Undefined, name) })
	}
	name := usual.Define
	switch {
	case needed(name) && usual.ABI == a.target():
		a.Target = usual.Name
		a.notes = append(a.notes, fmt.Sprintf("%s is defined, because the headers need an architecture: the configuration has target: %s "+
			"(targets: [amd64, arm64] generates code for each)", name, usual.Name))
		return true
	case needed(name):
	case needed(usual.Compiler()):
		name = usual.Compiler()
	default:
		return false
	}
	a.Defines = append(slices.Clone(a.Defines), name)
	a.notes = append(a.notes, name+" is defined, because the headers need an architecture: it is under define: in the configuration")
	return true
}

// addNamed reads a header before the others that an #error of theirs names, as in "include bpf/ctx/skb.h first": the first one
// that is found.
func (a *attempt) addNamed(dir string, err error) bool {
	var faults Faults
	if !errors.As(err, &faults) {
		return false
	}
	for _, f := range faults {
		for _, name := range f.Named {
			if path.IsAbs(name) || strings.Contains(name, "..") || strings.HasSuffix("/"+filepath.ToSlash(f.Pos.File), "/"+name) {
				continue
			}
			first := name
			if !slices.ContainsFunc(a.Include, func(d string) bool { return isRegular(filepath.Join(dir, d, name)) }) {
				first = a.search(name)
			}
			if first == "" || slices.Contains(a.Prelude, first) {
				continue
			}
			a.Prelude = append(slices.Clone(a.Prelude), first)
			a.notes = append(a.notes, fmt.Sprintf("%s is read first, because an #error of %v names it: prelude: says so in the configuration", first, f.Pos))
			return true
		}
	}
	return false
}

// preludes returns what to read before headers that do not say what they need, in the order in which to try: little
// before much, and the project's own before the embedded ones.
func (a *attempt) preludes() [][]string {
	list := [][]string{{"linux/types.h"}}
	if found := a.search("vmlinux.h"); found != "" {
		list = append(list, []string{found}, []string{found, "bpf/bpf_helpers.h"})
	}
	return append(list,
		[]string{"vmlinux.h"}, []string{"bpf/bpf_helpers.h"}, []string{"vmlinux.h", "bpf/bpf_helpers.h"},
		[]string{"vmlinux.h", "linux/if_ether.h"}, []string{"linux/bpf.h", "linux/if_ether.h", "linux/in6.h"},
		[]string{"vmlinux.h", "bpf/bpf_helpers.h", "bpf/bpf_tracing.h", "bpf/bpf_endian.h"},
		[]string{"vmlinux.h", "bpf/bpf_helpers.h", "bpf/bpf_tracing.h", "bpf/bpf_endian.h", "linux/bpf.h",
			"linux/if_ether.h", "linux/in.h", "linux/ip.h", "linux/in6.h", "linux/tcp.h", "linux/pkt_cls.h"})
}

// addInclude looks for headers that were not found, and adds the directories from which they are. It returns false where
// there is nothing to add.
func (a *attempt) addInclude(err error) bool {
	var faults Faults
	if !errors.As(err, &faults) {
		return false
	}
	added := false
	for _, f := range faults {
		name := f.Header
		if name == "" || strings.HasPrefix(name, "/") || strings.Contains(name, "..") {
			continue
		}
		found := a.search(name)
		if found == "" {
			continue
		}
		directory := filepath.FromSlash(strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(found), path.Clean(name)), "/"))
		if directory == "" {
			directory = "."
		}
		if !slices.Contains(a.Include, directory) {
			a.Include = append(slices.Clone(a.Include), directory)
			a.notes = append(a.notes, fmt.Sprintf("%s is found in %s: include: says so in the configuration", name, directory))
			added = true
		}
	}
	return added
}

// likely are the directories, beside a header or above it, in which projects keep the headers that others include.
var likely = []string{"", "include", "headers", "bpf", "bpf/include", "bpf/headers", "vmlinux", "vmlinux/x86", "x86", "lib", "common"}

// search looks for a header by the name under which it is included: near the user's headers, then in all of their
// project. It returns its path, "" where there is none.
func (a *attempt) search(name string) string {
	name = filepath.FromSlash(path.Clean(name))
	for _, h := range a.Paths {
		dir := filepath.Dir(h)
		for range maxAncestor {
			for _, sub := range likely {
				if file := filepath.Join(dir, sub, name); isRegular(file) {
					return file
				}
			}
			if isRoot(dir) {
				break
			}
			dir = filepath.Join(dir, "..")
		}
	}
	for _, h := range a.Paths {
		if root := rootOf(filepath.Dir(h)); root != "" {
			if file := below(root, name); file != "" {
				return file
			}
		}
	}
	return ""
}

// isRoot reports whether a directory is where a project begins.
func isRoot(dir string) bool {
	for _, mark := range []string{".git", "go.mod"} {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			return true
		}
	}
	return false
}

// rootOf returns where the project of a directory begins, "" where nothing says so. A tree without its repository begins at the
// outermost licence.
func rootOf(dir string) string {
	licensed := ""
	for range 2 * maxAncestor {
		if isRoot(dir) {
			return dir
		}
		if files, _ := filepath.Glob(filepath.Join(dir, "LICEN[CS]E*")); len(files) > 0 {
			licensed = dir
		}
		dir = filepath.Join(dir, "..")
	}
	return licensed
}

// below returns the file of a directory, or below it, whose path ends in name: the first by name with the fewest directories.
func below(root, name string) string {
	best := ""
	eachFile(root, func(file string, d fs.DirEntry) {
		if strings.HasSuffix(file, string(filepath.Separator)+name) && d.Type().IsRegular() &&
			(best == "" || strings.Count(file, string(filepath.Separator)) < strings.Count(best, string(filepath.Separator))) {
			best = file
		}
	})
	return best
}

// eachFile goes over the files of a project, and reports whether these were all: it stops after maxWalk. It leaves out hidden
// directories and those that it may not read.
func eachFile(root string, visit func(file string, d fs.DirEntry)) (all bool) {
	files := 0
	_ = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // another user's directory
		case d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if files++; files > maxWalk {
			return fs.SkipAll
		}
		visit(file, d)
		return nil
	})
	return files <= maxWalk
}
