// SPDX-License-Identifier: Apache-2.0

package check

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// members returns the constants of a group in the order of the headers.
func (k *checker) members(g *config.Group) []*model.Constant {
	chosen := map[int]bool{}
	if g.Enum.Given() {
		k.addEnum(chosen, g.Enum)
	}
	if g.In.Given() {
		k.checkHeader(g.In)
		if !slices.ContainsFunc(g.Macros, func(t config.Text) bool { return isPattern(t.Value) }) {
			k.faults.Addf(g.In.Pos, "in", "has no effect: only patterns of macros look in a header, and the group has none")
		}
	}
	for _, pattern := range g.Macros {
		k.addMatches(chosen, pattern, func(c *model.Constant) bool {
			return c.Kind == model.Macro && (!isPattern(pattern.Value) || inHeader(c.Pos.File, g.In.Value))
		})
	}
	for _, name := range g.Add {
		k.addMatches(chosen, name, func(*model.Constant) bool { return true })
	}
	found := len(chosen)
	for _, pattern := range g.Exclude {
		k.exclude(chosen, pattern)
	}
	if found > 0 && len(chosen) == 0 {
		k.faults.Addf(g.Name.Pos, g.Name.Value, "no member of the group is left: exclude takes all of them out")
	}
	return k.chosen(chosen)
}

// chosen returns constants by their places, in the order of the headers.
func (k *checker) chosen(places map[int]bool) []*model.Constant {
	var list []*model.Constant
	for _, i := range slices.Sorted(maps.Keys(places)) {
		list = append(list, k.unit.Constants[i])
	}
	return list
}

// addEnum adds the members of the enum with a tag, a typedef's name, or a member by that name.
func (k *checker) addEnum(chosen map[int]bool, name config.Text) {
	switch found := k.index.enums[name.Value]; len(found) {
	case 0:
		k.faults.Addf(name.Pos, name.Value, "no enum has this tag, typedef or member")
	case 1:
		for _, c := range found[0].Members {
			for _, i := range k.index.constants.matches(c.Name) {
				if k.unit.Constants[i] == c {
					chosen[i] = true
				}
			}
		}
	default:
		k.faults.Addf(name.Pos, name.Value, "two enums answer to this name").Also(found[0].Pos, found[1].Pos)
	}
}

// checkHeader faults a header that none of the files read is.
func (k *checker) checkHeader(name config.Text) {
	for _, input := range k.unit.Inputs {
		if inHeader(input, name.Value) {
			return
		}
	}
	k.faults.Addf(name.Pos, name.Value, "no header of this name was read")
}

// inHeader reports whether file is the header of this name, which may be the end of its path.
func inHeader(file, header string) bool {
	header = strings.TrimPrefix(header, "./")
	return header == "" || file == header || strings.HasSuffix(file, "/"+header)
}

// wildcards are what makes a name a pattern.
const wildcards = `*?[\`

func isPattern(name string) bool { return strings.ContainsAny(name, wildcards) }

// addMatches adds the constants that a name or pattern matches and that ok accepts.
func (k *checker) addMatches(chosen map[int]bool, pattern config.Text, ok func(*model.Constant) bool) {
	if !k.validPattern(pattern) {
		return
	}
	matched := false
	for _, i := range k.index.constants.matches(pattern.Value) {
		if ok(k.unit.Constants[i]) {
			chosen[i], matched = true, true
		}
	}
	k.skippedMatches(pattern, matched)
}

// skippedMatches lists what a pattern matches and has no value. It is a fault where the name was spelled
// out, or where nothing else matched.
func (k *checker) skippedMatches(pattern config.Text, matched bool) {
	var first *model.Skipped
	for _, i := range k.index.skipped.matches(pattern.Value) {
		k.result.Skipped = append(k.result.Skipped, k.unit.Skipped[i])
		if first == nil {
			first = &k.unit.Skipped[i]
		}
	}
	switch {
	case matched:
	case first != nil:
		k.faults.Addf(pattern.Pos, pattern.Value, "%s has no value: %s", first.Name, first.Reason).Also(first.Pos)
	default:
		k.faults.Addf(pattern.Pos, pattern.Value, "matches no constant")
	}
}

func (k *checker) exclude(chosen map[int]bool, pattern config.Text) {
	if !k.validPattern(pattern) {
		return
	}
	matched := false
	for i := range chosen {
		if match, _ := path.Match(pattern.Value, k.unit.Constants[i].Name); match {
			delete(chosen, i)
			matched = true
		}
	}
	if !matched {
		k.faults.Addf(pattern.Pos, pattern.Value, "excludes nothing: no member has this name")
	}
}

func (k *checker) validPattern(pattern config.Text) bool {
	if _, err := path.Match(pattern.Value, ""); err != nil {
		k.faults.Addf(pattern.Pos, pattern.Value, "%v", err)
		return false
	}
	return true
}

// lookup returns the value for a name in a mapping of the configuration.
func lookup(pairs []config.Pair, name string) (config.Text, bool) {
	for _, p := range pairs {
		if p.Key.Value == name {
			return p.Value, true
		}
	}
	return config.Text{}, false
}

// unused faults the entries of a mapping whose key is none of the names that has knows.
func (k *checker) unused(pairs []config.Pair, has func(name string) bool, why string) {
	for _, p := range pairs {
		if !has(p.Key.Value) {
			k.faults.Addf(p.Key.Pos, p.Key.Value, "%s", why)
		}
	}
}
