// SPDX-License-Identifier: Apache-2.0

package ctext

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var scanTests = []struct {
	name, src string
	want      []string // each token's text; directives with # before it, comments as they are
}{
	{"words and numbers", "int a1 = 0x1fUL + 1.5e-3;", []string{"int", "a1", "=", "0x1fUL", "+", "1.5e-3", ";"}},
	{"not UTF-8", "a\xbb é \xbb1 b // \xbb", []string{"a\xbb", "é", "\xbb1", "b", "// \xbb"}},
	{"longest operators", "a<<=b->c...d##e", []string{"a", "<<=", "b", "->", "c", "...", "d", "##", "e"}},
	{"strings", `L"a\"b" 'c' u8"d"`, []string{`L"a\"b"`, "'c'", `u8"d"`}},
	{"open quote", "don't /* no\nx", []string{"don", "'t /* no", "x"}},
	{"comments", "a /* b\n c */ d // e\nf", []string{"a", "/* b\n c */", "d", "// e", "f"}},
	{"open comment", "a /* b", []string{"a", "/* b"}},
	{"spliced comment", "// a \\\nb\nc", []string{"// a \\\nb", "c"}},
	{"spliced name", "ab\\\ncd ef", []string{"abcd", "ef"}},
	{"spliced string", "\"a\\\nb\" c", []string{`"ab"`, "c"}},
	{"crlf", "a\\\r\nb\r\n#x\r\ny", []string{"ab", "#:#", "#:x", "y"}},
	{"directive", "#define A \\\n 1 /* x\n y */ 2\nb", []string{"#:#", "#:define", "#:A", "#:1", "#:/* x\n y */", "#:2", "b"}},
	{"digraphs", "a<:1:> <%b%> %:%:\n%:define A %: %\n##b", []string{
		"a", "[", "1", "]", "{", "b", "}", "##", "#:#", "#:define", "#:A", "#:#", "#:%", "##", "b"}},
	{"not a directive", "a # b", []string{"a", "#", "b"}},
	{"byte order mark", "\xef\xbb\xbfa", []string{"a"}},
	{"lone backslash", "a \\ b \\", []string{"a", "\\", "b"}},
	{"spliced, with blanks", "a\\ \t\nb +\\\n+ /\\\n* c */ /\\ \n/ d\ne 1\\\n2", []string{
		"ab", "++", "/\\\n* c */", "/\\ \n/ d", "e", "12"}},
	{"raw strings", "a R\"(\n\"/*)\" b u8R\"x()\")x\" xR\"(\" LR\"(", []string{
		"a", "R\"(\n\"/*)\"", "b", "u8R\"x()\")x\"", "xR", "\"(\"", "LR\"("}},
	{"header names", "#include <a/*b//c'd.h> x\n# include_next \"a\\\"\n#if __has_include(<a'b>) <a'b\n", []string{
		"#:#", "#:include", "#:<a/*b//c'd.h>", "#:x", "#:#", "#:include_next", "#:\"a\\\"", "#:#", "#:if", "#:__has_include",
		"#:(", "#:<a'b>", "#:)", "#:<", "#:a", "#:'b"}},
}

