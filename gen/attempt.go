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
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

const (
	maxIncludes = 16    // include folders that are found, for one list of headers
	maxAncestor = 6     // folders above a header in which to look
	maxWalk     = 30000 // files of a project to look through
)

// attempt is a way to read headers that were not made to be read alone: what they need before them, and where their
// includes are.
type attempt struct {
	Headers
	notes []string // what was found, for the user
}

// find reads headers. Where they cannot be read as the user says, it looks for what they miss: include folders of the
// same project, a vmlinux.h, or the embedded headers. It returns what worked.
func (h Headers) find(dir string) (*model.Unit, *attempt, error) {
	a := &attempt{Headers: h}
	unit, err := a.parse(dir)
	for range maxIncludes {
		if err == nil || !a.addInclude(err) {
			break
		}
		unit, err = a.parse(dir)
	}
	if err == nil || len(h.Prelude) > 0 {
		return unit, a, err
	}
	best, fewest, lenient := err, count(err), *a
	for _, prelude := range a.preludes() {
		try := *a
		try.Prelude = prelude
		if unit, err = try.parse(dir); err == nil {
			try.notes = append(slices.Clone(a.notes), fmt.Sprintf(
				"the headers expect %s before them: prelude: says so in the configuration", strings.Join(prelude, " and ")))
			return unit, &try, nil
		}
		if n := count(err); n < fewest {
			best, fewest, lenient = err, n, try
		}
	}
	lenient.Lenient = true
	if unit, err = lenient.parse(dir); err == nil {
		lenient.notes = append(lenient.notes, "some declarations cannot be read and are left out: the configuration lists them")
		return unit, &lenient, nil
	}
	return nil, a, best
}

// count returns how many faults an error is.
func count(err error) int {
	var faults Faults
	if !errors.As(err, &faults) {
		return 1
	}
	return len(faults)
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

// addInclude looks for headers that were not found, and adds the folders from which they are. It returns false where
// there is nothing to add.
func (a *attempt) addInclude(err error) bool {
	var faults Faults
	if !errors.As(err, &faults) {
		return false
	}
	added := false
	for _, f := range faults {
		name, ok := missing(f)
		if !ok {
			continue
		}
		found := a.search(name)
		if found == "" {
			continue
		}
		folder := filepath.FromSlash(strings.TrimSuffix(strings.TrimSuffix(filepath.ToSlash(found), path.Clean(name)), "/"))
		if folder == "" {
			folder = "."
		}
		if !slices.Contains(a.Include, folder) {
			a.Include = append(slices.Clone(a.Include), folder)
			a.notes = append(a.notes, fmt.Sprintf("%s is found in %s: include: says so in the configuration", name, folder))
			added = true
		}
	}
	return added
}

// missing returns the name of the header that a fault says is not found.
func missing(f *diag.Fault) (string, bool) {
	rest, ok := strings.CutPrefix(f.Msg, notFound)
	if !ok {
		return "", false
	}
	name, _, _ := strings.Cut(rest, " (")
	name = strings.Trim(name, `"<> `)
	return name, name != "" && !strings.HasPrefix(name, "/") && !strings.Contains(name, "..")
}

// likely are the folders, beside a header or above it, in which projects keep the headers that others include.
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

// isRoot tells whether a folder is where a project begins.
func isRoot(dir string) bool {
	for _, mark := range []string{".git", "go.mod"} {
		if _, err := os.Lstat(filepath.Join(dir, mark)); err == nil {
			return true
		}
	}
	return false
}

// rootOf returns where the project of a folder begins, "" where nothing says so.
func rootOf(dir string) string {
	for range 2 * maxAncestor {
		if isRoot(dir) {
			return dir
		}
		dir = filepath.Join(dir, "..")
	}
	return ""
}

// below returns the file of a folder, or below it, whose path ends in name: the first by name with the fewest folders.
func below(root, name string) string {
	best, files := "", 0
	_ = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil // somebody else's folder
		case d.IsDir() && file != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.IsDir():
			return nil
		}
		if files++; files > maxWalk {
			return fs.SkipAll
		}
		if strings.HasSuffix(file, string(filepath.Separator)+name) && d.Type().IsRegular() &&
			(best == "" || strings.Count(file, string(filepath.Separator)) < strings.Count(best, string(filepath.Separator))) {
			best = file
		}
		return nil
	})
	return best
}
