// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// maxWrapped is how many includes deep what a header declares may stand.
const maxWrapped = 4

var (
	includeLine = regexp.MustCompile(`(?m)^[ \t]*#[ \t]*include[ \t]*[<"]([^">\n]+)[">]`)
	kernelTypes = regexp.MustCompile(`^vmlinux.*\.h$|^bpf_(helpers|helper_defs|endian|tracing|core_read)\.h$`)
)

// declaring returns the headers whose declarations a configuration for the given ones asks for: these or, where they
// declare nothing of their own, what they include of the same project. Names are relative to dir, as the unit's.
func declaring(dir string, unit *model.Unit, headers, include []string) []string {
	level := headers
	for range maxWrapped {
		if len(level) == 0 {
			break
		}
		if slices.ContainsFunc(level, func(h string) bool { return declares(unit, h) }) {
			return level
		}
		var next []string
		for _, h := range level {
			next = append(next, includesOf(dir, unit, h, include)...)
		}
		level = unique(next)
	}
	return headers
}

// declares reports whether a header has an enum, a record or a constant of its own.
func declares(unit *model.Unit, header string) bool {
	header = path.Clean(header)
	return slices.ContainsFunc(unit.Enums, func(e *model.Enum) bool { return e.Pos.File == header }) ||
		slices.ContainsFunc(unit.Records, func(r *model.Record) bool { return r.Pos.File == header && len(r.Fields) > 0 }) ||
		slices.ContainsFunc(unit.Constants, func(c *model.Constant) bool { return c.Pos.File == header })
}

// includesOf returns the headers that one includes and that were read, the kernel's types left out.
func includesOf(dir string, unit *model.Unit, header string, include []string) []string {
	data, err := regular.Read(filepath.Join(dir, filepath.FromSlash(header)))
	if err != nil {
		return nil
	}
	var list []string
	for _, m := range includeLine.FindAllStringSubmatch(string(data), -1) {
		name := m[1]
		if kernelTypes.MatchString(path.Base(name)) || strings.HasPrefix(name, "linux/") {
			continue
		}
		candidates := []string{path.Join(path.Dir(header), name)}
		for _, i := range include {
			candidates = append(candidates, path.Join(i, name))
		}
		for _, c := range candidates {
			if slices.Contains(unit.Inputs, c) {
				list = append(list, c)
				break
			}
		}
	}
	return list
}
