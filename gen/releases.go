// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/breaking"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// BreakingReleases compares two releases of the headers of those configurations that have a list of releases. A release
// such as 1.15 stands for the last patch release. Faults come as Faults.
func BreakingReleases(configs []string, from, to string) ([]Change, error) {
	all := &changes{}
	found := false
	for _, path := range configs {
		dir := filepath.Dir(path)
		c, err := load(path)
		if err != nil {
			return nil, explain(dir, err)
		}
		if !c.Releases.Pos.IsValid() {
			continue
		}
		found = true
		var units [2]*model.Unit
		for i, release := range []string{from, to} {
			if units[i], err = parseRelease(dir, c, release); err != nil {
				return nil, explain(dir, err)
			}
		}
		all.add([]string{c.Target.Value}, [][]breaking.Change{rebased(dir, breaking.Compare(units[0], units[1]))})
	}
	if !found {
		return nil, errors.New("no configuration with releases: name one that has a list of them")
	}
	return all.data(), nil
}

// parseRelease reads the headers as a release has them.
func parseRelease(dir string, c *config.Config, release string) (*model.Unit, error) {
	if strings.Count(release, ".") == 1 {
		release += ".99"
	}
	list, err := perTarget(c)
	if err != nil {
		return nil, err
	}
	c = ownTarget(list)
	define, err := releaseDefine(c, config.Text{Value: strings.TrimPrefix(release, "v"), Pos: c.Releases.Pos})
	if err != nil {
		return nil, errors.New("a release has two or three numbers below 100, such as 1.15 or 1.8.2")
	}
	one := *c
	one.Define = append(slices.Clip(c.Define), define)
	return parse(dir, &one, target(c))
}
