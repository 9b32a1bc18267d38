// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"errors"
	"flag"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/check"
	"github.com/lockstep-bpf/lockstep/gen/internal/config"
	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/emit"
	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func options(headers ...string) *Options {
	return &Options{Config: "lockstep.yaml", Package: "events", Output: "zz_generated.go", Target: "bpfel", Headers: headers}
}

// TestGolden writes a configuration for a.h of each archive, and compiles what becomes of it.
func TestGolden(t *testing.T) {
	compiler := newCompiler()
	headertest.Run(t, *update, func(t *testing.T, c *headertest.Case) map[string][]byte {
		u := headertest.Parse(t, "bpfel", c.Dir, "a.h")
		data, err := Write(u, options("a.h"))
		if err != nil {
			t.Fatal(err)
		}
		compiler.compile(t, u, data)
		return map[string][]byte{"lockstep.yaml": data}
	})
}

// compiler type-checks generated files.
type compiler struct {
	fset  *token.FileSet
	types types.Config
}

func newCompiler() *compiler {
	fset := token.NewFileSet()
	return &compiler{fset, types.Config{Importer: importer.ForCompiler(fset, "source", nil)}}
}

// compile runs a configuration and type-checks the one file that it generates.
func (c *compiler) compile(t *testing.T, u *model.Unit, data []byte) {
	t.Helper()
	conf, err := config.Parse("lockstep.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	result, err := check.Run(conf, u)
	if err != nil {
		t.Fatal(err)
	}
	source, err := emit.File(result.Files[0])
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(c.fset, result.Files[0].Path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.types.Check("events", c.fset, []*ast.File{file}, nil); err != nil {
		t.Fatalf("%v in:\n%s", err, source)
	}
}

// TestNothingIsLost looks for every constant and record of a header in the configuration, be it as a comment.
func TestNothingIsLost(t *testing.T) {
	files, err := filepath.Glob("../../../bpf/lib/*.h")
	if err != nil || len(files) == 0 {
		t.Fatalf("no headers: %v", err)
	}
	compiler := newCompiler()
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			u, err := cparse.Parse(cparse.Options{
				Dir: filepath.Dir(name), Headers: []string{filepath.Base(name)}, Include: []string{"../../headers"}, Target: "bpfel",
			})
			if err != nil {
				t.Fatal(err)
			}
			data, err := Write(u, options(filepath.Base(name)))
			if errors.Is(err, ErrNothing) {
				if slices.ContainsFunc(u.Constants, func(c *model.Constant) bool { return c.Pos.File == filepath.Base(name) }) {
					t.Error(err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			compiler.compile(t, u, data)
			lost(t, u, data, filepath.Base(name))
		})
	}
}

// planned returns the C names that a configuration asks for.
func planned(t *testing.T, u *model.Unit, data []byte) map[string]bool {
	t.Helper()
	conf, err := config.Parse("lockstep.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	result, err := check.Run(conf, u)
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	for _, c := range result.Files[0].Constants {
		have[c.C] = true
	}
	for _, g := range result.Files[0].Groups {
		for _, c := range g.Consts {
			have[c.C] = true
		}
	}
	for _, s := range result.Files[0].Structs {
		have[s.C] = true
	}
	return have
}

// lost faults what neither the plan nor a comment has.
func lost(t *testing.T, u *model.Unit, data []byte, header string) {
	t.Helper()
	have := planned(t, u, data)
	said := func(name string) bool { return strings.Contains(string(data), ": "+name+": ") }
	for _, c := range u.Constants {
		if c.Pos.File == header && !have[c.Name] && !said(c.Name) {
			t.Errorf("%v: %s is neither asked for nor left out", c.Pos, c.Name)
		}
	}
	for _, r := range u.Records {
		if r.Pos.File == header && !have[r.Name] && !have[r.Tag] && !said(r.Name) {
			t.Errorf("%v: %s is neither asked for nor left out", r.Pos, r.Name)
		}
	}
	for _, s := range u.Skipped {
		if s.Pos.File == header && !said(s.Name) {
			t.Errorf("%v: %s is not mentioned", s.Pos, s.Name)
		}
	}
}

// TestUAPI looks for the same in the headers of the Linux API, as many as are there.
func TestUAPI(t *testing.T) {
	const root = "/usr/include"
	if _, err := os.Stat(root + "/linux/bpf.h"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "uapi") {
			t.Fatal("LOCKSTEP_REQUIRE promises uapi, and there is no linux/bpf.h")
		}
		t.Skip("no Linux headers")
	}
	step := 4 // every fourth of some 500 headers takes a few seconds
	if testing.Short() {
		step = 40
	}
	compiler := newCompiler()
	count := 0
	err := filepath.WalkDir(root+"/linux", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".h" {
			return err
		}
		if count++; count%step != 0 {
			return nil
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, root+"/"))
		u, err := cparse.Parse(cparse.Options{Dir: root, Headers: []string{name},
			Include: []string{".", "x86_64-linux-gnu"}, Target: "linux/amd64"})
		if err != nil {
			return nil // what the parser refuses is its own tests' concern
		}
		data, err := Write(u, options(name))
		if err != nil {
			if !errors.Is(err, ErrNothing) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		}
		t.Run(name, func(t *testing.T) {
			lost(t, u, data, name)
			compiler.compile(t, u, data)
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// FuzzWrite wants a configuration that passes, or the error that there is nothing, for every header that can be
// parsed.
func FuzzWrite(f *testing.F) {
	for _, seed := range []string{
		"#define A_X 1\n#define A_Y 2\n#define A_Z -3\n", "enum { A, a }; struct a { int a, A; };", "#define func 1\n",
		"enum yes { no, null = 1 << 30 };", "struct s { struct { int x; } y[2]; union { int a : 3; } u; };",
		"typedef struct { char c[0]; } t; struct t { t t; };", "#define S \"\\n#\"\n#define F 1e30\n",
		"#define A_X 1\n#define A_Y 2\n#define A_\xbbZ -3",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		dir := headertest.Files(t, map[string]string{"a.h": header})
		u, err := cparse.Parse(cparse.Options{Dir: dir, Headers: []string{"a.h"}, Target: "bpfel"})
		if err != nil {
			return
		}
		data, err := Write(u, options("a.h"))
		if err != nil && !errors.Is(err, ErrNothing) {
			t.Errorf("%v", err)
		}
		if err == nil {
			planned(t, u, data)
		}
	})
}
