// SPDX-License-Identifier: Apache-2.0

package lockstep_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/lockstep-bpf/lockstep/"

// layers are the packages from the lowest to the highest: a package imports its own layer's siblings and what is lower. A
// name that ends in a slash stands for all packages below it. The longest name that fits a package counts.
var layers = [][]string{
	{"monitor/internal/", "monitor/accesslog/", "internal/version/", "internal/rights/", "internal/regular/", "internal/nearest/",
		"internal/thread/", "internal/cpus/"},
	{"monitor/packet/", "monitor/internal/logtext/"},
	{"monitor/internal/packet/"},
	{"monitor/event/"},
	{"monitor/internal/role/", "monitor/internal/verdict/"},
	{"monitor/payload/", "monitor/api/", "monitor/"},
	{"monitor/wire/", "monitor/dissect/"},
	{"monitor/source/", "monitor/sink/", "monitor/filter/", "monitor/format/", "monitor/serve/"},
	{"monitor/pipeline/"},
	{"bpf/", "internal/"},
	{"cmd/"},
}

// generator are the generator's packages, by the same rules. They and the monitor's do not import each other.
var generator = [][]string{
	{"gen/internal/model/", "gen/internal/layout/", "gen/internal/ctext/", "gen/internal/goname/", "gen/internal/buildtag/", "internal/regular/",
		"internal/visible/", "internal/nearest/", "gen/internal/plan/", "gen/internal/sample/"},
	{"gen/internal/diag/", "gen/internal/cword/"},
	{"gen/internal/cpp/"},
	{"gen/internal/ctype/", "gen/internal/cursor/", "gen/internal/outline/"},
	{"gen/internal/cvalue/", "gen/internal/origin/"},
	{"gen/internal/cexpr/"},
	{"gen/internal/cdecl/"},
	{"gen/internal/lower/"},
	{"gen/internal/"},
	{"gen/"},
	{"cmd/"},
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// list returns the packages of the module, or those that a pattern depends on.
func list(t *testing.T, args ...string) (all []pkg) {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// layerOf returns the number of a package's layer and the name that it goes by there, or -1.
func layerOf(layers [][]string, name string) (layer int, as string) {
	layer = -1
	for i, names := range layers {
		for _, n := range names {
			if strings.HasPrefix(name+"/", n) && len(n) > len(as) {
				layer, as = i, n
			}
		}
	}
	return layer, as
}

// directories are those of the top level.
var directories = []string{".ci", "LICENSES", "bpf", "cmd", "deploy", "docs", "gen", "headers", "internal", "monitor", "scripts", "testdata", "tools"}

// TestTopLevel checks that nothing is committed that a test, a tool or an experiment has left.
func TestTopLevel(t *testing.T) {
	out, err := exec.Command("git", "ls-files").Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	for file := range strings.Lines(string(out)) {
		top, _, in := strings.Cut(file, "/")
		if in && !slices.Contains(directories, top) {
			t.Errorf("%q is in a directory that is not part of the layout: %v", strings.TrimSuffix(file, "\n"), directories)
		}
	}
}

// TestImportsPointOneWay draws the import graph, and fails for an arrow that points up, or from one part of a layer to
// another. If it should point there, move the package in layers above.
func TestImportsPointOneWay(t *testing.T) {
	for _, p := range list(t, "./...") {
		from, ok := strings.CutPrefix(p.ImportPath, module)
		if !ok {
			continue
		}
		for _, imported := range p.Imports {
			to, ok := strings.CutPrefix(imported, module)
			if ok && !mayImport(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
		}
	}
}

// mayImport reports whether a package may import another.
func mayImport(from, to string) bool {
	for _, all := range [][][]string{layers, generator} {
		low, lowName := layerOf(all, to)
		high, highName := layerOf(all, from)
		if low >= 0 && high >= 0 {
			return low < high || low == high && (lowName == highName || isParent(to, from) || slices.Contains(siblings[from], to))
		}
	}
	return false
}

// isParent reports whether a package is the one above another: it defines what those below it are.
func isParent(parent, of string) bool { return path.Dir(of) == parent }

// siblings are the arrows within a layer that are meant.
var siblings = map[string][]string{
	"monitor":                  {"monitor/api"},
	"monitor/source/recording": {"monitor/sink", "monitor/sink/pcapng", "monitor/sink/recfile"}, // it writes recordings too
	"monitor/serve":            {"monitor/sink"},
}

// TestLibraryIsLight: who imports the library alone gets the standard library and the packages named here, no module that
// opens sockets to others, draws on terminals or loads programs.
func TestLibraryIsLight(t *testing.T) {
	light := []string{"golang.org/x/sys"}
	for _, p := range list(t, "-deps", "./monitor", "./monitor/event", "./monitor/packet", "./monitor/pipeline", "./monitor/payload",
		"./monitor/sink/text", "./monitor/source/recording") {
		if !strings.Contains(strings.Split(p.ImportPath, "/")[0], ".") || strings.HasPrefix(p.ImportPath, module) ||
			slices.ContainsFunc(light, func(l string) bool { return strings.HasPrefix(p.ImportPath, l) }) {
			continue
		}
		t.Errorf("the library depends on %s", p.ImportPath)
	}
}
