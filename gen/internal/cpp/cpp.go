// SPDX-License-Identifier: Apache-2.0

// Package cpp preprocesses C headers: it follows directives, expands macros as gcc and clang do, and gives the tokens
// that are left, each with the place where it is written. It knows neither declarations nor layouts. The result
// depends on the headers and the options alone.
package cpp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

const (
	maxDepth      = 200      // of includes, as in gcc
	maxEntered    = 20_000   // files entered, the same one many times included
	maxNested     = 1000     // of macros in the arguments of macros, and of parentheses in a condition
	maxTokens     = 16 << 20 // what a unit may expand to
	expansionWork = 1 << 20  // what macro expansion may do, in tokens, where the input is small
	workPerByte   = 64       // the same, for each byte of a large input
	largeSource   = 1 << 12  // a source of that many tokens gets room for what it expands to
	valueWork     = 1 << 18  // the same, for the value of one macro
)

// Options says how to preprocess.
type Options struct {
	Include    []string  // directories that #include searches, slash-separated, before the embedded headers
	Defines    []string  // macros, "NAME=VALUE" or "NAME" for 1
	Predefined *Compiler // what the compiler knows by itself
	Lenient    bool      // headers of systems that are not found are read as empty
}

// Compiler is what a target's compiler answers and defines.
type Compiler struct {
	Macros *ctext.File // #define lines
	// Has returns what __has_attribute and the like, by name, answer about an operand.
	Has func(operator, operand string) Answer
	// Operators lists the names that Has knows.
	Operators []string
	// ExpandsOperand reports whether macros in the operand of an operator are expanded.
	ExpandsOperand func(operator string) bool
	// Foreign returns the answer of the target's other compiler to an operator that only that one knows, and that
	// headers define for themselves; false for what is no such operator. It may be nil.
	Foreign func(operator, operand string) (string, bool)
	// ExpandsPragma says that macros in #pragma pack are expanded.
	ExpandsPragma bool
	// Two says that the target has two compilers, of which this is the first.
	Two bool
	// OtherExpandsOperand is ExpandsOperand for the other one; nil where there is none.
	OtherExpandsOperand func(operator string) bool
	// OnlyOne lists the operators and predefined macros that only one of the two has, true where it is the first, but for
	// those that serve to tell them apart.
	OnlyOne map[string]bool
	// Differing lists the predefined macros to which the two give different values.
	Differing map[string]Difference
}

// Difference is how the values differ that two compilers give to a predefined macro.
type Difference struct {
	Kind  DifferenceKind
	Other string // the value that the other one gives, a number, of what tells the version
}

// DifferenceKind is a kind of difference.
type DifferenceKind uint8

// The differences.
const (
	Alike     DifferenceKind = iota
	ByVersion                // it tells which compiler it is, or which version
	ByChoice                 // it stands for different types or limits
)

// Answer is what an operator gives.
type Answer struct {
	Value string // a number
	// Other is the value that another compiler of the target gives, where it differs; Differs says how.
	Other, Differs string
	Unknown        bool // the answer is not known here
}

// Unit is a list of headers, preprocessed.
type Unit struct {
	Tokens []Token
	Files  *Files
	Absent []Absent // headers that were read as empty
	p      *pp
	buf    []Token // what Expand returned last
	spent  int     // what Expand has done
}

// Absent is a header that is not there.
type Absent struct {
	Name string // as #include has it
	Pos  model.Pos
}

// totalValueWork bounds what the values of all macros may expand to.
const totalValueWork = 64 << 20

// pp is the state of preprocessing.
type pp struct {
	files   *Files
	search  *searcher
	faults  *diag.List
	opts    *Options
	symbols *symbols
	out     []Token
	pushed  map[*symbol][]*Macro // what #pragma push_macro has saved
	macros  []*Macro             // of the headers, in the order of their definitions
	frames  []*frame             // the sources being read, the innermost last
	absent  []Absent
	entered int
	counter int // __COUNTER__

	// What expand.go works on.
	stack  []context
	floor  int  // contexts below this are not read
	use    mark // where the outermost macro is used whose expansion was read from last
	sealed bool // where the contexts end, there is nothing more
	inArgs bool // arguments are being collected from a source
	depth  int  // of arguments being expanded
	work   int
	size   int    // of the headers that were entered, in bytes
	gap    bool   // an empty expansion had white space before it
	last   int32  // the line of the token that was read last
	varied string // the name that made the expansion depend on its place
	cond   *condition

	overflowed bool
	values     bool // macros are expanded for their values: pragmas have no effect
}

