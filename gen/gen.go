// SPDX-License-Identifier: Apache-2.0

// Package gen turns C headers into Go, as a configuration says (lockstep.yaml, described in
// docs/configuration.md). Generate returns the files as bytes; Write puts them on disk and Compare says how
// the disk differs. The bytes depend on the configuration and the headers alone: not on the system, the
// directory that the program runs in, or the line ends of a checkout.
//
// What becomes of C:
//   - a macro or an enumerator is a constant of the same value, untyped unless the configuration says otherwise;
//   - a group of them has a named type with Name, String and AppendText, and on request parsing, text
//     marshalling and IsValid;
//   - a struct is a Go struct with its fields at the same offsets and explicit padding, or, where Go cannot lay it out so
//     (packed records), with its fields alone; Decode and Append go by the offsets of C either way;
//   - integers of a fixed byte order (__be32, __le16) are read as such, all others in the sender's order;
//   - an array of char is bytes, with a method that returns the text before the first zero;
//   - a record in a record is a type of its own, the fields of a nameless one are the outer record's;
//   - a union is its bytes, with two methods a field; so are bit-fields;
//   - an integer of 16 bytes is a Uint128 or Int128, a vector is an array;
//   - a flexible array is a method that returns what follows the struct;
//   - a struct that has grown at its end, which the configuration says by min, decodes what older senders send.
//
// What has no form in Go is named in docs/limits.md.
package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/emit"
	"github.com/lockstep-bpf/lockstep/gen/internal/judge"
	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/internal/regular"
	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// ConfigName is the name of a configuration that is looked for in a directory.
const ConfigName = "lockstep.yaml"

// defaultTarget is the ABI of a BPF program on a little-endian machine.
const defaultTarget = "bpfel"

// Result is what a configuration generates.
type Result struct {
	Config   string    // the configuration's path, as it was given
	Files    []File    // in the configuration's order
	LeftOver []string  // files that this configuration once generated and does not name any more
	Skipped  []Skipped // what patterns matched and has no form in Go
	Inputs   []string  // every header that was read
}

// File is a generated file.
type File struct {
	Path string // as the system writes it; relative where the configuration's path is
	Data []byte

	pos model.Pos // where the configuration names it
}

// Skipped is something that a rule matched and that is not carried over.
type Skipped struct {
	Pos    string // file:line:col
	Name   string
	Reason string
}

