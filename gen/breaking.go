// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/breaking"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Breaking compares the headers that configurations name with an older state of them: against is the root of
// another checkout or a directory with copies, or a revision that git knows. The older state of a configuration says which
// headers there were; without one, those of today are looked for, of which one must be there. Both are read for the
// target of today. Faults come as Faults, those of the older state with its name in front of the path.
func Breaking(configs []string, against string) ([]Change, error) {
	states := &oldStates{against: against}
	defer states.close()
	all := &changes{}
	for _, path := range configs {
		if err := breakingConfig(path, states, all); err != nil {
			return nil, err
		}
	}
	return all.data(), nil
}

func breakingConfig(path string, states *oldStates, all *changes) error {
	dir := filepath.Dir(path)
	now, err := load(path)
	if err != nil {
		return explain(dir, err)
	}
	list, err := perTarget(now)
	if err != nil {
		return explain(dir, err)
	}
	oldPath, err := states.find(path, now)
	if err != nil {
		return err
	}
	var targets []string
	var found [][]breaking.Change
	for _, one := range list {
		newUnit, err := parse(dir, one, target(one))
		if err != nil {
			return explain(dir, err)
		}
		oldUnit, err := declaredThen(oldPath, path, one)
		if err != nil {
			return states.explain(oldPath, dir, err)
		}
		targets = append(targets, target(one))
		found = append(found, rebased(dir, breaking.Compare(oldUnit, newUnit)))
	}
	all.add(targets, found)
	return nil
}

// rebased names positions, which are relative to dir, from the working directory.
func rebased(dir string, list []breaking.Change) []breaking.Change {
	for i, c := range list {
		list[i].Old, list[i].New = rebase(dir, c.Old), rebase(dir, c.New)
	}
	return list
}

// find returns where the older state of a configuration is or, where there was none yet, would be beside its headers.
// That there is neither is an error: all would seem to be new, and to break nobody.
func (s *oldStates) find(path string, now *config.Config) (string, error) {
	places, err := s.places(path)
	if err != nil {
		return "", err
	}
	var tried []string
	for _, p := range places {
		if _, err := os.Stat(p.path); err == nil || len(existing(filepath.Dir(p.path), now.Headers)) > 0 {
			return p.path, nil
		}
		tried = append(tried, p.shown)
	}
	return "", fmt.Errorf("%s: no older state: neither %s nor a header that it names is there: has it moved, or is it new?",
		path, strings.Join(tried, " nor "))
}

// declaredThen reads the older state, at oldPath, of a configuration's headers. Headers that today's configuration
// names and that were not there yet declared nothing.
func declaredThen(oldPath, path string, now *config.Config) (*model.Unit, error) {
	c, err := load(oldPath)
	if errors.Is(err, fs.ErrNotExist) {
		c, err = now, nil
	}
	if err != nil {
		return nil, err
	}
	dir := filepath.Dir(oldPath)
	then := *c
	if c == now {
		then.Headers, then.Include = existing(dir, now.Headers), existing(dir, now.Include)
	}
	if sameFiles(dir, then.Headers, filepath.Dir(path), now.Headers) {
		return nil, errors.New("the headers of the older state are those of today")
	}
	return parse(dir, &then, target(now))
}

// sameFiles reports whether all headers of one state are headers of the other.
func sameFiles(dir string, headers []config.Text, otherDir string, others []config.Text) bool {
	known := map[string]bool{}
	for _, h := range others {
		known[realPath(filepath.Join(otherDir, filepath.FromSlash(h.Value)))] = true
	}
	return !slices.ContainsFunc(headers, func(h config.Text) bool {
		return !known[realPath(filepath.Join(dir, filepath.FromSlash(h.Value)))]
	})
}

// existing returns those paths that are there, seen from a directory.
func existing(dir string, paths []config.Text) []config.Text {
	var list []config.Text
	for _, p := range paths {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(p.Value))); err == nil {
			list = append(list, p)
		}
	}
	return list
}

// explain names the older state in faults, and quotes its lines.
func (s *oldStates) explain(oldPath, dir string, err error) error {
	err = explain(filepath.Dir(oldPath), err)
	var faults diag.Errors
	if !errors.As(err, &faults) {
		return fmt.Errorf("%s: %w", s.against, err)
	}
	oldDir := filepath.ToSlash(filepath.Dir(oldPath))
	for _, f := range faults {
		f.Pos = s.renamed(f.Pos, oldDir, dir)
		for i := range f.See {
			f.See[i] = s.renamed(f.See[i], oldDir, dir)
		}
	}
	return faults
}

// renamed turns a position in the older state, which may lie in a directory that is soon gone, into one that says
// "revision:path as it is called today".
func (s *oldStates) renamed(p model.Pos, oldDir, dir string) model.Pos {
	if p.File == "" {
		return p
	}
	if rel, err := filepath.Rel(oldDir, filepath.FromSlash(p.File)); err == nil {
		p.File = s.against + ":" + filepath.ToSlash(filepath.Join(dir, rel))
	}
	return p
}
