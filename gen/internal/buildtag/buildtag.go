// SPDX-License-Identifier: Apache-2.0

// Package buildtag says where Go builds a file, by its name and its build constraint, and compares that of two files.
package buildtag

import (
	"go/build/constraint"
	"path"
	"slices"
	"strings"
)

// maxFree is how many tags of the user's own two files may have for all their combinations to be tried.
const maxFree = 12

// When is a condition under which a file is built. The zero value is always.
type When struct {
	expr constraint.Expr // nil for always
}

// Of returns when Go builds the file of a path that has a build constraint, or "" for none: zz_linux.go is built on
// Linux alone. The error is about the constraint.
func Of(file, build string) (When, error) {
	var w When
	for _, tag := range tagsOf(path.Base(file)) {
		w = w.and(&constraint.TagExpr{Tag: tag})
	}
	if build == "" {
		return w, nil
	}
	expr, err := constraint.Parse("//go:build " + build)
	if err != nil {
		return w, err
	}
	return w.and(expr), nil
}

// tagsOf returns the tags that a file's name has behind its first underscore: an operating system, an architecture, or
// both in this order.
func tagsOf(name string) []string {
	name, _, _ = strings.Cut(name, ".")
	words := strings.Split(name, "_")[1:]
	n := len(words)
	switch {
	case n >= 2 && contains(systems, words[n-2]) && contains(machines, words[n-1]):
		return words[n-2:]
	case n >= 1 && (contains(systems, words[n-1]) || contains(machines, words[n-1])):
		return words[n-1:]
	}
	return nil
}

func (w When) and(expr constraint.Expr) When {
	if w.expr == nil {
		return When{expr}
	}
	return When{&constraint.AndExpr{X: w.expr, Y: expr}}
}

// Within reports whether a file of the other condition is built wherever one of this is.
func (w When) Within(other When) bool {
	return other.expr == nil || !w.and(&constraint.NotExpr{X: other.expr}).possible()
}

// Meets reports whether files of the two conditions are ever built together.
func (w When) Meets(other When) bool {
	return w.expr == nil || other.expr == nil || w.and(other.expr).possible()
}

// possible reports whether the condition holds anywhere: on some system and machine, with some of the other tags. Where
// it has too many tags to try, it is taken to.
func (w When) possible() bool {
	var system, machine, free []string
	for _, tag := range tags(w.expr, nil) {
		switch {
		case tag == "unix" || contains(systems, tag):
			system = strings.Fields(systems)
		case contains(machines, tag):
			machine = strings.Fields(machines)
		default:
			free = append(free, tag)
		}
	}
	if len(free) > maxFree {
		return true
	}
	for _, os := range append(system, "") {
		for _, arch := range append(machine, "") {
			if holds(w.expr, os, arch, free) {
				return true
			}
		}
	}
	return false
}

// holds tries a condition with all combinations of the free tags.
func holds(expr constraint.Expr, os, arch string, free []string) bool {
	for set := range 1 << len(free) {
		if expr.Eval(func(tag string) bool {
			if i := slices.Index(free, tag); i >= 0 {
				return set&(1<<i) != 0
			}
			return tag == arch || onSystem(tag, os)
		}) {
			return true
		}
	}
	return false
}

// onSystem reports whether a tag holds on an operating system: some are variants of others.
func onSystem(tag, os string) bool {
	switch tag {
	case os:
		return true
	case "unix":
		return contains(unixes, os)
	}
	return os != "" && tag == map[string]string{"android": "linux", "illumos": "solaris", "ios": "darwin"}[os]
}

// tags adds the tags of an expression to a list, each once.
func tags(expr constraint.Expr, list []string) []string {
	switch x := expr.(type) {
	case *constraint.TagExpr:
		if !slices.Contains(list, x.Tag) {
			list = append(list, x.Tag)
		}
	case *constraint.NotExpr:
		list = tags(x.X, list)
	case *constraint.AndExpr:
		list = tags(x.Y, tags(x.X, list))
	case *constraint.OrExpr:
		list = tags(x.Y, tags(x.X, list))
	}
	return list
}

func contains(words, word string) bool { return slices.Contains(strings.Fields(words), word) }

// The names that Go takes for operating systems and machines in the names of files, those of ports to come included.
const (
	systems = "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 " +
		"windows zos"
	unixes   = "aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris"
	machines = "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le " +
		"ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
)
