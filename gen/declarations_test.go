// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"encoding/json"
	"fmt"
	"go/constant"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// dumpJSON returns the declarations of a unit as JSON.
func dumpJSON(u *model.Unit) ([]byte, error) {
	d, err := newDeclarations(u, nil)
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// TestJSONKeys holds the document to the keys that its users rely on, and lists to never being null.
func TestJSONKeys(t *testing.T) {
	u := headertest.Text(t, "bpfel", "enum { A };\nstruct s { int a; };\n#define F(x) x\n")
	data, err := dumpJSON(u)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	record := doc["records"].([]any)[0].(map[string]any)
	want := map[string]any{
		"target": "bpfel",
		"constants": []any{map[string]any{"name": "A", "value": 0.0, "kind": "enum", "type": "int", "enum": "",
			"file": "a.h", "line": 1.0, "doc": ""}},
		"records": []any{map[string]any{"name": "struct s", "kind": "struct", "size": 4.0, "align": 4.0, "packed": false,
			"file": "a.h", "line": 2.0, "doc": "", "fields": record["fields"]}},
		"skipped": []any{map[string]any{"name": "F", "file": "a.h", "line": 3.0, "reason": u.Skipped[0].Reason}},
	}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	wantField := map[string]any{"name": "a", "type": "int", "offset": 0.0, "size": 4.0, "bitOffset": 0.0, "bitWidth": 0.0,
		"array": []any{}, "doc": "", "record": "", "fields": []any{}}
	if diff := cmp.Diff([]any{wantField}, record["fields"]); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestEmptyUnit(t *testing.T) {
	data, err := dumpJSON(&model.Unit{Target: "bpfel"})
	want := `{"target":"bpfel","constants":[],"records":[],"skipped":[]}`
	if err != nil || string(data) != want {
		t.Errorf("JSON of nothing is %s, %v", data, err)
	}
}

func TestValue(t *testing.T) {
	tests := []struct {
		value constant.Value
		want  string
	}{
		{constant.MakeInt64(1 << 53), "9007199254740992"},
		{constant.MakeInt64(1<<53 + 1), `"9007199254740993"`},
		{constant.MakeInt64(-1 << 53), "-9007199254740992"},
		{constant.MakeInt64(-1<<53 - 1), `"-9007199254740993"`},
		{constant.MakeUint64(1<<64 - 1), `"18446744073709551615"`},
		{constant.MakeFloat64(0.5), "0.5"},
		{constant.MakeFromLiteral("1e400", token.FLOAT, 0), `"1e+400"`},
		{constant.MakeString("a\"b<"), `"a\"b\u003c"`},
		{constant.MakeUnknown(), `"unknown"`},
		{nil, "null"},
	}
	for _, tt := range tests {
		got, err := json.Marshal(Value{tt.value})
		if err != nil || string(got) != tt.want {
			t.Errorf("Value(%v) is %s (%v), want %s", tt.value, got, err, tt.want)
		}
	}
}

// TestBomb has a header that is small and whose records have more fields than memory has room for: records are written
// once.
func TestBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("struct s0 { int a; };\n")
	for i := 1; i < 50; i++ {
		fmt.Fprintf(&b, "struct s%d { struct s%d a, b; };\n", i, i-1)
	}
	u := headertest.Text(t, "bpfel", b.String())
	if data, err := dumpJSON(u); err != nil || len(data) > 1<<16 {
		t.Errorf("JSON gives %d bytes, and the error %v", len(data), err)
	}
}

// TestObjectRecord has a record of a broken object that holds itself, and one without a name that does.
func TestObjectRecord(t *testing.T) {
	for _, name := range []string{"struct s", ""} {
		r := &model.Record{Name: name, Size: 4}
		r.Fields = []*model.Field{{Name: "a", Type: &model.Type{Kind: model.RecordType, Record: r, Size: 4}}}
		depth := 0
		for list := objectRecord(r).Fields; len(list) > 0; list = list[0].Fields {
			depth++
		}
		if want := map[string]int{"struct s": 1, "": maxObjectDepth + 1}[name]; depth != want {
			t.Errorf("%q has %d levels, want %d", name, depth, want)
		}
		r.Fields = append(r.Fields, r.Fields[0])
		if got := objectRecord(r); len(got.Fields) == 0 {
			t.Errorf("%q has no fields", name)
		}
	}
}

// FuzzDeclarations returns as JSON any header that can be parsed.
func FuzzDeclarations(f *testing.F) {
	for _, seed := range []string{
		"enum { A, B = -1 };", "#define A 1.5e300\n#define B \"x\"\n", "struct s { int a : 3, : 0; union { char b[2][0]; }; };",
		"struct a { char c[1 << 30]; }; struct b { struct a a[1 << 10]; };", "typedef struct { struct { int x; } y[3]; } t;",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		dir := headertest.Files(t, map[string]string{"a.h": header})
		for _, target := range []string{"bpfel", "bpfeb", "linux/386"} {
			u, err := cparse.Parse(cparse.Options{Dir: dir, Headers: []string{"a.h"}, Target: target})
			if err != nil {
				return
			}
			if data, err := dumpJSON(u); err == nil && !json.Valid(data) {
				t.Errorf("not JSON: %s", data)
			}
		}
	})
}

// TestTextOfBytes checks that a text which no JSON string can be is not changed.
func TestTextOfBytes(t *testing.T) {
	data, err := dumpJSON(headertest.Text(t, "bpfel", "#define A \"\\xff\\xfe\"\n#define B \"\\u00e9\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Constants []struct{ Value any } }
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	want := []struct{ Value any }{{[]any{255.0, 254.0}}, {"\u00e9"}}
	if diff := cmp.Diff(want, doc.Constants); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
}
