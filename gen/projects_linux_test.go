// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/gen/internal/machine"
)

var updateProjects = flag.Bool("update-projects", false, "rewrite what the programs of testdata/projects print")

// printer is the program that decodes a record, prints it, and reports whether encoding it gives the same bytes.
const printer = `package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	var e Event
	if err := e.Decode(data); err != nil {
		panic(err)
	}
	fmt.Printf("%+v\n", e)
	fmt.Println(string(e.Append(nil)) == string(data[:EventLen]))
}
`

// TestProjects takes each project of testdata/projects from init, with the edits that it lists, to Go that decodes what its own BPF
// program writes into a map of the kernel.
func TestProjects(t *testing.T) {
	needsTools(t)
	projects, err := filepath.Glob("testdata/projects/*")
	if err != nil || len(projects) == 0 {
		t.Fatal("no projects", err)
	}
	for _, project := range projects {
		t.Run(filepath.Base(project), func(t *testing.T) {
			if testing.Short() && filepath.Base(project) != "exporter" {
				t.Skip("builds and runs the program")
			}
			if filepath.Base(project) == "perarch" && runtime.GOARCH != "amd64" {
				t.Skip("what it prints was recorded on amd64")
			}
			dir := t.TempDir()
			header := filepath.Join(project, "prog.bpf.c")
			if headers, _ := filepath.Glob(project + "/*.h"); len(headers) > 0 {
				header = headers[0]
			}
			config := filepath.Join(dir, ConfigName)
			if _, err := Init(Headers{Paths: []string{header}, Include: []string{"../headers"}}, InitOptions{Config: config, Package: "main"}); err != nil {
				t.Fatal(err)
			}
			edit(t, config, filepath.Join(project, "edits"))
			r, err := Generate(config)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Write(); err != nil {
				t.Fatal(err)
			}
			got := decoded(t, dir, record(t, filepath.Join(project, "prog.bpf.c"), dir))
			checkPrinted(t, filepath.Join(project, "want"), got)
		})
	}
}

// edit makes the edits that a project needs, three at the most: lines of "old => new". Most need none.
func edit(t *testing.T, config, edits string) {
	t.Helper()
	list, err := os.ReadFile(edits)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	data, errConfig := os.ReadFile(config)
	if err := errors.Join(err, errConfig); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(list)), "\n")
	if len(lines) > 3 {
		t.Errorf("%s: %d edits", edits, len(lines))
	}
	for _, line := range lines {
		before, after, ok := strings.Cut(line, " => ")
		if !ok || !strings.Contains(string(data), before) {
			t.Fatalf("%s: %q is not in the configuration:\n%s", edits, before, data)
		}
		data = []byte(strings.Replace(string(data), before, after, 1))
	}
	if err := os.WriteFile(config, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// needsTools skips the test where there is no clang, unless LOCKSTEP_REQUIRE promises bpf.
func needsTools(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("clang"); err != nil {
		if _, err := exec.LookPath("clang-19"); err != nil {
			if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "clang") {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// record compiles a program, runs it once in the kernel, and returns what it wrote.
func record(t *testing.T, source, dir string) []byte {
	t.Helper()
	clang := "clang-19"
	if _, err := exec.LookPath(clang); err != nil {
		clang = "clang"
	}
	object := filepath.Join(dir, "prog.o")
	host, _ := machine.Lookup(runtime.GOARCH)
	out, err := exec.Command(clang, "-target", "bpf", "-O2", "-g", "-Wall", "-I", "../headers", "-D"+host.Define, "-c", source, "-o", object).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ebpf.NewCollection(spec)
	if err != nil {
		denied := errors.Is(err, unix.EPERM) || errors.Is(err, ebpf.ErrNotSupported)
		if !denied || slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	defer c.Close()
	var ring *ringbuf.Reader
	if events := c.Maps["events"]; events != nil {
		if ring, err = ringbuf.NewReader(events); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ring.Close() }()
	}
	run := ebpf.RunOptions{}
	if spec.Programs["prog"].Type == ebpf.RawTracepoint {
		run.Context = make([]byte, 16) // the tracepoint's arguments
	} else {
		run.Data = make([]byte, 64) // a packet
	}
	if _, err := c.Programs["prog"].Run(&run); err != nil {
		t.Fatal(err)
	}
	if ring != nil { // the program has ended, so that its record is there
		r, err := ring.Read()
		if err != nil {
			t.Fatal(err)
		}
		return r.RawSample
	}
	data, err := c.Maps["out"].LookupBytes(uint32(0))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// decoded compiles what was generated and runs it on a record.
func decoded(t *testing.T, dir string, data []byte) []byte {
	t.Helper()
	for name, text := range map[string]string{"go.mod": "module project\n\ngo 1.25\n", "main.go": printer} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", ".")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(data)
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\nof %s", err, out, hex.EncodeToString(data))
	}
	return out
}

func checkPrinted(t *testing.T, name string, got []byte) {
	t.Helper()
	if *updateProjects {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("printed\n%swant (%s; run with -update-projects to accept)\n%s%v", got, name, want, err)
	}
}