// frame is a source being read.
type frame struct {
	src    *Source
	at     int      // the next token
	path   int      // where in the include path it was found; -1 is nowhere
	conds  []branch // the conditionals that are open
	delta  int      // what #line adds to the number of a line
	called string   // the name that #line gives; "" for its own
}

// Run preprocesses headers, one behind the other, as one unit. Faults go to faults; the unit is nil where it is too
// large to go on.
func Run(files *Files, headers []*Source, opts *Options, faults *diag.List) *Unit {
	p := &pp{files: files, search: newSearcher(files, opts.Include), faults: faults, opts: opts, symbols: newSymbols(),
		pushed: map[*symbol][]*Macro{}}
	p.define(&Source{Index: -1, Text: opts.Predefined.Macros})
	p.differing()
	p.builtins()
	p.define(&Source{Index: -1, File: "<defines>", Text: ctext.Scan([]byte(defineLines(opts.Defines)))})
	for _, h := range headers {
		if h.seen {
			continue
		}
		h.main = true
		p.enter(h, -1, model.Pos{})
		p.drain()
	}
	if p.overflowed {
		return nil
	}
	return &Unit{Tokens: p.out, Files: files, Absent: p.absent, p: p}
}

func defineLines(defines []string) string {
	var b strings.Builder
	for _, d := range defines {
		name, value, found := strings.Cut(d, "=")
		if !found {
			value = "1"
		}
		b.WriteString("#define " + name + " " + value + "\n")
	}
	return b.String()
}

// differing marks the predefined macros to which the target's compilers give different values.
func (p *pp) differing() {
	for name, d := range p.opts.Predefined.Differing {
		if y := p.symbols.lookup(name); y != nil && y.macro != nil {
			y.macro.rare().differs = d
		}
	}
}

// define acts on the #define lines of a text that is no header.
func (p *pp) define(s *Source) {
	p.frames = append(p.frames, &frame{src: s, path: -1})
	for {
		if _, ok := p.lex(); !ok {
			break
		}
	}
	p.frames = p.frames[:0]
}

// drain moves what the sources being read expand to into the stream.
func (p *pp) drain() {
	for {
		p.plain()
		t, ok := p.expanded()
		switch {
		case !ok:
			return
		case t.sym.special == symPragma && t.kind == Ident:
			p.pragmaOperator(t)
		case len(p.out) >= maxTokens:
			p.overflow(&t, "the headers expand to too many tokens")
			return
		default:
			p.out = append(p.out, t.token())
		}
	}
}

// plain moves tokens of the source being read that nothing is to be done with: most of a large header. It stops before a
// directive, a macro, and the end.
func (p *pp) plain() {
	if len(p.stack) > 0 || p.sealed || p.inArgs || len(p.frames) == 0 {
		return
	}
	f := p.frames[len(p.frames)-1]
	for tokens := f.src.Text.Tokens; f.at < len(tokens) && len(p.out) < maxTokens; f.at++ {
		t := &tokens[f.at]
		if t.Kind == ctext.Comment {
			continue
		}
		if t.Directive && t.First {
			return
		}
		sym, kind := p.symbols.of(f.src.Text, f.at)
		if kind == Ident && (sym.macro != nil || sym.special != ordinary) {
			return
		}
		p.last, p.gap = t.Line, false
		p.out = append(p.out, Token{Text: sym.text, Kind: kind, Src: f.src.Index, Tok: int32(f.at), DefSrc: -1, DefTok: -1, ID: sym.id})
	}
}

// overflow reports what cannot be gone on with, once, and ends all reading.
func (p *pp) overflow(t *tok, msg string) {
	if !p.overflowed {
		p.faults.Addf(p.pos(t), "", "%s", msg)
	}
	p.overflowed = true
	for len(p.stack) > 0 {
		p.pop()
	}
	p.frames, p.floor = p.frames[:0], 0
}

// pos returns where a token is written, or where the macro is used that brings it.
func (p *pp) pos(t *tok) model.Pos {
	if t.src < 0 {
		return p.here()
	}
	return p.files.List[t.src].Pos(int(t.at))
}

// here returns how far reading has come.
func (p *pp) here() model.Pos {
	if len(p.frames) == 0 {
		return model.Pos{}
	}
	f := p.frames[len(p.frames)-1]
	return f.src.Pos(min(f.at, len(f.src.Text.Tokens)-1))
}

// fault reports a fault at a token.
func (p *pp) fault(t *tok, format string, args ...any) diag.Added {
	return p.faults.Addf(p.pos(t), "", "%s%s", fmt.Sprintf(format, args...), p.through(t))
}

