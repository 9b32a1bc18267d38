// SPDX-License-Identifier: Apache-2.0

package main

import (
	"debug/buildinfo"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBill compares the SBOM of this test with its build information.
func TestBill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if modules := billed(t, self); len(modules) < 2 {
		t.Errorf("%q", modules)
	}
}

// TestBillOfCommands builds each command and compares its SBOM with the build information in it, and with the modules of the
// packages that the go command says it is built from: none may be missing, none extra.
func TestBillOfCommands(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the commands")
	}
	t.Chdir("../..")
	t.Setenv("CGO_ENABLED", "0") // as build does
	for _, command := range commands {
		path := filepath.Join(t.TempDir(), command)
		if err := build(path, command, ""); err != nil {
			t.Fatal(err)
		}
		listed, err := output("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "./cmd/"+command)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(strings.Split(listed, "\n"), func(line string) bool { return isOwn(line) || line == "" })
		slices.Sort(want)
		got := slices.DeleteFunc(billed(t, path), isOwn)
		if diff := cmp.Diff(slices.Compact(want), got); diff != "" {
			t.Errorf("%s (-go list +SBOM):\n%s", command, diff)
		}
	}
}

// isOwn reports whether a line is about Go itself, or about this module, whose version the go command does not list.
func isOwn(line string) bool {
	name, _, _ := strings.Cut(line, " ")
	return name == "stdlib" || name == "github.com/lockstep-bpf/lockstep"
}

// billed returns the modules of the SBOM of a command, each with its version, after comparing them with the command's build information.
func billed(t *testing.T, path string) []string {
	t.Helper()
	b, err := bill("name", []string{path}, commitInfo{"v1", date})
	if err != nil {
		t.Fatal(err)
	}
	var d spdxDocument
	if err := json.Unmarshal(b, &d); err != nil || d.Version != "SPDX-2.3" || d.Creation.Created != "2026-11-27T08:00:00Z" {
		t.Fatalf("%+v, %v", d, err)
	}
	var got, described []string
	for _, p := range d.Packages {
		got = append(got, p.Name+" "+p.Version)
		if want := []spdxRef{{"PACKAGE-MANAGER", "purl", "pkg:golang/" + p.Name + "@" + p.Version}}; !slices.Equal(p.Refs, want) {
			t.Errorf("%s: %v, want %v", p.Name, p.Refs, want)
		}
		described = append(described, p.ID)
	}
	for i, r := range d.Relationships {
		if want := (spdxRelationship{d.ID, "DESCRIBES", described[i]}); r != want {
			t.Errorf("%v, want %v", r, want)
		}
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"stdlib " + strings.TrimPrefix(info.GoVersion, "go")}
	for line := range strings.Lines(info.String()) { // as go version -m prints it
		if f := strings.Fields(line); len(f) >= 3 && (f[0] == "mod" || f[0] == "dep") {
			want = append(want, f[1]+" "+f[2])
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-build information +SBOM):\n%s", path, diff)
	}
	return got
}
