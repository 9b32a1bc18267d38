// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/btf"
	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// edits are changes of events.h after which the objects are stale, and what is said of them.
var edits = []struct {
	name, old, new string
	item           string
	want           []string
}{
	{"field added", "u8 kind;", "u8 kind; u8 more;", "struct event",
		[]string{
			"more: 1 byte at 1 in the header, not in the object",
			"flag: 1 byte at 2 in the header, 1 byte at 1 in the object",
		}},
	{"record grown", "	u64 d;\n", "	u64 d;\n	u64 e;\n", "struct tight",
		[]string{"size: 22 bytes in the header, 14 in the object", "e: 8 bytes at 14 in the header, not in the object"}},
	{"not packed any more", "struct __attribute__((packed)) tight", "struct tight", "struct tight",
		[]string{
			"size: 24 bytes in the header, 14 in the object",
			"b: 4 bytes at 4 in the header, 4 bytes at 1 in the object",
			"c: 5 bits at bit 64 in the header, 5 bits at bit 40 in the object",
			"d: 8 bytes at 16 in the header, 8 bytes at 6 in the object",
		}},
	{"renamed", "	u16 two;", "	u16 zwei;", "struct pair",
		[]string{"zwei: 2 bytes at 2 in the header, not in the object", "two: not in the header, 2 bytes at 2 in the object"}},
	{"bit-field", "u16 bits : 3, : 2", "u16 bits : 4, : 1", "struct event",
		[]string{"bits: 4 bits at bit 96 in the header, 3 bits at bit 96 in the object"}},
	{"signedness", "	u32 b;\n", "	int b;\n", "struct tight", []string{"b: int (signed) in the header, u32 (unsigned) in the object"}},
	{"floating point", "	u32 b;\n", "	float b;\n", "struct tight",
		[]string{"b: float (floating point) in the header, u32 (unsigned) in the object"}},
	{"truth value", "_Bool flag", "u8 flag", "struct event",
		[]string{"flag: u8 (unsigned) in the header, _Bool (a truth value) in the object"}},
	{"pointer", "struct event *next", "u64 next", "struct event", []string{"next: u64 (unsigned) in the header, pointer in the object"}},
	{"dimensions", "char name[16]", "char name[4][4]", "struct event",
		[]string{"name: char [4][4] in the header, char [16] in the object"}},
	{"other record", "struct pair pairs[2]", "struct { u16 one, two; } pairs[2]", "struct event",
		[]string{
			"pairs: struct {...} in the header, struct pair in the object",
			"pairs[].one: 2 bytes at 60 in the header, not in the object",
			"pairs[].two: 2 bytes at 62 in the header, not in the object",
		}},
	{"nameless inside", "u16 hi, lo;", "u16 lo, hi;", "struct event",
		[]string{
			"parts.lo: 2 bytes at 32 in the header, 2 bytes at 34 in the object",
			"parts.hi: 2 bytes at 34 in the header, 2 bytes at 32 in the object",
		}},
	{"enumerator renumbered", "VERDICT_DROP = 5", "VERDICT_DROP = 6", "enum verdict",
		[]string{"VERDICT_DROP: 6 in the header, 5 in the object"}},
	{"negative enumerator", "VERDICT_ERROR = -1", "VERDICT_ERROR = -2", "enum verdict",
		[]string{"VERDICT_ERROR: -2 in the header, -1 in the object"}},
	{"high half of an enumerator", "WIDE_HIGH = 0x1234567890ULL", "WIDE_HIGH = 0x5534567890ULL", "enum wide",
		[]string{"WIDE_HIGH: 365950302352 in the header, 78187493520 in the object"}},
	{"enumerator added and removed", "TYPED_B", "TYPED_C", "typed_t",
		[]string{"TYPED_C: 8 in the header, not in the object", "TYPED_B: not in the header, 8 in the object"}},
	{"enumerator of an enum without a name", "INNER_A = -2", "INNER_A = -3", "enum { INNER_A, ... }",
		[]string{"INNER_A: -3 in the header, -2 in the object", "INNER_B: -2 in the header, -1 in the object"}},
	{"wider enum", "NARROW_B } __attribute__((packed))", "NARROW_B }", "enum narrow",
		[]string{"size: 4 bytes in the header, 1 in the object"}},
}

