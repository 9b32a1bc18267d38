// SPDX-License-Identifier: Apache-2.0

package diag

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

func pos(file string, line, col int) model.Pos { return model.Pos{File: file, Line: line, Col: col} }

func TestErrNone(t *testing.T) {
	var l List
	if err := l.Err(); err != nil {
		t.Errorf("a list without faults gives %v", err)
	}
}

func TestErrSortsAndFoldsFaults(t *testing.T) {
	var l List
	l.Addf(pos("b.h", 1, 1), "", "third")
	l.Addf(pos("a.h", 10, 2), "struct s", "second")
	l.Addf(pos("a.h", 9, 1), "", "first")
	l.Addf(pos("b.h", 1, 1), "", "third")
	want := "a.h:9:1: first\na.h:10:2: struct s: second\nb.h:1:1: third"
	if diff := cmp.Diff(want, l.Err().Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
	var fault *Fault
	if !errors.As(l.Err(), &fault) || fault.Msg != "first" {
		t.Errorf("errors.As finds %v, want the first fault", fault)
	}
}

func TestDetail(t *testing.T) {
	tests := []struct {
		name  string
		fault Fault
		want  string
	}{
		{"caret below the column", Fault{Pos: pos("a.h", 3, 5), Msg: "bad", Line: "int x;"},
			"a.h:3:5: bad\n    int x;\n        ^"},
		{"tabs stay tabs", Fault{Pos: pos("a.h", 3, 3), Msg: "bad", Line: "\t\tint x;"},
			"a.h:3:3: bad\n    \t\tint x;\n    \t\t^"},
		{"just behind the line", Fault{Pos: pos("a.h", 3, 4), Msg: "bad", Line: "int"},
			"a.h:3:4: bad\n    int\n       ^"},
		{"no line", Fault{Pos: pos("a.h", 3, 4), Msg: "bad"}, "a.h:3:4: bad"},
		{"a column that the line does not have", Fault{Pos: pos("a.h", 3, 9), Msg: "bad", Line: "int"}, "a.h:3:9: bad"},
		{"no position", Fault{Msg: "bad", Line: "int"}, "bad"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.fault.Detail()); diff != "" {
				t.Errorf("detail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAlso(t *testing.T) {
	var l List
	l.Addf(pos("a.h", 1, 2), "X", "taken").Also(pos("a.h", 3, 4), pos("b.h", 5, 6))
	l.Addf(pos("a.h", 2, 1), "Y", "taken").Also(pos("a.h", 3, 4))
	want := "a.h:1:2: X: taken (see a.h:3:4, b.h:5:6)\na.h:2:1: Y: taken (see a.h:3:4)"
	if diff := cmp.Diff(want, l.Err().Error()); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
