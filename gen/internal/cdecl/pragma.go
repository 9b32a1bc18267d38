// SPDX-License-Identifier: Apache-2.0

package cdecl

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
)

// packState is a #pragma pack in force, under the name it was pushed with.
type packState struct {
	align int64
	name  string
}

// pragmaAt acts on the pragma at token i, which must stand between declarations or members.
func (p *parser) pragmaAt(i int) {
	before, behind := i-1, i+1
	for before >= 0 && p.Tokens[before].Kind == cpp.Pragma {
		before--
	}
	for behind < len(p.Tokens) && p.Tokens[behind].Kind == cpp.Pragma {
		behind++
	}
	if before >= 0 {
		switch last := p.Tokens[before].Text; {
		case last != ";" && last != "{" && last != "}",
			last == "}" && !p.target.Clang && behind < len(p.Tokens) && (p.Tokens[behind].Text == ";" || p.Tokens[behind].Text == ","):
			p.Fault(p.Tokens[i], "", "#pragma %s is inside of a declaration", p.Tokens[i].Text)
		}
	}
	p.layoutPragma(p.Tokens[i])
}

// layoutPragma acts on a pragma that bears on layout.
func (p *parser) layoutPragma(t cpp.Token) {
	words := strings.Fields(t.Text)
	if words[0] == "pack" {
		p.packPragma(t, words[1:])
		return
	}
	switch on := words[len(words)-1]; on {
	case "default", "off", "reset", "natural":
		return
	}
	p.definite(t, "", "#pragma %s is not supported: it changes the layout of what follows", words[0])
}

// packPragma acts on #pragma pack. What gcc and clang do not read alike, or ignore with a warning, is refused.
func (p *parser) packPragma(t cpp.Token, words []string) {
	n := len(words)
	if n < 2 || words[0] != "(" || words[n-1] != ")" {
		p.definite(t, "", "#pragma pack takes its arguments in parentheses, with nothing after them")
		return
	}
	var args []string
	for i, w := range words[1 : n-1] {
		switch {
		case i%2 == 0:
			args = append(args, w)
		case w != "," || i == n-3:
			p.definite(t, "", "#pragma pack takes a list with commas between its arguments")
			return
		}
	}
	switch {
	case len(args) == 0:
		p.pack = packState{}
	case args[0] == "push" && len(args) <= 3:
		p.packPush(t, args[1:])
	case args[0] == "pop" && len(args) <= 2:
		p.packPop(t, args[1:])
	case args[0] == "show" && len(args) == 1:
	case len(args) == 1:
		p.setPack(t, args[0])
	default:
		p.definite(t, "", "#pragma pack(%s) is not known", strings.Join(args, ", "))
	}
}

func (p *parser) setPack(t cpp.Token, arg string) {
	x, ok := p.Number(arg)
	n, isInt := x.Int()
	if !ok || !isInt || n < 0 || n > 16 || n&(n-1) != 0 {
		hint := ""
		if !isNumeric(arg) && !p.target.Clang {
			hint = "; clang expands macros here, gcc ignores the pragma"
		}
		p.definite(t, "", "#pragma pack: %s is not an alignment%s", arg, hint)
		return
	}
	p.pack = packState{align: n}
}

// packPush puts away what is in force, and sets what args say.
func (p *parser) packPush(t cpp.Token, args []string) {
	p.packs = append(p.packs, p.pack)
	top := &p.packs[len(p.packs)-1]
	top.name = ""
	if len(args) > 0 && !isNumeric(args[0]) {
		top.name = args[0]
		args = args[1:]
	}
	switch {
	case len(args) == 1:
		p.setPack(t, args[0])
	case len(args) > 1:
		p.definite(t, "", "#pragma pack(push) takes a name and an alignment")
	}
}

// packPop brings back what was pushed last, or last under the name in args.
func (p *parser) packPop(t cpp.Token, args []string) {
	i := len(p.packs) - 1
	if len(args) > 0 {
		if isNumeric(args[0]) {
			p.definite(t, "", "#pragma pack(pop, %s): clang sets the alignment, gcc does not", args[0])
			return
		}
		for i >= 0 && p.packs[i].name != args[0] {
			i--
		}
		if i < 0 {
			p.definite(t, "", "#pragma pack(pop, %s): nothing was pushed under this name", args[0])
			return
		}
	}
	if i < 0 {
		return // compilers warn, and leave things as they are
	}
	p.pack, p.packs = packState{align: p.packs[i].align}, p.packs[:i]
}

func isNumeric(s string) bool { return s != "" && s[0] >= '0' && s[0] <= '9' }
