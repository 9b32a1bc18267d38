// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var update = flag.Bool("update", false, "compile the objects in testdata again, with clang-19, llvm-strip-19 and gcc")

// build is a way to compile testdata/events.c, and what is to be found in the result.
type build struct {
	object  string
	target  string
	format  string   // of the debug information
	onlyIn  string   // what BTF leaves out is in
	command []string // OUT stands for the object
	strip   bool     // of DWARF
}

// notInBTF is an enum that no type refers to. clang writes only what something refers to.
const notInBTF = "enum { NAMELESS_A, ... }"

var builds = []build{
	{object: "bpfel.o", target: "bpfel", format: "BTF, DWARF", onlyIn: "DWARF", command: clang("bpfel")},
	{object: "bpfeb.o", target: "bpfeb", format: "BTF, DWARF", onlyIn: "DWARF", command: clang("bpfeb")},
	{object: "bpfeb-stripped.o", target: "bpfeb", format: "BTF", command: clang("bpfeb"), strip: true},
	{object: "amd64.o", target: "linux/amd64", format: "DWARF", onlyIn: "DWARF", command: gcc()},
	{object: "amd64-dwarf3.o", target: "linux/amd64", format: "DWARF", onlyIn: "DWARF", command: gcc("-gdwarf-3", "-gstrict-dwarf")},
}

func clang(target string) []string {
	return []string{"clang-19", "-target", target, "-g", "-O2", "-fdebug-compilation-dir=.", "-c", "events.c", "-o", "OUT"}
}

func gcc(flags ...string) []string {
	return append([]string{"gcc", "-g", "-gno-record-gcc-switches", "-fdebug-prefix-map=" + here() + "=.",
		"-c", "events.c", "-o", "OUT"}, flags...)
}

func here() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		return "testdata"
	}
	return dir
}

// compile compiles testdata/events.c in dir.
func (b build) compile(t *testing.T, dir, out string) {
	t.Helper()
	command := slices.Clone(b.command)
	command[slices.Index(command, "OUT")] = out
	runIn(t, dir, command...)
	if b.strip {
		runIn(t, dir, "llvm-strip-19", "-g", out)
	}
}

func runIn(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// needs skips the test where a tool is absent, unless the environment promises it.
func needs(t *testing.T, tool string) {
	t.Helper()
	if _, err := exec.LookPath(tool); err == nil {
		return
	}
	kind, _, _ := strings.Cut(tool, "-")
	if kind == "llvm" {
		kind = "clang" // what promises the one has the other
	}
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), kind) {
		t.Fatalf("LOCKSTEP_REQUIRE promises %s, and there is no %s", kind, tool)
	}
	t.Skipf("no %s", tool)
}

func everything(u *model.Unit) Want { return Want{Records: u.Records, Enums: u.Enums} }

func readFile(t testing.TB, path string) *Object {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o, err := Read(filepath.Base(path), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestVerified finds everything in the objects that are in testdata.
func TestVerified(t *testing.T) {
	for _, b := range builds {
		t.Run(b.object, func(t *testing.T) {
			path := filepath.Join("testdata", b.object)
			if *update {
				b.compile(t, "testdata", b.object)
			}
			b.verify(t, path, "testdata")
		})
	}
}

// TestCompilers does the same with what the compilers of this machine make.
func TestCompilers(t *testing.T) {
	for _, b := range builds {
		t.Run(b.object, func(t *testing.T) {
			needs(t, b.command[0])
			if b.strip {
				needs(t, "llvm-strip-19")
			}
			path := filepath.Join(t.TempDir(), b.object)
			b.compile(t, "testdata", path)
			b.verify(t, path, "testdata")
		})
	}
}

func (b build) verify(t *testing.T, path, headers string) {
	u := headertest.Parse(t, b.target, headers, "events.h")
	o := readFile(t, path)
	if err := Fits(b.target, o); err != nil {
		t.Error(err)
	}
	r := Compare(everything(u), o)
	if len(r.Mismatches) > 0 {
		t.Errorf("mismatches: %+v", r.Mismatches)
	}
	for _, i := range append(r.Verified, r.Missing...) {
		want := b.format
		if i.Name == notInBTF {
			want = b.onlyIn
		}
		if i.Format != want {
			t.Errorf("%s: found in %q, want %q", i.Name, i.Format, want)
		}
	}
	if n := len(u.Records) + len(u.Enums); len(r.Verified)+len(r.Missing) != n {
		t.Errorf("%d verified and %d missing of %d", len(r.Verified), len(r.Missing), n)
	}
}
