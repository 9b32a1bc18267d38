// SPDX-License-Identifier: Apache-2.0

package check

import (
	"reflect"
	"slices"
	"strconv"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
)

// versions plans a struct of which a field says how far it goes.
func (s *structChecker) versions() {
	c := &s.config.Versions
	if !c.Pos.IsValid() {
		return
	}
	by := s.minField(c.By.Value)
	if s.record.Union || by < 0 || s.plan.Fields[by].Type.Kind != plan.Integer || s.plan.Fields[by].Type.Int.Bits > 64 {
		s.faults.Addf(c.Pos, "versions", "by is not the name of a field with a number")
		return
	}
	field := s.plan.Fields[by]
	v := &plan.Versions{Field: field}
	for _, p := range c.Last {
		number, err := strconv.ParseUint(p.Key.Value, 0, field.Type.Int.Bits)
		last := s.minField(p.Value.Value)
		switch {
		case err != nil:
			s.faults.Addf(p.Key.Pos, p.Key.Value, "want a version in quotes that fits the field %s", field.C)
		case last < by:
			s.faults.Addf(p.Value.Pos, p.Value.Value, "no field of the struct from %s on has this name", field.C)
		default:
			v.List = append(v.List, plan.Version{Number: number, Size: end(s.plan.Fields[last])})
		}
	}
	slices.SortFunc(v.List, func(a, b plan.Version) int { return int(a.Number) - int(b.Number) })
	if len(v.List) == 0 {
		s.faults.Addf(c.Pos, "versions", "last has no version")
	}
	for _, method := range []string{"PacketAt", "DecodeVersion", "DecodeSize", "AppendVersion"} {
		s.claim(method, "versions", c.Pos)
	}
	s.declare(s.plan.Name+"VersionLen", "versions of "+s.record.Name, c.Pos)
	s.plan.Versions = v
}

// ByRelease adds to a plan, which is that of the newest release, what the groups are in each of the releases. Units has
// what the headers say in them, oldest first. The error is diag.Errors: what the headers have wrong.
func ByRelease(c *config.Config, result *Result, units []*model.Unit) error {
	for _, f := range result.Files {
		for _, g := range f.Groups {
			g.Releases = &plan.ByRelease{}
		}
	}
	var faults diag.List
	for _, unit := range units {
		k := newChecker(c, unit)
		k.isRelease = true
		for i, f := range c.Files {
			fc := k.file(f)
			k.files = append(k.files, fc)
			fc.groups()
			for j, g := range fc.plan.Groups {
				addRelease(result.Files[i].Groups[j], g)
			}
		}
		for _, fault := range k.faults.All() {
			if fault.Pos.File != c.Pos.File { // a group may be missing in a release
				faults.Add(fault)
			}
		}
	}
	if len(result.Files) > 0 {
		r := &plan.Releases{Type: "Release"}
		for _, name := range c.Releases.List {
			r.Names = append(r.Names, name.Value)
		}
		result.Files[0].Releases = r
	}
	return faults.Err()
}

// addRelease adds what a group is in one release.
func addRelease(to, from *plan.Group) {
	r := to.Releases
	r.Tables, r.Index = distinctTable(r.Tables, r.Index, from.Names, sameNames)
	if to.Templates == nil || from.Templates == nil {
		return
	}
	for i := range to.Templates.Tables {
		t := &to.Templates.Tables[i]
		t.Tables, t.Index = distinctTable(t.Tables, t.Index, from.Templates.Tables[i].Texts, sameTemplates)
	}
}

// distinctTable adds a table for a release, or the number of one that is the same.
func distinctTable[T any](tables [][]T, index []int, table []T, same func(a, b T) bool) ([][]T, []int) {
	at := slices.IndexFunc(tables, func(t []T) bool { return slices.EqualFunc(t, table, same) })
	if at < 0 {
		at = len(tables)
		tables = append(tables, table)
	}
	return tables, append(index, at)
}

func sameNames(a, b plan.Name) bool { return compare(a.Value, b.Value) == 0 && a.Text == b.Text }

func sameTemplates(a, b plan.Template) bool {
	return compare(a.Value, b.Value) == 0 && reflect.DeepEqual(a.Parts, b.Parts)
}
