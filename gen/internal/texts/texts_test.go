// SPDX-License-Identifier: Apache-2.0

package texts

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// shown writes texts on one line.
func shown(list []model.Text) string {
	var parts []string
	for _, t := range list {
		parts = append(parts, fmt.Sprintf("%d:%d %s=%s", t.Pos.Line, t.Pos.Col, t.Key(), t.Text))
	}
	return strings.Join(parts, "; ")
}

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"A_X\tthe text\r\n\n # no\n  -0x10 b  c \n7u d": "1:1 A_X=the text; 4:3 -16=b  c; 5:1 7=d",
		"\ufeffA a": "1:1 A=a",
		"":          "t: no texts: want lines of a name or a number, blanks, and a text",
		"A":         "A: has no text: write it behind the name, or say in texts that there is none",
		"A\tb\x1b":  "A: the text has bytes that are not UTF-8, or characters that control how text is shown",
		"A \xff":    "A: the text has bytes that are not UTF-8, or characters that control how text is shown",
		"08 x":      "08: neither the name of a constant nor a number: want NAME or NUMBER, blanks, and the text",
	} {
		list, err := Lines("t", []byte(in))
		got := shown(list)
		if err != nil {
			_, got, _ = strings.Cut(err.Error(), ":1:1: ")
		}
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// TestTable reads tables that are written in other ways than those of gen/testdata.
func TestTable(t *testing.T) {
	for in, want := range map[string]string{
		"x(1, \"a\"); x(A, 0, \"b\" \"c\")": "1:1 1=a; 1:12 A=bc",
		"x(f(1, 2), \"a\")":                 "!",
		"x(1)":                              "!",
		"x(1, \"a\"":                        "!",
		"int x[] = {\"a\", [5] = \"b\", \"c\", NULL, (\"d\")};":              `1:12 0=a; 1:17 5=b; 1:28 6=c; 1:39 8=d`,
		"int x[2][3] = {\"a\"}; f(x[1]); x(2, \"no\");":                      "1:16 0=a",
		"x(int v) { switch (v) { case 'a': return \"a\"; } }":                "!",
		"x(int v) { switch (v) { case -(A): y = \"a\"; break; } }":           "1:25 -A=a",
		"x(int v) { switch (v) { case A: default: return \"a\"; } }":         "1:25 A=a",
		"x(int v) { switch (v) { default: log(v); case 2: return \"a\"; } }": "1:42 2=a",
		"x(int v) { switch (v) { case A: if (v) return \"b\"; } }":           "!",
		"#ifndef G\n#define G\nint x[] = <%\"a\"%>;\n#endif":                 "3:13 0=a",
		"#ifndef G\n#define G\n#else\nint x[] = {\"a\"};\n#endif":            "!",
		"#ifndef G\n#define H\nint x[] = {\"a\"};\n#endif":                   "!",
		"#define x(a, b)\n":       "!",
		"int x[] = {u8\"a\"};":    "!",
		"int x[] = {\"a\\x1b\"};": "!",
		"int x[] = {\"a\"; };":    "!",
	} {
		list, err := Table("t", "x", []byte(in))
		got := shown(list)
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("%q: %s, want %s (%v)", in, got, want, err)
		}
	}
}

// FuzzLines writes what it reads anew, and reads that.
func FuzzLines(f *testing.F) {
	f.Add("A_X\tthe text\n-1 b")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Lines("t", []byte(text))
		if err != nil {
			return
		}
		again := ""
		for _, one := range list {
			again += one.Key() + " " + one.Text + "\n"
		}
		back, err := Lines("t", []byte(again))
		if err != nil || len(back) != len(list) {
			t.Fatalf("%q: %v, %v", again, back, err)
		}
		for i := range back {
			if back[i].Key() != list[i].Key() || back[i].Text != list[i].Text {
				t.Errorf("%v is read back as %v", list[i], back[i])
			}
		}
	})
}

// FuzzTable checks that what is read stands there: a text has its key and its first letter at or behind its position.
func FuzzTable(f *testing.F) {
	f.Add("x(1, \"a\"); x(A, \"b\")")
	f.Add("const char *x[] = { [A] = \"a\", {1, \"b\"}, \"c\" };")
	f.Add("x(int v) { switch (v) { case A: case -1: return (\"a\"); default: return y; } }")
	f.Add("#ifndef G\n#define G\nx(1, \"a\");\n#if 1\nx(2, \"b\");\n#endif\n#endif")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Table("t", "x", []byte(text))
		if err == nil && len(list) == 0 && strings.Count(text, "x") == 0 {
			t.Error("a table where there is no name")
		}
		lines := strings.Count(text, "\n") + 1
		for _, one := range list {
			if one.Pos.Line < 1 || one.Pos.Line > lines || one.Name == "" && one.Number == nil {
				t.Errorf("%+v", one)
			}
		}
	})
}
