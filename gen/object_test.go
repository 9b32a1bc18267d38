// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
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

// TestHeaderOfSharedTags reads BTF of several compilation units, as the kernel's is: a tag may be that of a struct in one, and of a
// union or an enum in others.
func TestHeaderOfSharedTags(t *testing.T) {
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	members := []btf.Member{{Name: "a", Type: u32}}
	state := &btf.Struct{Name: "state", Size: 4, Members: members}
	enum := &btf.Enum{Name: "state", Size: 4, Values: []btf.EnumValue{{Name: "STATE_A", Value: 3}}}
	path := filepath.Join(t.TempDir(), "vmlinux")
	writeBTF(t, path, enum, state, &btf.Union{Name: "state", Size: 4, Members: members},
		&btf.Struct{Name: "holder", Size: 8, Members: []btf.Member{{Name: "e", Type: enum}, {Name: "s", Type: state, Offset: 32}}})
	d, err := Dump(Headers{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range d.Constants {
		got = append(got, c.Name+" of "+c.Enum)
	}
	for _, r := range d.Records {
		for _, f := range r.Fields {
			got = append(got, r.Name+": "+f.Type+" "+f.Name)
		}
	}
	for _, s := range d.Skipped {
		got = append(got, s.Name+": skipped")
	}
	want := []string{"STATE_A of ", "struct state: __u32 a", "struct holder: __u32 e", "struct holder: struct state s", "union state: skipped"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestHeaderOfBitFields checks that a struct with bit-fields is packed only where its layout is not C's without that.
func TestHeaderOfBitFields(t *testing.T) {
	u8, u32, u64 := &btf.Int{Name: "unsigned char", Size: 1}, &btf.Int{Name: "unsigned int", Size: 4}, &btf.Int{Name: "unsigned long long", Size: 8}
	record := func(name string, size uint32, second, last btf.Bits) *btf.Struct {
		return &btf.Struct{Name: name, Size: size, Members: []btf.Member{
			{Name: "a", Type: u8, BitfieldSize: 7}, {Name: "b", Type: u8, BitfieldSize: 1, Offset: 7},
			{Name: "c", Type: u32, BitfieldSize: 20, Offset: 8}, {Name: "d", Type: u32, BitfieldSize: 20, Offset: second},
			{Name: "e", Type: u64, Offset: last},
		}}
	}
	path := filepath.Join(t.TempDir(), "types")
	writeBTF(t, path, record("natural", 16, 32, 64), record("tight", 14, 28, 48), record("gap", 24, 64, 128))
	h, err := HeaderOf(path)
	if err != nil {
		t.Fatal(err)
	}
	const fields = "\tunsigned char a : 7;\n\tunsigned char b : 1;\n\t__u32 c : 20;\n"
	for _, want := range []string{
		"struct natural {\n" + fields + "\t__u32 d : 20;\n\t__u64 e;\n};\n",
		"struct tight {\n" + fields + "\t__u32 d : 20;\n\t__u64 e;\n} __attribute__((packed));\n",
		"struct gap {\n" + fields,
	} {
		if !strings.Contains(string(h.Text), want) {
			t.Errorf("no\n%s\nin\n%s", want, h.Text)
		}
	}
}

// writeBTF writes types as BTF to a file.
func writeBTF(t *testing.T, path string, types ...btf.Type) {
	t.Helper()
	b, err := btf.NewBuilder(types, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := b.Marshal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestObjectsRefused has what is said of objects whose layouts cannot be known.
func TestObjectsRefused(t *testing.T) {
	dir := t.TempDir()
	narrow := filepath.Join(dir, "narrow.btf")
	writeBTF(t, narrow, &btf.Struct{Name: "s", Size: 4, Members: []btf.Member{{Name: "a", Type: &btf.Int{Name: "unsigned long", Size: 4}}}})
	module := filepath.Join(dir, "module")
	data, err := os.ReadFile(narrow)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-int(binary.NativeEndian.Uint32(data[20:]))] = 'x' // the first string is not the empty one
	if err := os.WriteFile(module, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		narrow: "this BTF is of a 32-bit machine and does not say which one: name the object that it is from",
		module: "this BTF is that of a kernel module, and builds on the kernel's: put that next to it under the name vmlinux, as in /sys/kernel/btf",
	} {
		_, err := Dump(Headers{Paths: []string{path}})
		if err == nil || err.Error() != filepath.ToSlash(path)+": "+want && err.Error() != path+": "+want {
			t.Errorf("%s: got %v, want %s", filepath.Base(path), err, want)
		}
	}
}

// TestInitRepeated checks that an Init that fails leaves no header behind, which would stop the next.
func TestInitRepeated(t *testing.T) {
	dir := t.TempDir()
	types := make([]btf.Type, 3000)
	for i := range types {
		types[i] = &btf.Struct{Name: fmt.Sprintf("a_struct_with_a_rather_long_name_%d", i), Size: 4,
			Members: []btf.Member{{Name: "a", Type: &btf.Int{Name: "unsigned int", Size: 4}}}}
	}
	object := filepath.Join(dir, "vmlinux")
	writeBTF(t, object, types...)
	o := InitOptions{Config: filepath.Join(dir, "lockstep.yaml"), Only: []string{"no_such_name"}}
	for _, c := range []struct{ only, want string }{
		{"no_such_name", "no_such_name"},
		{"*", "a configuration with all 0 constants and 3000 structs is too large ("},
		{"a_struct_with_a_rather_long_name_7", ""},
	} {
		o.Only = []string{c.only}
		_, err := Init(Headers{Paths: []string{object}}, o)
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--only %s: %v", c.only, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*.h")); len(left) > 0 {
			t.Errorf("--only %s: left %q", c.only, left)
		}
	}
}
