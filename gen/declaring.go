// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxDeclaring bounds a header in which to look for a declaration, in bytes: what a tool has written from a kernel is larger.
const maxDeclaring = 1 << 20

// withDeclaring returns an attempt that reads headers of the same project before the others: each declares what a fault says is
// not declared, and no other header of the project does. It returns nil where there is none.
func (a *attempt) withDeclaring(dir string, err error) *attempt {
	try := *a
	for range maxIncludes {
		if err == nil || !try.addDeclaring(err) {
			break
		}
		_, err = try.complete(dir)
	}
	if len(try.Prelude) == len(a.Prelude) {
		return nil
	}
	return &try
}

// addDeclaring puts a header that declares what is missing in front of those that are read first, since they may need it.
func (a *attempt) addDeclaring(err error) bool {
	var faults Faults
	if !errors.As(err, &faults) {
		return false
	}
	tried := map[string]bool{"": true}
	for _, f := range faults {
		if tried[f.Lacking] {
			continue
		}
		tried[f.Lacking] = true
		first := a.declares(f.Lacking)
		if first == "" || slices.Contains(a.Prelude, first) {
			continue
		}
		a.Prelude = append([]string{first}, a.Prelude...)
		a.notes = append(slices.Clone(a.notes),
			fmt.Sprintf("%s is read first, because it alone declares %s: prelude: says so in the configuration", first, f.Lacking))
		return true
	}
	return false
}

// declares returns the one header of the user's project that declares a type or defines a macro, "" where none or several do.
func (a *attempt) declares(name string) string {
	pattern := declaration(name)
	roots := map[string]bool{}
	found := ""
	for _, h := range a.Paths {
		root := rootOf(filepath.Dir(h))
		if root == "" || roots[root] {
			continue
		}
		roots[root] = true
		for _, file := range headersBelow(root) {
			data, err := os.ReadFile(file)
			if err != nil || !pattern.Match(data) || slices.Contains(a.Paths, file) {
				continue
			}
			if found != "" {
				return ""
			}
			found = file
		}
	}
	return found
}

// declaration matches where a record or an enum is declared with its members, or a macro is defined; what is only called a type may
// be either another name of one or a macro.
func declaration(name string) *regexp.Regexp {
	kind, tag, ok := strings.Cut(name, " ")
	if !ok {
		tag = name
	}
	tag = regexp.QuoteMeta(tag)
	macro := `^[ \t]*#[ \t]*define[ \t]+` + tag + `\b`
	switch {
	case kind == "macro":
		return regexp.MustCompile(`(?m)` + macro)
	case ok:
		return regexp.MustCompile(`(?m)^[ \t]*(typedef\s+)?` + regexp.QuoteMeta(kind) + `\s+` + tag + `\s*\{`)
	}
	return regexp.MustCompile(`(?m)` + macro + `|^[ \t]*typedef\b[^;{}]*\b` + tag + `\s*;|^\}[^;{}]*\b` + tag + `\s*;`)
}

// headersBelow returns the headers of a project that are small enough to be written by hand, none if the project is too large to
// look at all of it: what is not looked at may declare the same.
func headersBelow(root string) (list []string) {
	all := eachFile(root, func(file string, d fs.DirEntry) {
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() && info.Size() <= maxDeclaring && strings.HasSuffix(file, ".h") {
			list = append(list, file)
		}
	})
	if !all {
		return nil
	}
	return list
}
