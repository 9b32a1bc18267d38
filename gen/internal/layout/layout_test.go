// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The layouts of whole headers are held against compilers by package cparse; here are the rules one by one.
func TestRecord(t *testing.T) {
	u8 := Member{Size: 1, Align: 1}
	u32 := Member{Size: 4, Align: 4}
	bits := func(size, width int64) Member {
		return Member{Size: size, Align: size, BitField: true, Width: width}
	}
	for _, tt := range []struct {
		name, target string
		spec         Spec
		want         Layout
	}{
		{"empty", "bpfel", Spec{}, Layout{Size: 0, Align: 1}},
		{"padding", "bpfel", Spec{Members: []Member{u8, u32, u8}},
			Layout{Size: 12, Align: 4, End: 9, Places: []Place{{}, {Offset: 4}, {Offset: 8}}}},
		{"packed", "bpfel", Spec{Packed: true, Members: []Member{u8, u32}},
			Layout{Size: 5, Align: 1, End: 5, Places: []Place{{}, {Offset: 1}}}},
		{"packed and aligned", "bpfel", Spec{Packed: true, Align: 4, Members: []Member{u8, u32}},
			Layout{Size: 8, Align: 4, End: 5, Places: []Place{{}, {Offset: 1}}}},
		{"pragma pack", "bpfel", Spec{Pack: 2, Members: []Member{u8, u32}},
			Layout{Size: 6, Align: 2, End: 6, Places: []Place{{}, {Offset: 2}}}},
		{"union", "bpfel", Spec{Union: true, Members: []Member{u8, u32, {Size: 6, Align: 1}}},
			Layout{Size: 8, Align: 4, End: 6, Places: []Place{{}, {}, {}}}},
		{"bit-field behind a plain member", "bpfel", Spec{Members: []Member{u8, bits(4, 3), bits(4, 21), bits(4, 1)}},
			Layout{Size: 8, Align: 4, End: 5, Places: []Place{{}, {0, 8}, {0, 11}, {4, 32}}}},
		{"packed bit-fields cross units", "bpfel", Spec{Packed: true, Members: []Member{bits(1, 3), bits(4, 31), bits(4, 6)}},
			Layout{Size: 5, Align: 1, End: 5, Places: []Place{{0, 0}, {0, 3}, {4, 34}}}},
		{"zero width", "bpfel", Spec{Members: []Member{bits(1, 3), {Size: 4, Align: 4, BitField: true, Unnamed: true}, u8}},
			Layout{Size: 5, Align: 1, End: 5, Places: []Place{{0, 0}, {4, 32}, {Offset: 4}}}},
		{"zero width on arm", "linux/arm", Spec{Members: []Member{bits(1, 3), {Size: 4, Align: 4, BitField: true, Unnamed: true}, u8}},
			Layout{Size: 8, Align: 4, End: 5, Places: []Place{{0, 0}, {4, 32}, {Offset: 4}}}},
		{"flexible array", "bpfel", Spec{Members: []Member{u8, {Size: 0, Align: 8}}},
			Layout{Size: 8, Align: 8, End: 8, Places: []Place{{}, {Offset: 8}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target, ok := Lookup(tt.target)
			if !ok {
				t.Fatal("no target")
			}
			got, err := target.Record(tt.spec)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	target, _ := Lookup("bpfel")
	huge := Member{Size: maxBytes, Align: 1}
	if _, err := target.Record(Spec{Members: []Member{huge, huge, huge}}); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := Array(1<<40, 1<<40); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if n, err := Array(4, 3); n != 12 || err != nil {
		t.Error(n, err)
	}
}

func TestTargets(t *testing.T) {
	for _, name := range Names() {
		target, ok := Lookup(name)
		if !ok || target.Name != name {
			t.Errorf("%s is not found by its name", name)
		}
		for _, s := range []Scalar{Bool, Char, Short, Int, Long, LongLong, Float, Double, LongDouble, Pointer} {
			if m, ok := target.Scalar(s); !ok || m.Size <= 0 || m.Align <= 0 || m.Pref < m.Align {
				t.Errorf("%s: scalar %d is %+v", name, s, m)
			}
		}
	}
	if _, ok := Lookup("vax"); ok {
		t.Error("a target that there is not is found")
	}
}
