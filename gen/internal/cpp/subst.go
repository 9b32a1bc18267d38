// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// substitution makes the expansion of one use of a macro out of its body.
type substitution struct {
	p    *pp
	m    *Macro
	use  *tok
	args *arguments
}

// run returns what the parts of the body give.
func (s *substitution) run(parts []part) []tok {
	out := s.parts(parts)
	kept := out[:0]
	for i := range out {
		if out[i].kind != none {
			kept = append(kept, out[i])
		}
	}
	return kept
}

// parts returns what parts give, with placemarkers where arguments have no tokens beside ##.
func (s *substitution) parts(parts []part) []tok {
	out := make([]tok, 0, len(parts))
	pasted := false // ## stands before the part
	for i := 0; i < len(parts); i++ {
		q := &parts[i]
		end := i
		if q.op == optional || q.op == optionalString {
			end = closing(parts, i)
		}
		paste := parts[end].paste
		switch got := s.part(parts, i, end, pasted || paste); {
		case pasted && s.comma(parts, i):
			if paste && s.p.opts.Predefined.Two {
				s.p.fault(s.use, "gcc and clang disagree on the result of ## between a comma and a variable argument that is followed by another ##")
			}
			if s.args.omitted {
				out[len(out)-1] = tok{kind: none}
			} else {
				out = append(out, got...)
			}
		case pasted && len(out) > 0:
			out[len(out)-1] = s.paste(out[len(out)-1], got[0], &parts[i-1])
			out = append(out, got[1:]...)
		default:
			out = append(out, got...)
		}
		i, pasted = end, paste
	}
	return out
}

// closing returns the end of the __VA_OPT__ at parts[i].
func closing(parts []part, i int) int {
	depth := 0
	for ; i < len(parts)-1; i++ {
		switch parts[i].op {
		case optional, optionalString:
			depth++
		case optionalEnd:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return i
}

// comma reports whether parts[i], which ## stands before, is the variable argument behind a comma: what is pasted there
// is not the comma, which goes where the argument was left out.
func (s *substitution) comma(parts []part, i int) bool {
	return s.m.variadic && int(parts[i].param) == len(s.m.params())-1 && parts[i].op == plain && parts[i-1].is(",")
}

// part returns what parts[i:end+1] give; beside ##, arguments are not expanded and never without a token.
func (s *substitution) part(parts []part, i, end int, beside bool) []tok {
	q := &parts[i]
	var got []tok
	switch {
	case q.op == optional || q.op == optionalString:
		if s.anyVariable() {
			got = s.parts(parts[i+1 : end])
		}
		if q.op == optionalString {
			return []tok{s.made(s.quote(got), String, q)}
		}
	case q.param < 0:
		return []tok{brought(q.tok, s.use)}
	case q.op == stringize:
		return []tok{s.made(s.quote(s.args.raw[q.param]), String, q)}
	case beside:
		got = append(got, s.args.raw[q.param]...)
	default:
		got = append(got, s.args.expanded(s.p, int(q.param))...)
	}
	if len(got) == 0 {
		return []tok{{kind: none, flags: q.flags & space, sym: s.p.symbols.get("")}}
	}
	got[0].flags = got[0].flags&^space | q.flags&space
	return got
}

// anyVariable reports whether the variable argument gives any token.
func (s *substitution) anyVariable() bool {
	return len(s.args.expanded(s.p, len(s.m.params())-1)) > 0
}

// made returns a token that the preprocessor makes, for a part of the body.
func (s *substitution) made(text string, kind Kind, q *part) tok {
	return tok{
		sym: s.p.symbols.get(text), kind: kind, src: s.use.src, at: s.use.at, defSrc: -1, defTok: -1,
		flags: q.flags&space | fromMacro,
	}
}

// quote returns tokens as a string constant.
func (s *substitution) quote(toks []tok) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, t := range toks {
		if t.kind == none {
			continue
		}
		if i > 0 && t.flags&space != 0 && b.Len() > 1 {
			b.WriteByte(' ')
		}
		if t.kind == String || t.kind == Char {
			b.WriteString(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(t.sym.text))
			continue
		}
		b.WriteString(t.sym.text)
	}
	b.WriteByte('"')
	return b.String()
}

// paste returns the token that ## makes of two; q is the part before it.
func (s *substitution) paste(left, right tok, q *part) tok {
	switch {
	case right.kind == none:
		return left
	case left.kind == none:
		right.flags = right.flags&^space | left.flags&space
		return right
	}
	text := left.sym.text + right.sym.text
	f := ctext.Scan([]byte(text))
	if len(f.Tokens) != 1 || f.Tokens[0].Kind == ctext.Comment || f.Tokens[0].Kind == ctext.Bad {
		s.p.fault(s.use, "## makes %q of %q and %q, which is not a token", text, left.sym.text, right.sym.text)
		return left
	}
	sym, kind := s.p.symbols.of(f, 0)
	out := s.made(sym.text, kind, q)
	out.flags = out.flags&^space | left.flags&space
	return out
}
