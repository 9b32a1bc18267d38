// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"

	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/texts"
	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// parseWithTexts reads the headers, and the texts that stand elsewhere than at their constants. Diagnostics of both come
// together.
func parseWithTexts(dir string, c *config.Config, selection *cparse.Selection) (*model.Unit, error) {
	unit, err := parseSelection(dir, c, target(c), selection)
	found, inputs, errTexts := readTexts(dir, c)
	if err != nil || errTexts != nil {
		return nil, bothFaults(err, errTexts)
	}
	unit.Texts = found
	unit.Inputs = slices.Compact(slices.Sorted(slices.Values(append(unit.Inputs, inputs...))))
	return unit, nil
}

// bothFaults joins the diagnostics of two errors; another error comes before them.
func bothFaults(list ...error) error {
	var all diag.List
	for _, err := range list {
		var faults diag.Errors
		switch {
		case err == nil:
		case errors.As(err, &faults):
			for _, f := range faults {
				all.Add(f)
			}
		default:
			return err
		}
	}
	return all.Err()
}

// readTexts reads what the groups of a configuration ask for by textsfrom, and returns the files that it has read.
func readTexts(dir string, c *config.Config) (found map[model.Pos][]model.Text, inputs []string, err error) {
	var list []error
	found = map[model.Pos][]model.Text{}
	for _, f := range c.Files {
		for _, g := range f.Groups {
			if !g.TextsFrom.Pos.IsValid() {
				continue
			}
			read, name, err := textsFrom(dir, c, &g.TextsFrom)
			list = append(list, err)
			found[g.TextsFrom.Pos], inputs = read, append(inputs, name)
		}
	}
	return found, inputs, bothFaults(list...)
}

// textsFrom reads what one group asks for.
func textsFrom(dir string, c *config.Config, from *config.TextsFrom) (read []model.Text, name string, err error) {
	var faults diag.List
	var source config.Text
	given, isTable := 0, from.Table.Given()
	for _, t := range []config.Text{from.Lines, from.Comments, from.Table} {
		if t.Given() {
			source, given = t, given+1
		}
	}
	switch {
	case given != 1:
		faults.Addf(from.Pos, "textsfrom", "give one of lines, comments and table")
	case isTable != from.In.Given():
		faults.Addf(from.Pos, "textsfrom", "table and in go together: the name of the table, and the file that has it")
	}
	if isTable {
		source = from.In
	}
	if err := faults.Err(); err != nil {
		return nil, "", err
	}
	if !onePath(&faults, source) {
		return nil, "", faults.Err()
	}
	data, err := regular.Read(filepath.Join(dir, filepath.FromSlash(source.Value)))
	if err != nil {
		why := cpp.Reason(err).Error()
		if errors.Is(err, fs.ErrNotExist) {
			why = "no such file"
		}
		faults.Addf(source.Pos, source.Value, "%s", why)
		return nil, "", faults.Err()
	}
	name = path.Clean(source.Value)
	switch {
	case isTable:
		read, err = texts.Table(name, from.Table.Value, data)
	case from.Lines.Given():
		read, err = texts.Lines(name, data)
	default:
		read, err = commentsOf(dir, c, source)
	}
	return read, name, err
}

// commentsOf returns the trailing comments of another header.
func commentsOf(dir string, c *config.Config, header config.Text) ([]model.Text, error) {
	one := *c
	one.Headers = []config.Text{header}
	unit, err := parse(dir, &one, target(c))
	if err != nil {
		return nil, err
	}
	var list []model.Text
	for _, k := range unit.Constants {
		if k.Text != "" && k.Pos.File == path.Clean(header.Value) {
			list = append(list, model.Text{Pos: k.Pos, Name: k.Name, Number: k.Value, Text: k.Text})
		}
	}
	if len(list) == 0 {
		var faults diag.List
		faults.Addf(header.Pos, header.Value, "no constant of the header has a trailing comment")
		return nil, faults.Err()
	}
	return list, nil
}