// TestMismatches edits the header and compares it with every object that is in testdata.
func TestMismatches(t *testing.T) {
	header, err := os.ReadFile(filepath.Join("testdata", "events.h"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range builds {
		o := readFile(t, filepath.Join("testdata", b.object))
		for _, e := range edits {
			t.Run(b.object+"/"+e.name, func(t *testing.T) {
				if n := strings.Count(string(header), e.old); n != 1 {
					t.Fatalf("events.h has %q %d times", e.old, n)
				}
				dir := headertest.Files(t, map[string]string{"events.h": strings.Replace(string(header), e.old, e.new, 1)})
				r := Compare(everything(headertest.Parse(t, b.target, dir, "events.h")), o)
				var got [][]string
				for _, m := range r.Mismatches {
					if !m.Pos.IsValid() || m.Header == (Layout{}) || m.Built == (Layout{}) {
						t.Errorf("%s lacks its position or a layout", m.Name)
					}
					if m.Name == e.item {
						got = append(got, m.Diffs)
					}
				}
				var want [][]string
				for range o.Types {
					want = append(want, e.want)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("differences (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestWanted looks for one record only, and finds what it holds too.
func TestWanted(t *testing.T) {
	u := headertest.Parse(t, "bpfel", "testdata", "events.h")
	want := Want{}
	for _, r := range u.Records {
		if r.Name == "struct event" {
			want.Records = append(want.Records, r)
		}
	}
	r := Compare(want, readFile(t, filepath.Join("testdata", "bpfel.o")))
	var got []string
	for _, i := range r.Verified {
		got = append(got, i.Name)
	}
	wanted := []string{"struct pair", "bare_t", "struct event", "enum verdict", "enum narrow", "typed_t", "enum { INNER_A, ... }"}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("verified (-want +got):\n%s", diff)
	}
}

func TestMissing(t *testing.T) {
	u := headertest.Text(t, "bpfel", "struct nowhere { int a; };\nenum absent { NOWHERE };\nenum { ALSO_NOWHERE };")
	r := Compare(everything(u), readFile(t, filepath.Join("testdata", "bpfel.o")))
	var got []string
	for _, i := range r.Missing {
		got = append(got, i.Pos.String()+" "+i.Name+i.Format)
	}
	want := []string{"a.h:1:1 struct nowhere", "a.h:2:1 enum absent", "a.h:3:1 enum { ALSO_NOWHERE, ... }"}
	if diff := cmp.Diff(want, got); diff != "" || len(r.Verified)+len(r.Mismatches) > 0 {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

func TestFits(t *testing.T) {
	tests := []struct{ target, object, want string }{
		{"bpfel", "bpfel.o", ""},
		{"bpfel", "amd64.o", ""}, // headers are shared between BPF and the host
		{"linux/arm64", "bpfel.o", ""},
		{"bpfel", "bpfeb.o", "bpfeb.o: EM_BPF is big-endian, but the target bpfel is little-endian (see --target)"},
		{"linux/s390x", "amd64.o", "amd64.o: EM_X86_64 is little-endian, but the target linux/s390x is big-endian (see --target)"},
		{"linux/386", "bpfel.o", "bpfel.o: EM_BPF has pointers of 8 bytes, but the target linux/386 of 4 (see --target)"},
		{"vax", "bpfel.o", `unknown target "vax"`},
	}
	for _, tt := range tests {
		got := ""
		if err := Fits(tt.target, readFile(t, filepath.Join("testdata", tt.object))); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Fits(%s, %s) = %q, want %q", tt.target, tt.object, got, tt.want)
		}
	}
}

// object returns the bytes of an object in testdata.
func object(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestBadObjects(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "x.o: not an ELF object"},
		{"text", []byte("int main(void) { return 0; }"), "x.o: not an ELF object"},
		{"no types", withoutTypes(t), "x.o: no BTF and no DWARF"},
		{"cut off", object(t, "bpfel.o")[:5000], "x.o: "},
		{"a section larger than any object", hugeBTF(t), "x.o: section .BTF: 1099511627776 bytes are more than"},
		{"a number without an end", unterminated(t), "x.o: DWARF: entries without end"},
		{"BTF of the other byte order", bytes.Replace(object(t, "bpfeb-stripped.o"), []byte{0xeb, 0x9f, 1, 0}, []byte{0x9f, 0xeb, 1, 0}, 1),
			"x.o: section .BTF: not BTF in the byte order of the object"},
		{"BTF, cut off", rawBTF(t, "bpfel.o")[:100], "x.o: "},
		{"a BTF's first bytes", []byte{0x9f, 0xeb, 1}, "x.o: "},
		{"BTF of another version", []byte{0x9f, 0xeb, 2, 0}, "x.o: not an ELF object"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read("x.o", bytes.NewReader(tt.data))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
			if tt.name == "no types" && !errors.Is(err, ErrNoTypes) {
				t.Errorf("%v is not ErrNoTypes", err)
			}
		})
	}
}

// rawBTF returns the BTF of an object.
func rawBTF(t testing.TB, name string) []byte {
	t.Helper()
	for _, s := range sections(t, object(t, name)) {
		if s.Name == ".BTF" {
			data, err := s.Data()
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
	}
	t.Fatal(name, "has no BTF")
	return nil
}

// TestRawBTF reads BTF without an object around it: it says the same.
func TestRawBTF(t *testing.T) {
	u := headertest.Parse(t, "bpfel", "testdata", "events.h")
	for _, name := range []string{"bpfel.o", "bpfeb.o"} {
		o, err := Read(name, bytes.NewReader(rawBTF(t, name)))
		if err != nil {
			t.Fatal(err)
		}
		whole := readFile(t, filepath.Join("testdata", name))
		if o.Machine != RawBTF || o.BigEndian != whole.BigEndian || o.Pointer != 8 || o.Target() != whole.Target() {
			t.Errorf("%s: %s, big-endian %v, pointers of %d bytes, target %q", name, o.Machine, o.BigEndian, o.Pointer, o.Target())
		}
		if diff := cmp.Diff(whole.Types[0], o.Types[0]); diff != "" {
			t.Error(name, diff)
		}
		if found := Compare(everything(u), o); name == "bpfel.o" && (len(found.Mismatches) > 0 || len(found.Verified) == 0) {
			t.Errorf("%d verified, %v differ", len(found.Verified), found.Mismatches)
		}
	}
	if o := (&Object{Machine: RawBTF, Pointer: 4}); o.Target() != "" {
		t.Errorf("BTF of a 32-bit machine is for %q", o.Target())
	}
}

// hugeBTF returns an object that says its BTF is larger than memory.
func hugeBTF(t *testing.T) []byte {
	data := bytes.Clone(object(t, "bpfeb-stripped.o"))
	headers := binary.BigEndian.Uint64(data[0x28:])
	for i, s := range sections(t, data) {
		if s.Name == ".BTF" {
			binary.BigEndian.PutUint64(data[headers+uint64(i)*64+32:], 1<<40)
		}
	}
	return data
}

// unterminated returns an object whose DWARF ends in the middle of a number.
func unterminated(t *testing.T) []byte {
	data := bytes.Clone(object(t, "bpfel.o"))
	for _, s := range sections(t, data) {
		if s.Name == ".debug_info" {
			data[s.Offset+s.Size-1] = 0x80
		}
	}
	return data
}

func sections(t testing.TB, data []byte) []*elf.Section {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f.Sections
}

// withoutTypes returns an object whose sections of types go by other names.
func withoutTypes(t *testing.T) []byte {
	data := bytes.ReplaceAll(object(t, "bpfeb-stripped.o"), []byte(".BTF\x00"), []byte(".btf\x00"))
	return bytes.ReplaceAll(data, []byte(".debug_"), []byte(".ddbug_"))
}

// TestTruncated reads objects cut off after every so many bytes: an error each, or all there is.
func TestTruncated(t *testing.T) {
	u := headertest.Parse(t, "bpfel", "testdata", "events.h")
	for _, name := range []string{"bpfel.o", "amd64.o"} {
		data := object(t, name)
		for n := 0; n < len(data); n += 13 {
			o, err := Read(name, bytes.NewReader(data[:n]))
			if err == nil {
				Compare(everything(u), o)
			}
		}
	}
}

// FuzzRead reads broken objects, and compares what can be read of them.
func FuzzRead(f *testing.F) {
	for _, b := range builds {
		f.Add(object(f, b.object))
	}
	f.Add(rawBTF(f, "bpfel.o"))
	f.Add(rawBTF(f, "bpfeb.o"))
	u := headertest.Parse(f, "bpfel", "testdata", "events.h")
	f.Fuzz(func(_ *testing.T, data []byte) {
		o, err := Read("x.o", bytes.NewReader(data))
		if err != nil {
			return
		}
		Compare(everything(u), o)
	})
}

// FuzzTypes breaks the types only, so that each input gets past the head of the object.
func FuzzTypes(f *testing.F) {
	data := object(f, "bpfel.o")
	u := headertest.Parse(f, "bpfel", "testdata", "events.h")
	f.Add(uint32(100), byte(1), uint32(700), byte(2))
	var at []uint64
	for _, s := range sections(f, data) {
		if s.Name == ".BTF" || strings.HasPrefix(s.Name, ".debug_") {
			for i := range s.Size {
				at = append(at, s.Offset+i)
			}
		}
	}
	f.Fuzz(func(_ *testing.T, i uint32, a byte, j uint32, b byte) {
		broken := bytes.Clone(data)
		broken[at[int(i)%len(at)]] = a
		broken[at[int(j)%len(at)]] = b
		o, err := Read("x.o", bytes.NewReader(broken))
		if err != nil {
			return
		}
		Compare(everything(u), o)
	})
}

// TestCutEnum has 64-bit enums as compilers without 64-bit BTF enums write them: 8 bytes, and 32 bits of each value.
func TestCutEnum(t *testing.T) {
	u := headertest.Text(t, "bpfel", "enum e { LOW = 1, HIGH = 0x1234567890ULL };\nenum n { NEGATIVE = -1, LARGE = 0x100000000LL };")
	tests := []struct {
		name   string
		enum   int
		format string
		values map[string]uint64
		want   []string
	}{
		{"cut", 0, "BTF", map[string]uint64{"LOW": 1, "HIGH": 0x34567890}, nil},
		{"cut, and another value", 0, "BTF", map[string]uint64{"LOW": 2, "HIGH": 0x34567890}, []string{"LOW: 1 in the header, 2 in the object"}},
		{"whole", 0, "BTF", map[string]uint64{"LOW": 1, "HIGH": 0x1234567890}, nil},
		{"whole, and another value", 0, "BTF", map[string]uint64{"LOW": 1, "HIGH": 0x5534567890},
			[]string{"HIGH: 78187493520 in the header, 365950302352 in the object"}},
		{"negative", 1, "BTF", map[string]uint64{"NEGATIVE": 0xffffffff, "LARGE": 0}, nil},
		{"DWARF cuts nothing", 0, "DWARF", map[string]uint64{"LOW": 1, "HIGH": 0x34567890},
			[]string{"HIGH: 78187493520 in the header, 878082192 in the object"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := u.Enums[tt.enum]
			have := &model.Enum{Type: &model.Type{Kind: model.Int, Size: 8}}
			for _, m := range want.Members {
				addMember(have, m.Name, tt.values[m.Name])
			}
			if diff := cmp.Diff(tt.want, enumDiffs(want, have, tt.format)); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestModule reads BTF that builds on other BTF, as that of kernel modules does.
func TestModule(t *testing.T) {
	u32 := &btf.Int{Name: "unsigned int", Size: 4}
	builder, err := btf.NewBuilder([]btf.Type{
		&btf.Struct{Name: "inner", Size: 8, Members: []btf.Member{{Name: "a", Type: u32}, {Name: "b", Type: u32, Offset: 32}}},
		&btf.Int{Name: "unsigned long", Size: 8},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	base, err := builder.Marshal(nil, &btf.MarshalOptions{Order: binary.LittleEndian})
	if err != nil {
		t.Fatal(err)
	}
	// struct outer { struct inner in; unsigned int x; }: the types of the base are inner (1), a long (2) and an int (3).
	text := "outer\x00in\x00x\x00"
	strings := binary.LittleEndian.Uint32(base[20:])
	words := []uint32{strings, 4<<24 | 2, 12, strings + 6, 1, 0, strings + 9, 3, 64}
	blob := binary.LittleEndian.AppendUint32(nil, 0x0001eb9f)
	for _, n := range []int{24, 0, 4 * len(words), 4 * len(words), len(text)} {
		blob = binary.LittleEndian.AppendUint32(blob, uint32(n))
	}
	for _, w := range words {
		blob = binary.LittleEndian.AppendUint32(blob, w)
	}
	blob = append(blob, text...)

	o, err := ReadModule("module", bytes.NewReader(blob), bytes.NewReader(base))
	if err != nil {
		t.Fatal(err)
	}
	if o.Target() != "bpfel" || o.Pointer != 8 {
		t.Errorf("target %q, pointers of %d bytes", o.Target(), o.Pointer)
	}
	want := "struct outer: in struct inner at 0, x unsigned int at 8, 12 bytes"
	var got []string
	for _, r := range o.Types[0].Records {
		if r.Name == "struct outer" && len(r.Fields) == 2 {
			in, x := r.Fields[0], r.Fields[1]
			got = append(got, fmt.Sprintf("%s: %s %s at %d, %s %s at %d, %d bytes", r.Name, in.Name, in.Type.C, in.Offset, x.Name, x.Type.C, x.Offset, r.Size))
		}
	}
	if !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := Read("module", bytes.NewReader(blob)); !errors.Is(err, ErrSplit) {
		t.Errorf("without its base: %v", err)
	}
	if _, err := ReadModule("module", bytes.NewReader(blob), bytes.NewReader([]byte("no BTF"))); err == nil || errors.Is(err, ErrSplit) {
		t.Errorf("with a broken base: %v", err)
	}
	if o, err := ReadModule("whole", bytes.NewReader(base), bytes.NewReader(base)); err != nil || len(o.Types[0].Records) != 1 {
		t.Errorf("BTF that needs no other: %v", err)
	}
}
