// SPDX-License-Identifier: Apache-2.0

package cexpr

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctype"
	"github.com/lockstep-bpf/lockstep/gen/internal/cursor"
	"github.com/lockstep-bpf/lockstep/gen/internal/cvalue"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
	"github.com/lockstep-bpf/lockstep/gen/internal/predef"
)

// wordTypes takes types of one word.
type wordTypes struct{ Parser }

func (w *wordTypes) TypeName() *ctype.Type { return w.Types.Get(w.Next().Text) }

// evaluate returns what an expression gives for a target: its type and value, why it has none, or what is wrong with it.
// Types in it are one word each, and the names are those of scope.
func evaluate(t *testing.T, expr string, scope Scope) string {
	t.Helper()
	target, _ := layout.Lookup("bpfel")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte(expr), 0o666); err != nil {
		t.Fatal(err)
	}
	files, err := cpp.NewFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	header, err := files.Open("a.h")
	if err != nil {
		t.Fatal(err)
	}
	var faults diag.List
	pre := cpp.Run(files, []*cpp.Source{header}, &cpp.Options{Predefined: predef.For(target)}, &faults)
	types := ctype.NewTypes(target)
	words := &wordTypes{}
	words.Parser = New(cursor.New(pre.Tokens, files.List, &faults), cvalue.Calc{Types: types}, scope, words)
	p := &words.Parser
	var x cvalue.Value
	p.Try(func() {
		x = p.Expression()
		if end := p.Peek(); end.Kind != cpp.EOF {
			p.Fail(end, "%s follows", end)
		}
	})
	switch all := faults.All(); {
	case len(all) > 0:
		return all[0].Pos.String() + ": " + all[0].Msg
	case p.Undeclared != "":
		return p.Undeclared + " is not declared"
	case x.Const == nil:
		return x.Type.String() + ": " + x.Why
	}
	return x.Type.String() + " " + x.Const.ExactString()
}

func TestExpression(t *testing.T) {
	target, _ := layout.Lookup("bpfel")
	types := ctype.NewTypes(target)
	record := &ctype.Type{Kind: model.RecordType, Record: &ctype.Record{Tag: "s", Done: true, Members: []*ctype.Member{
		{Name: cpp.Token{Kind: cpp.Ident, Text: "m"}, Type: types.Get("short"), Place: layout.Place{Offset: 6}},
	}}}
	one, _ := cvalue.Calc{Types: types}.Number("1")
	scope := Scope{
		"v":   {Type: record},
		"ONE": {Type: one.Type, Enumerator: &ctype.Enumerator{Type: one.Type, Value: one.Const}},
		"u8":  {Typedef: true, Type: types.Get("unsigned char")},
	}
	for _, test := range []struct{ expr, want string }{
		{"1 + 2 * 3", "int 7"},
		{"(1 + 2) * 3 == 9 && 1 << 3 > 7", "int 1"},
		{"0 ? 1 : 0 ? 2 : 3u", "unsigned int 3"},
		{"ONE + 1", "int 2"},
		{"sizeof(int)", "unsigned long 4"},
		{"sizeof v.m", "unsigned long 2"},
		{"(char) 300", "char 44"},
		{"-(int) -1", "int 1"},
		{"sizeof \"abc\" \"de\"", "unsigned long 6"},
		{"__builtin_bswap16(0x1234)", "unsigned short 13330"},
		{"__builtin_popcount(255)", "int 8"},
		{"v.m", "short: it reads memory"},
		{"f(1, (2))", "int: calls f"},
		{"1, 2", "int 2"},
		{"x + 1", "x is not declared"},
		{"v.n", `a.h:1:3: struct s has no member "n"`},
		{"1 +", "a.h:1:3: expected an expression, found the end of the headers"},
		{"(1", `a.h:1:2: expected ")", found the end of the headers`},
		{"1 2", `a.h:1:3: "2" follows`},
		{"u8", `a.h:1:1: "u8" names a type`},
	} {
		if got := evaluate(t, test.expr, scope); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.expr, got, test.want)
		}
	}
}
