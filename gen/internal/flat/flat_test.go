// SPDX-License-Identifier: Apache-2.0

package flat

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

const header = `
struct named { int in; };
struct s {
	char a;
	struct { int b; struct { short c; } d; };
	union { int e; unsigned f : 3; } u;
	struct { int g; struct { int h; } deep[2]; } list[2][3];
	struct named n[2];
	unsigned i : 3, : 2, j : 4;
	char rest[];
};
`

func TestFields(t *testing.T) {
	u := headertest.Text(t, "bpfel", header)
	var got []string
	for _, f := range Fields(u.Records[1]) {
		line := fmt.Sprintf("%s bit %d width %d", f.Path, f.Bit, f.Width)
		if f.Parent != "" {
			line += " in " + f.Parent
		}
		if f.Group {
			line += " group"
		}
		if f.InUnion {
			line += " union"
		}
		got = append(got, line)
	}
	want := []string{
		"a bit 0 width 8",
		"b bit 32 width 32",
		"d.c bit 64 width 16",
		"u.e bit 96 width 32 union",
		"u.f bit 96 width 3 union",
		"list bit 128 width 576 group",
		"list[].g bit 128 width 32 in list[].",
		"list[].deep bit 160 width 64 in list[]. group",
		"list[].deep[].h bit 160 width 32 in list[].deep[].",
		"n bit 704 width 64",
		"i bit 768 width 3",
		"j bit 773 width 4",
		"rest bit 784 width 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

// TestLoop has records that no header can have, but a broken object can: they hold themselves.
func TestLoop(t *testing.T) {
	one := &model.Record{Size: 8}
	one.Fields = []*model.Field{
		{Name: "a", Type: &model.Type{Kind: model.RecordType, Record: one}},
		{Name: "b", Type: &model.Type{Kind: model.RecordType, Record: one}},
	}
	if n := len(Fields(one)); n == 0 || n > 4*maxFields {
		t.Errorf("%d fields", n)
	}
}