func TestScan(t *testing.T) {
	for _, tt := range scanTests {
		t.Run(tt.name, func(t *testing.T) {
			f := Scan([]byte(tt.src))
			var got []string
			for i, tok := range f.Tokens {
				text := f.Text(i)
				if tok.Directive {
					text = "#:" + text
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			checkFile(t, f)
		})
	}
}

// checkFile checks what holds for every text: tokens in order, nothing but white space and line splices
// between them, and lines that fit the offsets.
func checkFile(t *testing.T, f *File) {
	t.Helper()
	last := int32(0)
	for i, tok := range f.Tokens {
		if tok.Off < last || tok.End <= tok.Off || int(tok.End) > len(f.Src) {
			t.Fatalf("token %d lies at %d to %d, behind %d", i, tok.Off, tok.End, last)
		}
		if gap := f.Src[last:tok.Off]; i > 0 && len(bytes.Trim(bytes.ReplaceAll(gap, []byte("\\"), nil), "\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")) > 0 {
			t.Fatalf("%q is in no token", gap)
		}
		if line := f.LineOf(tok.Off); line != int(tok.Line) {
			t.Fatalf("token %d is on line %d, by its offset on line %d", i, tok.Line, line)
		}
		if line, col := f.Pos(i); f.TokenAt(line, col) != i {
			t.Fatalf("token %d is not found at %d:%d", i, line, col)
		}
		last = tok.End
	}
	if want := bytes.Count(f.Src, []byte("\n")) + 1; f.Lines() != want {
		t.Fatalf("%d lines, want %d", f.Lines(), want)
	}
}

func TestCommentText(t *testing.T) {
	for _, tt := range []struct{ comment, want string }{
		{"/* a */", "a"},
		{"/**< a */", "a"},
		{"// a", "a"},
		{"///  a  ", "a"},
		{"/* a\n * b\n *\n *   c\n */", "a\nb\n\n  c"},
		{"/*\n   a\n     b\n */", "a\n  b"},
		{"/* a \\\n * b */", "a\nb"},
		{"/**/", ""},
		{"/***/", ""},
		{"/*", ""},
		{"// a \\", "a"},
		{"/* a\r\n * b\r\n */", "a\nb"},
	} {
		if diff := cmp.Diff(tt.want, CommentText(tt.comment)); diff != "" {
			t.Errorf("%q: %s", tt.comment, diff)
		}
	}
}

func TestDocs(t *testing.T) {
	for _, tt := range []struct{ name, src, doc, text string }{
		{"above", "/* d */\nX;", "d", ""},
		{"lines above", "// d\n// e\nX;", "d\ne", ""},
		{"free line between", "/* d */\n\nX;", "", ""},
		{"licence", "/* SPDX-License-Identifier: MIT */\nX;", "", ""},
		{"of the one before", "a; /* d */ X;", "", ""},
		{"of the one before, on", "a, /* d\n */ X,", "", ""},
		{"of the one before, in braces", "/* s */ struct { a; /* d */ X; /* t */ } /* u */ v;", "", "t"},
		{"before", "/* c */ a; /* d */ X; /* e */ b;", "d", ""},
		{"before, on a line of more", "{\n\t/* c */ a, /* d */ /* e */ X, /* f */ b,\n/* g */", "e", ""},
		{"before, in braces", "struct { /* c */ a; /* d */ X; } s; /* e */ ", "d", ""},
		{"before, first", "a; {/* d */ X; b;", "d", ""},
		{"behind the comma that has a comment", "a /* b */, /* d */ X, c", "d", ""},
		{"behind, and first", "/* d */ X; /* t */ b; /* c */", "d", "t"},
		{"behind the one above", "a; /* d */\nX;", "", ""},
		{"behind", "X; /* t */\n/* not */\ny;", "", "t"},
		{"behind, on", "X; /* t\n * u */\ny;", "", "t\nu"},
		{"behind, with more on the line", "X; /* t */ y;", "", "t"},
		{"behind, with more on its last line", "X; /* t\n * u */ y;", "", "t\nu"},
		{"two behind, with more", "X; /* t */ /* u */ y;", "", "t\nu"},
		{"two behind the one above", "a; /* t */ /* u */\nX;", "", ""},
		{"behind a splice", "X; /* t */ \\\ny;", "", "t"},
		{"two behind", "X; /* t */ // u\ny;", "", "t\nu"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Scan([]byte(tt.src))
			x := 0
			for !f.Is(x, "X") {
				x++
			}
			if got := f.DocAbove(x); got != tt.doc {
				t.Errorf("doc %q, want %q", got, tt.doc)
			}
			if got := f.TextBehind(x + 1); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
		})
	}
}

func FuzzScan(f *testing.F) {
	for _, tt := range scanTests {
		f.Add([]byte(tt.src))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		file := Scan(src)
		checkFile(t, file)
		for i := range file.Tokens {
			if strings.Contains(file.DocAbove(i)+file.TextBehind(i), "*/") && !bytes.Contains(src, []byte("*/")) {
				t.Fatal("a comment ends that does not")
			}
		}
		for n := range file.Lines() + 2 {
			file.Line(n)
		}
	})
}