// through names the macro that a token came out of.
func (p *pp) through(t *tok) string {
	if t.flags&fromMacro == 0 || t.src < 0 {
		return ""
	}
	name := p.files.List[t.src].Text.Text(int(t.at))
	if name == t.sym.text {
		return ""
	}
	return " (in the expansion of " + name + ")"
}

// enter begins to read a source that was found in the include path at index path, for the #include at from. It does
// nothing for one that is not to be read again.
func (p *pp) enter(s *Source, path int, from model.Pos) {
	open := false
	for _, f := range p.frames {
		open = open || f.src == s
	}
	p.entered++
	switch {
	case s.once, s.main && !open && s.seen:
		return
	case len(p.frames) >= maxDepth:
		p.faults.Addf(from, "", "includes are nested more than %d deep: %s", maxDepth, p.cycle(s))
		return
	case p.entered > maxEntered:
		p.faults.Addf(from, "", "more than %d files are included", maxEntered)
		return
	}
	if !s.seen {
		p.size += len(s.Text.Src)
	}
	if n := s.Text.Plain; !s.seen && n >= largeSource && len(p.out)+n < maxTokens {
		p.out = slices.Grow(p.out, n) // at once: a list that grows by and by is copied many times
	}
	s.seen = true
	p.checkText(s)
	p.frames = append(p.frames, &frame{src: s, path: path})
}

// cycle returns the chain of files through which s includes itself.
func (p *pp) cycle(s *Source) string {
	chain := s.File
	for i, n := len(p.frames)-1, 1; i >= 0 && n < 6; i, n = i-1, n+1 {
		chain = p.frames[i].src.File + " includes " + chain
		if p.frames[i].src == s {
			break
		}
	}
	return chain
}

// checkText reports what compilers do not read alike, or not at all, wherever it is in a source.
func (p *pp) checkText(s *Source) {
	if s.bad || s.Built {
		return
	}
	s.bad = true
	tokens := s.Text.Tokens
	if n := len(tokens) - 1; n >= 0 && tokens[n].Kind == ctext.Bad && s.Text.Src[tokens[n].Off] == '/' {
		p.faults.Addf(s.Pos(n), "", "comment not terminated")
	}
	for i, c := range s.Text.Src {
		if c == '\r' && !endsLine(s.Text.Src[i:]) {
			line := s.Text.LineOf(int32(i))
			p.faults.Addf(model.Pos{File: s.File, Line: line, Col: s.Text.Col(line, int32(i))}, "",
				"a carriage return without a line feed: clang ends the line here, gcc does not")
			return
		}
	}
}

// endsLine reports whether carriage returns are followed by a line feed or the end.
func endsLine(b []byte) bool {
	for _, c := range b {
		if c != '\r' {
			return c == '\n'
		}
	}
	return true
}

// lex returns the next token of the sources being read, having acted on the directives before it.
func (p *pp) lex() (tok, bool) {
	for len(p.frames) > 0 {
		f := p.frames[len(p.frames)-1]
		tokens := f.src.Text.Tokens
		if f.at >= len(tokens) {
			if p.inArgs {
				return tok{}, false
			}
			p.leave(f)
			continue
		}
		switch t := &tokens[f.at]; {
		case t.Kind == ctext.Comment:
			f.at++
		case t.Directive && t.First:
			p.directive(f)
		default:
			f.at++
			p.last = t.Line
			return p.read(f.src, f.at-1), true
		}
	}
	return tok{}, false
}

// read returns token i of a source.
func (p *pp) read(s *Source, i int) tok {
	t := tok{src: s.Index, at: int32(i), defSrc: -1, defTok: -1}
	t.sym, t.kind = p.symbols.of(s.Text, i)
	if s.Text.Tokens[i].Space {
		t.flags = space
	}
	return t
}

// leave ends the reading of a source.
func (p *pp) leave(f *frame) {
	if n := len(f.conds); n > 0 {
		p.faults.Addf(f.src.Pos(f.conds[n-1].hash), "", "the conditional has no #endif")
	}
	p.frames = p.frames[:len(p.frames)-1]
}

// opens reports whether the next token of the source being read is an opening parenthesis. A directive is not looked
// through, nor the end of the source.
func (p *pp) opens() bool {
	if len(p.frames) == 0 {
		return false
	}
	f := p.frames[len(p.frames)-1]
	for i := f.at; i < len(f.src.Text.Tokens); i++ {
		t := &f.src.Text.Tokens[i]
		if t.Kind != ctext.Comment {
			return t.Kind == ctext.Punct && t.End-t.Off == 1 && f.src.Text.Src[t.Off] == '('
		}
	}
	return false
}
