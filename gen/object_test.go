// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHeaderOf reads the objects of the tests of verify. That the header has the object's layouts is what HeaderOf itself
// compares.
func TestHeaderOf(t *testing.T) {
	objects, err := filepath.Glob("internal/verify/testdata/*.o")
	if err != nil || len(objects) == 0 {
		t.Fatal("no objects", err)
	}
	for _, object := range objects {
		h, err := HeaderOf(object)
		if err != nil {
			t.Errorf("%s: %v", object, err)
			continue
		}
		if len(h.Left) > 0 || !strings.Contains(string(h.Text), "struct event {") || !slices.Contains(Targets(), h.Target) {
			t.Errorf("%s: %s, left %q\n%s", object, h.Target, h.Left, h.Text)
		}
	}
}

// TestHeaderOfBTF reads the BTF of objects as a file of its own, as the kernel has one.
func TestHeaderOfBTF(t *testing.T) {
	for _, name := range []string{"bpfel", "bpfeb"} {
		f, err := elf.Open("internal/verify/testdata/" + name + ".o")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		data, err := f.Section(".BTF").Data()
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "vmlinux")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if !IsObject(path) {
			t.Errorf("%s: BTF is not an object", name)
		}
		h, err := HeaderOf(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(h.Left) > 0 || !strings.Contains(string(h.Text), "struct event {") || h.Target != name {
			t.Errorf("%s: %s, left %q\n%s", name, h.Target, h.Left, h.Text)
		}
	}
}
