// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// example is a project that uses bpf2go and lockstep, which docs/bpf2go.md shows.
const example = "testdata/bpf2go"

// TestBesideBpf2go builds the example with both generators and runs its own test in the kernel. What bpf2go writes goes
// elsewhere: the tree has no objects.
func TestBesideBpf2go(t *testing.T) {
	if testing.Short() {
		t.Skip("builds bpf2go and the example")
	}
	needsTools(t)
	needsBPF(t)
	r, err := Generate(filepath.Join(example, ConfigName))
	if err != nil {
		t.Fatal(err)
	}
	if diff, err := r.Compare(); err != nil || len(diff) > 0 {
		t.Fatalf("%v: run go run ./cmd/lockstep gen gen/%s\n%s", err, example, diff)
	}
	dir, err := filepath.Abs(example)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	run(t, dir, "go", "run", "github.com/cilium/ebpf/cmd/bpf2go", "-cc", clang(), "-go-package", "main", "-target", "bpfel,bpfeb",
		"-no-strip", "-no-global-types", "-output-dir", out, "flows", "flows.bpf.c", "--", "-I../../../headers")
	overlay := map[string]map[string]string{"Replace": {}}
	made, err := filepath.Glob(out + "/flows_*")
	if err != nil || len(made) != 4 {
		t.Fatalf("bpf2go wrote %q, %v", made, err)
	}
	for _, name := range made {
		overlay["Replace"][filepath.Join(dir, filepath.Base(name))] = name
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(out, "overlay.json")
	if err := os.WriteFile(list, data, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, "go", "test", "-count=1", "-overlay", list, ".")
}

func run(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command, err, out)
	}
}

// clang returns the name of the compiler.
func clang() string {
	if _, err := exec.LookPath("clang-19"); err == nil {
		return "clang-19"
	}
	return "clang"
}

// needsBPF skips the test where no map can be made, unless LOCKSTEP_REQUIRE promises bpf.
func needsBPF(t *testing.T) {
	t.Helper()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err == nil {
		_ = m.Close() // nothing was stored
		return
	}
	denied := errors.Is(err, unix.EPERM) || errors.Is(err, ebpf.ErrNotSupported)
	if !denied || slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf") {
		t.Fatal(err)
	}
	t.Skip(err)
}

// TestBesideBpf2goDocs wants the example's files in the documentation as they are.
func TestBesideBpf2goDocs(t *testing.T) {
	docs, err := os.ReadFile("../docs/bpf2go.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"flows.h", "flows.bpf.c", "lockstep.yaml", "generate.go", "main.go"} {
		data, err := os.ReadFile(filepath.Join(example, name))
		if err != nil {
			t.Fatal(err)
		}
		text := string(data)
		if i := strings.Index(text, "\n\n"); strings.HasSuffix(name, ".go") && i >= 0 {
			text = text[i+2:]
		}
		text = strings.TrimPrefix(text, "/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */\n")
		if !strings.Contains(string(docs), "\n"+text+"```\n") {
			t.Errorf("docs/bpf2go.md does not have gen/%s/%s as it is", example, name)
		}
	}
}
