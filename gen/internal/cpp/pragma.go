// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// bearsOnLayout reports whether a pragma that begins with word is for the parser.
func bearsOnLayout(word string) bool {
	switch word {
	case "pack", "scalar_storage_order", "ms_struct", "align", "options":
		return true
	}
	return false
}

// pragma acts on the #pragma whose name is at token at.
func (p *pp) pragma(f *frame, at, end int) {
	var words []tok
	for i := at + 1; i < end; i++ {
		if f.src.Text.Tokens[i].Kind != ctext.Comment {
			words = append(words, p.read(f.src, i))
		}
	}
	t := p.read(f.src, f.hashOf(at))
	p.act(&t, words)
}

// act acts on a pragma of these words, which is written at t.
func (p *pp) act(t *tok, words []tok) {
	if len(words) == 0 || p.values {
		return
	}
	switch word := words[0].sym.text; {
	case word == "once":
		if len(p.frames) > 0 {
			p.frames[len(p.frames)-1].src.once = true
		}
	case word == "push_macro" || word == "pop_macro":
		p.macroPragma(t, word, words)
	case word == "clang" && len(words) > 1 && words[1].sym.text == "attribute":
		p.attributePragma(t, words)
	case bearsOnLayout(word) && p.inArgs:
		p.fault(t, "#pragma %s is among the arguments of a macro", word)
	case bearsOnLayout(word):
		if word == "pack" {
			words = p.packWords(t, words)
		}
		if len(words) == 0 {
			return
		}
		text := make([]string, len(words))
		for i := range words {
			text[i] = words[i].sym.text
		}
		q := t.token()
		q.Kind, q.Text = Pragma, strings.Join(text, " ")
		p.out = append(p.out, q)
	}
}

// attributePragma reports a #pragma clang attribute that changes layouts.
func (p *pp) attributePragma(t *tok, words []tok) {
	for i := range words {
		switch name := strings.Trim(words[i].sym.text, "_"); name {
		case "packed", "aligned", "mode", "vector_size", "ext_vector_type", "ms_struct", "Alignas", "alignas":
			p.fault(t, "#pragma clang attribute with %s is not supported: it changes the layout of what follows", name)
			return
		}
	}
}

// packWords returns the words of a #pragma pack, with macros expanded where the compiler does that.
func (p *pp) packWords(t *tok, words []tok) []tok {
	if p.opts.Predefined.ExpandsPragma {
		return append(words[:1:1], p.expandList(words[1:])...)
	}
	for i := range words {
		if y := words[i].sym; words[i].kind == Ident && y.macro != nil {
			p.fault(t, "#pragma pack with the macro %s: clang expands it, gcc does not", y.text)
			return nil
		}
	}
	return words
}

// macroPragma acts on push_macro("name") and pop_macro("name").
func (p *pp) macroPragma(t *tok, word string, words []tok) {
	if len(words) < 4 || !words[1].is("(") || words[2].kind != String || !words[3].is(")") {
		p.fault(t, "#pragma %s takes the name of a macro in quotes and parentheses", word)
		return
	}
	_, name, _ := Unquote(words[2].sym.text, '"')
	sym := p.symbols.get(name)
	if word == "push_macro" {
		p.pushed[sym] = append(p.pushed[sym], sym.macro)
		return
	}
	if pushed := p.pushed[sym]; len(pushed) > 0 {
		sym.macro, p.pushed[sym] = pushed[len(pushed)-1], pushed[:len(pushed)-1]
	}
}

// pragmaOperator acts on the _Pragma at t; what follows it has not been read.
func (p *pp) pragmaOperator(t tok) {
	var text tok
	for i, want := range []Kind{Punct, String, Punct} {
		u, ok := p.expanded()
		if !ok || u.kind != want || want == Punct && !u.is("()"[i/2:i/2+1]) {
			p.fault(&t, "expected a string in parentheses after _Pragma")
			return
		}
		if want == String {
			text = u
		}
	}
	_, body, _ := Unquote(text.sym.text, '"')
	body = strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(body)
	f := ctext.Scan([]byte(body))
	var words []tok
	for i := range f.Tokens {
		if f.Tokens[i].Kind == ctext.Comment {
			continue
		}
		w := tok{src: t.src, at: t.at, defSrc: t.defSrc, defTok: t.defTok, flags: t.flags}
		w.sym, w.kind = p.symbols.of(f, i)
		words = append(words, w)
	}
	p.act(&t, words)
}
