// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// embeddedNames lists the embedded headers.
func embeddedNames(t *testing.T) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(cpp.EmbeddedFiles(), "stubs", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(p, "stubs/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(names, cpp.Empty...)
}

// including parses a header that includes the named ones.
func including(t *testing.T, target string, names ...string) (*model.Unit, error) {
	t.Helper()
	dir := t.TempDir()
	text := ""
	for _, n := range names {
		text += "#include <" + n + ">\n"
	}
	if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Parse(Options{Dir: dir, Headers: []string{"a.h"}, Target: target})
}

// TestEmbeddedHeaders includes each embedded header alone, and all of them in one unit, on every target.
func TestEmbeddedHeaders(t *testing.T) {
	names := embeddedNames(t)
	for _, target := range layout.Names() {
		if _, err := including(t, target, names...); err != nil {
			t.Errorf("%s: %v", target, err)
		}
	}
	for _, n := range names {
		u, err := including(t, "bpfel", n)
		if err != nil {
			t.Errorf("%s: %v", n, err)
			continue
		}
		if !slices.Contains(u.BuiltIn, n) {
			t.Errorf("%s: not among the embedded headers that were read: %v", n, u.BuiltIn)
		}
	}
}

// TestEmbeddedNames finds headers that projects keep under paths of their own.
func TestEmbeddedNames(t *testing.T) {
	for _, n := range []string{
		"bpfcore/vmlinux.h", "../headers/vmlinux.h", "vmlinux/vmlinux_x86.h", "vmlinux-arm64.h", "../../libbpf/src/bpf_helpers.h",
		"uapi/linux/bpf.h", "headers/bpf_endian.h",
	} {
		if _, err := including(t, "bpfel", n); err != nil {
			t.Errorf("%s: %v", n, err)
		}
	}
	for _, n := range []string{"my_vmlinux.h", "bpf_helper.h", "../headers/types.h", "linux/no_such.h"} {
		if _, err := including(t, "bpfel", n); err == nil {
			t.Errorf("%s: found", n)
		}
	}
}

// TestEmbeddedGiveWay declares what an embedded header declares, before and behind it.
func TestEmbeddedGiveWay(t *testing.T) {
	own := "enum { TCP_FLAG_FIN = 1 };\nstruct ethhdr { int mine; };\ntypedef long u32;\nenum xdp_action { XDP_MINE = 7 };\n"
	for _, text := range []string{"#include <vmlinux.h>\n" + own, own + "#include <vmlinux.h>\n"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		u, err := Parse(Options{Dir: dir, Headers: []string{"a.h"}, Target: "bpfel"})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var found []string
		for _, c := range u.Constants {
			if c.Name == "TCP_FLAG_FIN" || c.Name == "XDP_MINE" || c.Name == "XDP_DROP" {
				found = append(found, c.Pos.File+" "+c.Name+" "+c.Value.String())
			}
		}
		for _, r := range u.Records {
			if r.Tag == "ethhdr" {
				found = append(found, r.Pos.File+" "+r.Name)
			}
		}
		slices.Sort(found)
		want := []string{"a.h TCP_FLAG_FIN 1", "a.h XDP_MINE 7", "a.h struct ethhdr"}
		if !slices.Equal(found, want) {
			t.Errorf("%q: %v, want %v", text, found, want)
		}
	}
}

// TestEmbeddedUAPI compares the embedded headers with those of this machine: what both have must be the same.
func TestEmbeddedUAPI(t *testing.T) {
	const root = "/usr/include"
	if _, err := os.Stat(root + "/linux/bpf.h"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "uapi") {
			t.Fatal("LOCKSTEP_REQUIRE promises uapi, and there is no linux/bpf.h")
		}
		t.Skip("no Linux headers")
	}
	big := bigEndian(t, root)
	little := []string{".", "x86_64-linux-gnu"}
	include := map[string][]string{
		"bpfel": little, "linux/386": little, "bpfeb": append([]string{big}, little...), "linux/s390x": append([]string{big}, little...),
	}
	compared := map[string]int{}
	for name := range cpp.Kernels {
		for target, dirs := range include {
			theirs, err := Parse(Options{Dir: root, Headers: []string{name}, Include: dirs, Target: target})
			if err != nil {
				continue // it is another test's concern what of these can be read
			}
			ours, err := including(t, target, name)
			if err != nil {
				t.Fatal(err)
			}
			compared[target] += compareUnits(t, name+" on "+target, ours, theirs)
		}
	}
	for target := range include {
		if compared[target] < 1000 {
			t.Errorf("%s: only %d facts are compared", target, compared[target])
		}
	}
}

// bigEndian returns a directory, from root, with the asm/byteorder.h of a big-endian machine: this one's is little-endian.
func bigEndian(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "asm", "byteorder.h")
	rel, err := filepath.Rel(root, dir)
	err = errors.Join(err, os.Mkdir(filepath.Dir(name), 0o777),
		os.WriteFile(name, []byte("#include <linux/byteorder/big_endian.h>\n"), 0o666))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}

func compareUnits(t *testing.T, what string, ours, theirs *model.Unit) (compared int) {
	t.Helper()
	values, records := map[string]string{}, map[string]*model.Record{}
	for _, c := range theirs.Constants {
		values[c.Name] = c.Value.ExactString()
	}
	for _, r := range theirs.Records {
		records[r.Name] = r
	}
	for _, c := range ours.Constants {
		if v, ok := values[c.Name]; ok {
			compared++
			if v != c.Value.ExactString() {
				t.Errorf("%s: %s is %s, want %s", what, c.Name, c.Value.ExactString(), v)
			}
		}
	}
	for _, r := range ours.Records {
		want, ok := records[r.Name]
		if !ok {
			continue
		}
		compared++
		if got, want := shape(r), shape(want); got != want {
			t.Errorf("%s: %s is %s, want %s", what, r.Name, got, want)
		}
	}
	return compared
}

// shape says how a record is laid out: where each field stands, those of records without a name among them.
func shape(r *model.Record) string {
	var list []string
	var add func(r *model.Record, base int64)
	add = func(r *model.Record, base int64) {
		for _, f := range r.Fields {
			switch {
			case f.Name != "" && f.BitField:
				list = append(list, fmtField(f.Name, base*8+f.BitOffset, int64(f.BitWidth)))
			case f.Name != "":
				list = append(list, fmtField(f.Name, (base+f.Offset)*8, f.Type.Size*8))
			case f.Type.Record != nil && !f.BitField:
				add(f.Type.Record, base+f.Offset)
			}
		}
	}
	add(r, 0)
	slices.Sort(list)
	return fmtField("size", r.Size, r.Align) + " " + strings.Join(list, " ")
}

func fmtField(name string, at, size int64) string { return fmt.Sprintf("%s@%d+%d", name, at, size) }
