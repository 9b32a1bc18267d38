// SPDX-License-Identifier: Apache-2.0

package ctype

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

func typesFor(t *testing.T, target string) *Types {
	t.Helper()
	l, ok := layout.Lookup(target)
	if !ok {
		t.Fatalf("no target %s", target)
	}
	return NewTypes(l)
}

func TestSpelling(t *testing.T) {
	ts := typesFor(t, "bpfel")
	i, u32 := ts.Get("int"), ts.Get("unsigned int").Named("__u32")
	for _, test := range []struct {
		t           *Type
		want        string
		size, align int64
	}{
		{u32, "__u32", 4, 4},
		{ts.Pointer(i), "int *", 8, 8},
		{ts.Pointer(ts.Pointer(i)), "int **", 8, 8},
		{ArrayOf(ArrayOf(u32, 3), 2), "__u32 [2][3]", 24, 4},
		{ts.Pointer(ArrayOf(i, 4)), "int (*)[4]", 8, 8},
		{ts.Pointer(&Type{Kind: model.Func, Elem: i}), "int (*)()", 8, 8},
		{ArrayOf(i, -1), "int []", 0, 4},
		{ts.Vector(i, 16), "int __attribute__((vector_size(16)))", 16, 16},
		{u32.Aligned(16), "__u32", 4, 16},
		{ts.NewEnum("color"), "enum color", 4, 4},
		{&Type{Kind: model.RecordType, Record: &Record{Union: true, Tag: "u"}}, "union u", 0, 1},
	} {
		if test.t.String() != test.want || test.t.Size() != test.size || test.t.Align() != test.align {
			t.Errorf("%v has size %d and alignment %d; want %s, %d, %d", test.t, test.t.Size(), test.t.Align(), test.want, test.size, test.align)
		}
	}
}

func TestSame(t *testing.T) {
	ts := typesFor(t, "linux/386")
	i, r := ts.Get("int"), &Type{Kind: model.RecordType, Record: &Record{Tag: "s"}}
	for _, test := range []struct {
		a, b *Type
		want bool
	}{
		{i, i.Named("s32").Aligned(8), true},
		{i, ts.Get("long"), false},
		{ts.Pointer(i.Named("a")), ts.Pointer(i.Named("b")), true},
		{ArrayOf(i, 2), ArrayOf(i, 3), false},
		{r, r.Named("alias"), true},
		{r, &Type{Kind: model.RecordType, Record: &Record{Tag: "s"}}, false},
		{ts.Sized(4, true), i, true},
	} {
		if got := Same(test.a, test.b); got != test.want {
			t.Errorf("Same(%v, %v) is %v", test.a, test.b, got)
		}
	}
}

func TestOrder(t *testing.T) {
	for name, want := range map[string]model.Order{
		"__be16": model.BigEndian, "be64": model.BigEndian, "__le32": model.LittleEndian, "le32_t": model.LittleEndian,
		"__be8": model.Native, "u32": model.Native, "label": model.Native,
	} {
		if got := OrderOf(name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	ts := typesFor(t, "bpfel")
	if be := ts.Get("unsigned int").Named("__be32"); be.Order != model.BigEndian || be.Named("addr_t").Order != model.BigEndian {
		t.Error("a typedef of __be32 is not big-endian")
	}
	if p := ts.Pointer(ts.Get("int")).Named("__be32"); p.Order != model.Native {
		t.Error("a pointer has a byte order")
	}
}