// Generate runs the configuration at the given path and writes nothing. Faults of the configuration or
// the headers come all together, as Faults; another error says that a file cannot be read.
func Generate(configPath string) (*Result, error) {
	results, err := GenerateAll([]string{configPath}, nil)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// generateOne runs one configuration, whatever others there are.
func generateOne(configPath string) (*Result, error) {
	dir := filepath.Dir(configPath)
	c, err := load(configPath)
	if err != nil {
		return nil, explain(dir, err)
	}
	list, err := perTarget(c)
	if err != nil {
		return nil, explain(dir, err)
	}
	return generateTargets(configPath, dir, list)
}

// generateTarget runs a configuration for its target.
func generateTarget(configPath, dir string, c *config.Config) (*Result, error) {
	checked, unit, err := lowerSelection(dir, c)
	if err != nil {
		return nil, explain(dir, err)
	}
	if err := judgeConstants(dir, checked, unit); err != nil {
		return nil, err
	}
	r := &Result{Config: configPath}
	for i, p := range checked.Files {
		data, err := emit.File(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", configPath, err)
		}
		r.Files = append(r.Files, File{
			Path: filepath.Join(dir, filepath.FromSlash(p.Path)), Data: data, pos: rebase(dir, c.Files[i].Path.Pos),
		})
	}
	for _, s := range checked.Skipped {
		r.Skipped = append(r.Skipped, Skipped{rebase(dir, s.Pos).String(), s.Name, s.Reason})
	}
	for _, input := range unit.Inputs {
		r.Inputs = append(r.Inputs, filepath.Join(dir, filepath.FromSlash(input)))
	}
	return r, nil
}

// judgeConstants returns a diagnostic for each generated constant of which a second C parser says something else: one of the
// two is wrong then, and neither is to be believed.
func judgeConstants(dir string, checked *check.Result, unit *model.Unit) error {
	used := make(map[string]bool)
	for _, f := range checked.Files {
		for _, k := range f.Constants {
			used[k.C] = true
		}
		for _, g := range f.Groups {
			for _, k := range g.Consts {
				used[k.C] = true
			}
		}
	}
	var own []*model.Constant
	for _, k := range unit.Constants {
		if used[k.Name] {
			own = append(own, k)
		}
	}
	verdicts, err := judge.Judge(unit.Target, own)
	if err != nil {
		return err
	}
	var faults diag.List
	for _, v := range verdicts {
		faults.Addf(v.Constant.Pos, v.Constant.Name,
			"is %s, but %s for a second C parser: write it so that both agree, such as as one number", v.Constant.Value, v.Value)
	}
	return explain(dir, faults.Err())
}

// load reads the configuration. Its positions are named relative to its own directory, as the headers' are.
func load(configPath string) (*config.Config, error) {
	if err := visible.CheckName(configPath); err != nil {
		return nil, fmt.Errorf("%q: %w", configPath, err)
	}
	data, err := regular.Read(configPath)
	if err != nil {
		return nil, err
	}
	return config.Parse(filepath.Base(configPath), data)
}

// lowerSelection reads the headers and makes the plan of what the configuration asks for, and not for what else there is:
// behind a vmlinux.h there is much. Diagnostics may need those.
func lowerSelection(dir string, c *config.Config) (*check.Result, *model.Unit, error) {
	unit, err := parseWithTexts(dir, c, selectionOf(c))
	if err != nil {
		return nil, nil, err
	}
	checked, err := check.Run(c, unit)
	if err == nil && c.Releases.Pos.IsValid() {
		err = lowerReleases(dir, c, checked)
	}
	if err != nil {
		return lower(dir, c)
	}
	return checked, unit, nil
}

// selectionOf returns what a configuration asks headers for.
func selectionOf(c *config.Config) *cparse.Selection {
	a := &cparse.Selection{}
	for _, f := range c.Files {
		for _, k := range f.Constants {
			a.Constants = append(a.Constants, k.Key.Value)
		}
		for _, g := range f.Groups {
			a.Enums = append(a.Enums, g.Enum.Value)
			a.Constants = append(append(a.Constants, values(g.Macros)...), values(g.Add)...)
		}
		for _, s := range f.Structs {
			a.Records = append(a.Records, s.Record.Value)
		}
	}
	return a
}

// lower reads the headers and makes the plan.
func lower(dir string, c *config.Config) (*check.Result, *model.Unit, error) {
	unit, err := parseWithTexts(dir, c, nil)
	if err != nil {
		return nil, nil, err
	}
	checked, err := check.Run(c, unit)
	if err == nil && c.Releases.Pos.IsValid() {
		err = lowerReleases(dir, c, checked)
	}
	return checked, unit, err
}

// lowerReleases reads the headers of each release and adds them to the plan.
func lowerReleases(dir string, c *config.Config, checked *check.Result) error {
	var units []*model.Unit
	for _, release := range c.Releases.List {
		one := *c
		define, err := releaseDefine(c, release)
		if err != nil {
			return err
		}
		one.Define = append(slices.Clip(c.Define), define)
		unit, err := parseWithTexts(dir, &one, nil)
		if err != nil {
			return err
		}
		units = append(units, unit)
	}
	return check.ByRelease(c, checked, units)
}

// releaseDefine returns the definition of the macro that the headers ask for their release.
func releaseDefine(c *config.Config, release config.Text) (config.Text, error) {
	var faults diag.List
	number, parts := 0, strings.Split(release.Value, ".")
	for i := range 3 {
		n := 0
		if i < len(parts) {
			var err error
			if n, err = strconv.Atoi(parts[i]); err != nil || n < 0 || n > 99 || len(parts) > 3 {
				faults.Addf(release.Pos, release.Value, "must be a release of up to three numbers below 100, such as 1.8.2")
				return config.Text{}, faults.Err()
			}
		}
		number = number*100 + n
	}
	return config.Text{Value: fmt.Sprintf("%s=%d", c.Releases.Define.Value, number), Pos: release.Pos}, nil
}

// parse reads the headers that a configuration names.
func parse(dir string, c *config.Config, target string) (*model.Unit, error) {
	return parseSelection(dir, c, target, nil)
}

// parseSelection reads the headers for what is asked for, or for everything where that is nil.
func parseSelection(dir string, c *config.Config, target string, selection *cparse.Selection) (*model.Unit, error) {
	if err := options(dir, c, target); err != nil {
		return nil, err
	}
	target, defines := abi(target, values(c.Define))
	unit, err := cparse.Parse(cparse.Options{
		Dir: dir, Headers: values(c.Headers), Include: values(c.Include), Defines: defines, Target: target,
		Prelude: values(c.Prelude), Lenient: c.Unreadable.Value == "skip", Selection: selection,
	})
	for _, f := range hinted(err, "include:") {
		if !f.Pos.IsValid() {
			f.Pos = c.Pos
		}
	}
	return unit, err
}

// unknownType begins what it says of a type that nothing declares.
const unknownType = "unknown type name "

// hinted returns the faults of an error, and adds to those about a missing header what says where headers are.
func hinted(err error, where string) diag.Errors {
	var faults diag.Errors
	_ = errors.As(err, &faults) // another error has none
	for _, f := range faults {
		if f.Header != "" {
			f.Msg += fmt.Sprintf(" (%s lists the directories to search)", where)
		}
		if strings.HasPrefix(f.Msg, unknownType) {
			f.Msg += fmt.Sprintf(" (%s reads a header that declares it before this one)", map[string]string{"-I": "--prelude"}[where]+
				map[string]string{"include:": "prelude:"}[where])
		}
	}
	return faults
}

// options faults what the configuration says of how to read headers and cannot be followed.
func options(dir string, c *config.Config, target string) error {
	var faults diag.List
	for _, h := range c.Headers {
		if !onePath(&faults, h) {
			continue
		}
		if err := regular.Check(filepath.Join(dir, filepath.FromSlash(h.Value))); err != nil {
			why := cpp.Reason(err).Error()
			if errors.Is(err, fs.ErrNotExist) {
				why = "no such header"
			}
			if strings.ContainsAny(h.Value, "*?[") {
				why += ": patterns are not taken here: name each header"
			}
			faults.Addf(h.Pos, h.Value, "%s", why)
		}
	}
	for _, i := range c.Include {
		if onePath(&faults, i) && !isDirectory(dir, i) {
			faults.Addf(i.Pos, i.Value, "no such directory")
		}
	}
	if u := c.Unreadable; u.Given() && u.Value != "skip" && u.Value != "refuse" {
		faults.Addf(u.Pos, "unreadable", "want refuse or skip, not %q", u.Value)
	}
	for _, p := range c.Prelude {
		onePath(&faults, p)
	}
	for _, d := range c.Define {
		if !cparse.IsDefine(d.Value) {
			faults.Addf(d.Pos, "", "define %q is not of the form NAME=VALUE", d.Value)
		}
	}
	if err := machine.Check(target); err != nil {
		faults.Addf(c.Target.Pos, "", "%v", err)
	}
	return faults.Err()
}

// onePath faults a path that means something else on another machine, and would stand in what is generated.
func onePath(faults *diag.List, t config.Text) bool {
	if err := visible.CheckName(t.Value); err != nil {
		faults.Addf(t.Pos, t.Value, "%v", err)
		return false
	}
	absolute := path.IsAbs(t.Value) || filepath.IsAbs(t.Value)
	if absolute {
		faults.Addf(t.Pos, t.Value, "an absolute path: write it relative to the configuration, so that every machine generates the same code")
	}
	return !absolute
}

// isDirectory reports whether a path is that of a directory.
func isDirectory(dir string, t config.Text) bool {
	info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(t.Value)))
	return err == nil && info.IsDir()
}

