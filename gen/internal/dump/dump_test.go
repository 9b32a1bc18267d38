// SPDX-License-Identifier: Apache-2.0

package dump

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/constant"
	"go/token"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/cparse"
	"github.com/lockstep-bpf/lockstep/gen/internal/headertest"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var update = flag.Bool("update", false, "rewrite the goldens")

func TestGolden(t *testing.T) {
	headertest.Run(t, *update, func(t *testing.T, c *headertest.Case) map[string][]byte {
		target := strings.TrimSpace(c.File("target"))
		u := headertest.Parse(t, target, c.Dir, "a.h")
		data, err := JSON(u)
		if err != nil {
			t.Fatal(err)
		}
		return map[string][]byte{"table": Table(u), "json": data}
	})
}

// TestJSONKeys holds the document to the keys that its users rely on, and lists to never being null.
func TestJSONKeys(t *testing.T) {
	u := headertest.Text(t, "bpfel", "enum { A };\nstruct s { int a; };\n#define F(x) x\n")
	data, err := JSON(u)
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
	data, err := JSON(&model.Unit{Target: "bpfel"})
	want := "{\n  \"target\": \"bpfel\",\n  \"constants\": [],\n  \"records\": [],\n  \"skipped\": []\n}\n"
	if err != nil || string(data) != want {
		t.Errorf("JSON of nothing is %s, %v", data, err)
	}
	if got := string(Table(&model.Unit{Target: "bpfel"})); got != "target bpfel\n" {
		t.Errorf("table of nothing is %q", got)
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
		got, err := json.Marshal(value(tt.value))
		if err != nil || string(got) != tt.want {
			t.Errorf("value(%v) is %s (%v), want %s", tt.value, got, err, tt.want)
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
	if data, err := JSON(u); err != nil || len(data) > 1<<16 {
		t.Errorf("JSON gives %d bytes, and the error %v", len(data), err)
	}
	if n := len(Table(u)); n > 1<<20 {
		t.Errorf("the table has %d bytes", n)
	}
}

// TestTableIsForTerminals has a comment that would reach a terminal as a command.
func TestTableIsForTerminals(t *testing.T) {
	u := headertest.Text(t, "bpfel", "#define A 1 /* red\x1b[31m\tand \xff */\n#define B \"\\033[2J\"\n")
	if got := string(Table(u)); strings.ContainsAny(got, "\x1b\t") || !utf8.ValidString(got) {
		t.Errorf("the table has control characters: %q", got)
	}
}

// FuzzDump writes down any header that can be parsed.
func FuzzDump(f *testing.F) {
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
			Table(u)
			if data, err := JSON(u); err == nil && !json.Valid(data) {
				t.Errorf("not JSON: %s", data)
			}
		}
	})
}

// TestTextOfBytes holds that a text which no JSON string can be is not changed.
func TestTextOfBytes(t *testing.T) {
	data, err := JSON(headertest.Text(t, "bpfel", "#define A \"\\xff\\xfe\"\n#define B \"\\u00e9\"\n"))
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
