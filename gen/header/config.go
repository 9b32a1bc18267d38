// SPDX-License-Identifier: Apache-2.0

package header

import (
	"cmp"
	"errors"
	"fmt"
	"go/constant"
	"io/fs"
	"path"
	"path/filepath"
	"runtime"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/plan"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// ReadConfig reads the headers that a configuration (lockstep.yaml) names, and what it says of their structs: which
// there are, which groups name the values of fields and with what texts, and how much of a struct every sender sends.
// target is the ABI of the sender; "" stands for the configuration's own. Errors in the configuration and the headers are
// Faults; others say that the file cannot be read, or that the target does not exist.
func ReadConfig(name, target string) (*Unit, error) {
	data, err := regular.Read(name)
	var unread *fs.PathError
	if errors.As(err, &unread) {
		return nil, fmt.Errorf("%s: the configuration cannot be read: %w", name, unread.Err)
	}
	dir := filepath.Dir(name)
	c, err := config.Parse(filepath.Base(name), data)
	if err != nil {
		return nil, rebase(dir, err)
	}
	target = cmp.Or(target, targetOf(c))
	if err := machine.Check(target); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t, _ := machine.Lookup(target)
	o := cparse.Options{
		Dir: dir, Headers: values(c.Headers), Include: values(c.Include), Prelude: values(c.Prelude),
		Target: t.ABI, Defines: t.Defines(values(c.Define)), Lenient: true,
	}
	unit, err := cparse.Parse(o)
	if err != nil {
		return nil, rebase(dir, err)
	}
	u := &Unit{unit: unit, files: name, enums: map[string]map[string]*Enum{}, least: map[string]int{}}
	describeAll(c)
	checked, err := check.Run(c, unit)
	if err != nil {
		return nil, rebase(dir, err)
	}
	for i, f := range checked.Files {
		u.configured(c.Files[i], f)
	}
	return u, nil
}

// targetOf returns the target of a configuration; of several, that of this machine or else the first.
func targetOf(c *config.Config) string {
	for _, t := range c.Targets {
		if t.Value == runtime.GOARCH || t.Value == "linux/"+runtime.GOARCH {
			return t.Value
		}
	}
	if len(c.Targets) > 0 {
		return c.Targets[0].Value
	}
	return cmp.Or(c.Target.Value, "bpfel")
}

func values(list []config.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// describeAll makes the check describe every struct, which finds the groups of fields. A configuration whose Go is not described
// need not have names for that: a field can be called bytes.
func describeAll(c *config.Config) {
	for _, f := range c.Files {
		if !f.Describe.Given() {
			f.Describe = config.Text{Value: "event", Pos: c.Pos}
			f.Unwritten = true
		}
	}
}

// configured keeps what a file of the configuration says of its structs.
func (u *Unit) configured(listed *config.File, f *plan.File) {
	enums := map[string]*Enum{}
	for _, e := range f.Enums {
		enums[e.Var] = planned(e)
	}
	named := map[string]bool{}
	for _, s := range listed.Structs {
		named[s.Record.Value] = true
	}
	for _, s := range f.Structs {
		if s.Description == nil {
			continue
		}
		of := map[string]*Enum{}
		for _, d := range s.Description.Fields {
			if e := enums[d.Enum]; e != nil {
				of[d.C] = e
			}
		}
		u.enums[s.C] = of
		if s.Min != nil {
			u.least[s.C] = int(s.Min.Size)
		}
		if named[s.C] || named["struct "+s.C] {
			u.named = append(u.named, s.C)
		}
	}
}

// planned returns the names of a group's values.
func planned(e *plan.Enum) *Enum {
	texts := map[string]string{}
	for _, n := range e.Group.Names {
		texts[n.Value.ExactString()] = n.Text
	}
	made := &Enum{Name: e.Group.Name, Flags: e.Group.Flags}
	for _, c := range e.Group.Consts {
		v, ok := constant.Int64Val(c.Value)
		if !ok {
			bits, _ := constant.Uint64Val(c.Value)
			v = int64(bits)
		}
		if made.has(v) {
			continue
		}
		made.Values = append(made.Values, EnumValue{Value: v, C: c.C, Text: texts[c.Value.ExactString()]})
	}
	return made
}

// rebase names the files of faults from the working directory.
func rebase(dir string, err error) error {
	var faults diag.Errors
	if !errors.As(err, &faults) {
		return err
	}
	for _, f := range faults {
		f.Pos = rebasePos(dir, f.Pos)
		for i, see := range f.See {
			f.See[i] = rebasePos(dir, see)
		}
	}
	return faults
}

func rebasePos(dir string, p model.Pos) model.Pos {
	if p.File != "" && !path.IsAbs(p.File) {
		p.File = path.Join(filepath.ToSlash(dir), p.File)
	}
	return p
}
