// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"go/build/constraint"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/buildtag"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
)

// Targets returns the names of what headers can be read for, sorted: ABIs (bpfel, linux/amd64), and the architectures of
// BPF programs that are compiled once for each (amd64).
func Targets() []string { return machine.Names() }

// abi returns the ABI of a target, and the macros that it defines beside those that the user does.
func abi(target string, defines []string) (string, []string) {
	t, ok := machine.Lookup(target)
	if !ok {
		return target, defines
	}
	return t.ABI, t.Defines(defines)
}

// perTarget returns the configurations that one with targets stands for, whose files have the names and build constraints
// of their target. One without targets stands for itself.
func perTarget(c *config.Config) ([]*config.Config, error) {
	if len(c.Targets) == 0 {
		return []*config.Config{c}, nil
	}
	if err := checkTargets(c); err != nil {
		return nil, err
	}
	var list []*config.Config
	for _, name := range c.Targets {
		t, _ := machine.Lookup(name.Value)
		one := *c
		one.Target, one.Targets, one.Files = name, nil, nil
		for _, f := range c.Files {
			of := *f
			of.Path.Value = targetFile(f.Path.Value, t)
			if t.Build != "" {
				of.Build = both(f.Build, config.Text{Value: t.Build, Pos: name.Pos})
			}
			one.Files = append(one.Files, &of)
		}
		list = append(list, &one)
	}
	return list, nil
}

// targetFile names the file of a target.
func targetFile(name string, t machine.Target) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + t.Suffix + ext
}

// both returns the constraint under which two hold.
func both(own, more config.Text) config.Text {
	if !own.Given() {
		return more
	}
	x, err := constraint.Parse("//go:build " + own.Value)
	y, errMore := constraint.Parse("//go:build " + more.Value)
	if errors.Join(err, errMore) != nil {
		return own // which is reported where it is read
	}
	return config.Text{Value: (&constraint.AndExpr{X: x, Y: y}).String(), Pos: own.Pos}
}

// checkTargets reports targets that are none, and those of which two files would be built on one machine.
func checkTargets(c *config.Config) error {
	var faults diag.List
	if c.Target.Given() {
		faults.Addf(c.Target.Pos, "target", "say either target, for one, or targets, for a file of each").Also(c.Targets[0].Pos)
	}
	for _, d := range c.Define {
		if strings.HasPrefix(d.Value, machine.DefinePrefix) {
			faults.Addf(d.Pos, d.Value, "each of the targets defines its own architecture: leave it out").Also(c.Targets[0].Pos)
		}
	}
	for i, name := range c.Targets {
		if err := machine.Check(name.Value); err != nil {
			faults.Addf(name.Pos, "", "%v", err)
			continue
		}
		t, _ := machine.Lookup(name.Value)
		for _, other := range c.Targets[:i] {
			if o, ok := machine.Lookup(other.Value); ok && meet(t, o) {
				faults.Addf(name.Pos, name.Value, "its files are built on a machine on which those of %s are too: leave one out", other.Value).
					Also(other.Pos)
			}
		}
	}
	return faults.Err()
}

// meet reports whether files of two targets are ever built together.
func meet(a, b machine.Target) bool {
	whenA, errA := buildtag.Of("x"+a.Suffix+".go", a.Build)
	whenB, errB := buildtag.Of("x"+b.Suffix+".go", b.Build)
	return errors.Join(errA, errB) != nil || whenA.Meets(whenB)
}

// generateTargets runs a configuration for each of its targets and puts the results together. What is reported for all
// targets alike is reported once, and else with the name of the target.
func generateTargets(configPath, dir string, list []*config.Config) (*Result, error) {
	all := &Result{Config: configPath}
	var reported targetFaults
	for _, c := range list {
		r, err := generateTarget(configPath, dir, c)
		var faults Faults
		switch {
		case errors.As(err, &faults):
			reported.add(faults, c.Target.Value, len(list))
			continue
		case err != nil:
			return nil, err
		}
		all.Files = append(all.Files, r.Files...)
		for _, s := range r.Skipped {
			if !slices.Contains(all.Skipped, s) {
				all.Skipped = append(all.Skipped, s)
			}
		}
		for _, input := range r.Inputs {
			if !slices.Contains(all.Inputs, input) {
				all.Inputs = append(all.Inputs, input)
			}
		}
	}
	if err := reported.err(); err != nil {
		return nil, err
	}
	all.LeftOver = leftOver(configPath, all.Files)
	return all, nil
}

// targetFaults are the faults of several targets, each once.
type targetFaults struct {
	list  Faults
	in    map[string][]string // the targets that have a fault, by its text
	total int
}

func (t *targetFaults) add(faults Faults, target string, total int) {
	if t.in == nil {
		t.in = map[string][]string{}
	}
	t.total = total
	for _, f := range faults {
		text := f.Error()
		if t.in[text] == nil {
			t.list = append(t.list, f)
		}
		t.in[text] = append(t.in[text], target)
	}
}

func (t *targetFaults) err() error {
	if len(t.list) == 0 {
		return nil
	}
	for _, f := range t.list {
		if targets := slices.Compact(t.in[f.Error()]); len(targets) < t.total {
			f.Msg += " (for " + strings.Join(targets, ", ") + ")"
		}
	}
	return t.list
}

// ownTarget returns the configuration that one with targets stands for on this machine, or else for the first target.
func ownTarget(list []*config.Config) *config.Config {
	for _, c := range list {
		if name := c.Target.Value; name == runtime.GOARCH || name == "linux/"+runtime.GOARCH {
			return c
		}
	}
	return list[0]
}