func target(c *config.Config) string {
	if c.Target.Given() {
		return c.Target.Value
	}
	return defaultTarget
}

func values(list []config.Text) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.Value)
	}
	return out
}

// Find returns the configuration in each of the given paths: the path itself where it is a file, every
// lockstep.yaml below it where it is a directory. It does not enter directories whose name begins with a dot or
// an underscore, nor testdata, vendor and node_modules.
func Find(paths ...string) ([]string, error) {
	var found []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			found = append(found, p)
			continue
		}
		below, err := findBelow(p)
		if err != nil {
			return nil, err
		}
		if len(below) == 0 {
			return nil, fmt.Errorf("%s: no %s here or below", p, ConfigName)
		}
		found = append(found, below...)
	}
	return unique(found), nil
}

func findBelow(dir string) ([]string, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, err
	}
	var found []string
	walk(dir, func(name string) {
		if filepath.Base(name) == ConfigName {
			found = append(found, name)
		}
	})
	return found, nil
}

// walk calls do for the files of a directory, which may be a link to one, and of those below it, by name, but for
// directories that Go does not look into either. What cannot be read is none of ours: a directory of somebody else's.
func walk(dir string, do func(name string)) {
	entries, _ := os.ReadDir(dir)
	for _, entry := range entries {
		name := filepath.Join(dir, entry.Name())
		switch {
		case !entry.IsDir():
			do(name)
		case !ignored(entry.Name()):
			walk(name, do)
		}
	}
}

func ignored(directory string) bool {
	switch directory {
	case "testdata", "vendor", "node_modules":
		return true
	}
	return directory[0] == '.' || directory[0] == '_'
}

// unique leaves out paths that lead to a file that the list has already.
func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if path := realPath(s); !seen[path] {
			seen[path] = true
			out = append(out, s)
		}
	}
	return out
}

// realPath returns the one path of a file or directory, which need not be there, whatever links lead to it.
func realPath(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return filepath.Clean(name)
	}
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		return resolved
	}
	if dir := filepath.Dir(abs); dir != abs {
		return filepath.Join(realPath(dir), filepath.Base(abs))
	}
	return abs
}

// Fault is one thing that is wrong at one place: Pos (File, Line and Col), Subject, which is a name or a key or empty, and Msg.
// Error returns all of it in a line, and Detail quotes the line of the source below that.
type Fault = diag.Fault

// Faults is everything that is wrong, a []*[Fault] sorted by position. errors.As finds it, or its first Fault, in an error.
type Faults = diag.Errors

// explain names the files of faults as the caller would, and quotes their lines.
func explain(dir string, err error) error {
	var faults diag.Errors
	if !errors.As(err, &faults) {
		return err
	}
	q := quoter{}
	for _, f := range faults {
		f.Pos = rebase(dir, f.Pos)
		for i, see := range f.See {
			f.See[i] = rebase(dir, see)
		}
		if f.Line == "" {
			f.Line = q.line(f.Pos)
		}
	}
	return faults
}

// rebase names a position's file from the directory that the configuration was named from.
func rebase(dir string, p model.Pos) model.Pos {
	if p.File != "" && !path.IsAbs(p.File) {
		p.File = path.Join(filepath.ToSlash(dir), p.File)
	}
	return p
}
