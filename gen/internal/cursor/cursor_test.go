// SPDX-License-Identifier: Apache-2.0

package cursor

import (
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
)

// over returns a cursor over words; those that begin with # are pragmas.
func over(words string, faults *diag.List) *Cursor {
	var toks []cpp.Token
	for _, w := range strings.Fields(words) {
		kind := cpp.Punct
		switch {
		case w[0] == '#':
			kind = cpp.Pragma
		case w[0] >= 'a' && w[0] <= 'z':
			kind = cpp.Ident
		}
		toks = append(toks, cpp.Token{Kind: kind, Text: w, Src: -1, DefSrc: -1, DefTok: -1})
	}
	c := New(toks, nil, faults)
	return &c
}

func TestTokens(t *testing.T) {
	var faults diag.List
	c := over("a #p1 #p2 ( b [ ; ] ) , c #p3 ;", &faults)
	var pragmas []int
	c.OnPragma = func(at int) { pragmas = append(pragmas, at) }
	if first := c.ExpectIdent(); first.Text != "a" || c.Ahead(1).Text != "b" {
		t.Errorf("%v, then %v, then %v", first, c.Peek(), c.Ahead(1))
	}
	c.SkipTo(",", ";")
	if !c.Accept(",") || c.Accept(";") || !c.Is("c") {
		t.Errorf("at %v", c.Peek())
	}
	c.Next()
	c.Expect(";")
	if end := c.Next(); end.Kind != cpp.EOF || end.Text != "the end of the headers" {
		t.Errorf("%v", end)
	}
	if len(pragmas) != 3 || faults.Len() != 0 {
		t.Errorf("pragmas at %v, %v", pragmas, faults.Err())
	}
}

func TestGivingUp(t *testing.T) {
	for _, test := range []struct {
		words string
		do    func(*Cursor)
		want  string
	}{
		{"a", func(c *Cursor) { c.Expect(";") }, `expected ";", found "a"`},
		{"if", func(c *Cursor) { c.ExpectIdent() }, `expected a name, found "if"`},
		{"( [ )", func(c *Cursor) { c.SkipBalanced() }, `"(" is not closed`},
		{"a b", func(c *Cursor) { c.SkipTo(";") }, `expected ";", found the end of the headers`},
		{"a", func(c *Cursor) {
			for range maxNesting + 1 {
				defer c.Nest()()
			}
		}, "nested more than 200 deep"},
	} {
		var faults diag.List
		c := over(test.words, &faults)
		if c.Try(func() { test.do(c) }) {
			t.Errorf("%s: did not give up", test.words)
		}
		if all := faults.All(); len(all) != 1 || all[0].Msg != test.want {
			t.Errorf("%s: %v, want %s", test.words, faults.Err(), test.want)
		}
		if c.deep != 0 {
			t.Errorf("%s: still %d deep", test.words, c.deep)
		}
	}
}

func TestOtherPanicsGoOn(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a panic of another kind is lost")
		}
	}()
	over("", &diag.List{}).Try(func() { panic("a mistake") })
}
