// SPDX-License-Identifier: Apache-2.0

package origin

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// enclosingOf says by walking from token i what enclosing says of it.
func enclosingOf(f *ctext.File, i int) int32 {
	pl := Place{&Finder{}, &cpp.Source{Text: f}, i}
	depth, least := int32(0), int32(0)
	for i++; i < len(f.Tokens) && pl.together(f.Tokens[i]); i++ {
		switch bracket(f, i) {
		case '(':
			depth++
		case ')':
			depth--
			least = min(least, depth)
		case '{', ';':
			return -least
		}
		if least < 0 && depth == least && !pl.goesOn(i) {
			return -least
		}
	}
	return -least
}

func TestEnclosing(t *testing.T) {
	torture, err := os.ReadFile("../cparse/testdata/torture/torture.h")
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{string(torture), "int (*(*f)(int a))(int b);", "M(A, B)\nM((C)) x\n;", "#define M(a) (a)\n(b)\n"}
	words := []string{"(", ")", "(", ")", "a", ",", ";", "{", "}", "\n", "\n", "/* c */", "/* c\n */", "\n#define a", " \\\n", "[", "]"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var b strings.Builder
		for range r.IntN(30) {
			b.WriteString(words[r.IntN(len(words))])
		}
		texts = append(texts, b.String())
	}
	for _, text := range texts {
		f := ctext.Scan([]byte(text))
		for i, got := range enclosing(f) {
			if want := enclosingOf(f, i); got != want {
				t.Fatalf("%q, token %d: %d parentheses, want %d", text, i, got, want)
			}
		}
	}
}

// TestDocsLookNoFurther checks that the comments of an enumerator are found without a look at those far from it, so
// that an enum costs no square of its size.
func TestDocsLookNoFurther(t *testing.T) {
	var b strings.Builder
	b.WriteString("enum e {\n")
	for i := range 100 {
		fmt.Fprintf(&b, "\tE%d = (%d + 1),\t/* text %d */\n", i, i, i)
	}
	b.WriteString("};\n")
	s := &cpp.Source{Text: ctext.Scan([]byte(b.String()))}
	p := &Finder{closers: map[*cpp.Source][]int32{}}
	at := s.Text.TokenAt(51, 2)
	Place{p, s, at}.Docs(true) // goes over the file once
	for i := range s.Text.Tokens {
		if i < at-20 || i > at+20 {
			s.Text.Tokens[i].Off = -1 // a look at its text panics
		}
	}
	if doc, text := (Place{p, s, at}).Docs(true); doc != "" || text != "text 49" {
		t.Errorf("doc %q, text %q", doc, text)
	}
}
