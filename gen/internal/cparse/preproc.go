// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"modernc.org/cc/v4"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

const (
	mainPragma    = "lockstep_main"
	askedName     = "<macros>" // the source that has macros expanded
	maxDepth      = 200        // of includes, as in gcc
	maxEntered    = 20_000     // files entered, the same one many times included
	expansionWork = 1 << 20    // what macro expansion may do, in tokens processed, where the input is small
	workPerByte   = 64         // the same, for each byte of a large input
)

// preproc runs the preprocessor over a list of headers and follows it by what it reports.
type preproc struct {
	files   *files
	out     *collector
	faults  *diag.List
	stack   []frame // the sources being read
	entered int
	starts  []int // for each segment entered, in order: the length of the stream then
	events  []int // the same, as indexes in weaver.segments
	asked   []ask
	away    map[string][]int32 // for each macro, what #pragma push_macro has put away

	lines     []int32 // for each line of the text that askMacros returns, the macro's definition
	exhausted bool    // the bound on macro expansion was reached

	condition model.Pos // the conditional that was read last
}

// frame is a source being read and its last segment.
type frame struct {
	src     int32
	segment int
}

// ask is a macro in force at the end of the unit.
type ask struct {
	def   int32
	event int // index in preproc.events of the segment that defined it
}

func newPreproc(f *files, faults *diag.List) *preproc {
	p := &preproc{files: f, out: newCollector(f), faults: faults, away: map[string][]int32{}}
	p.out.pragma = p.pragmaOperator
	f.loaded = func(s *source) { p.out.names[strconv.Quote(s.name)] = strconv.Quote(s.file) }
	for _, s := range f.list {
		f.loaded(s)
	}
	return p
}

// run preprocesses the headers. Faults go to p.faults.
func (p *preproc) run(opts *Options, target *layout.Target, headers []string, limit int) {
	defer func() {
		switch r := recover(); {
		case r == nil:
		case strings.Contains(fmt.Sprint(r), "intConst"):
			p.faults.Addf(p.condition, "", "a number in the condition has a suffix that is none")
		default:
			p.faults.Addf(p.where(), "", "the preprocessor failed here: %v", r)
		}
	}()
	cfg := &cc.Config{
		FS:              p.files,
		FSOnly:          true,
		IncludePaths:    p.includePaths(opts, ""),
		SysIncludePaths: p.includePaths(opts),
		PragmaHandler:   p.pragma,
		ExpansionLimit:  limit,
	}
	abi, err := cc.NewABI("linux", "amd64")
	if err != nil {
		p.faults.Addf(model.Pos{}, "", "preprocessor: %v", err)
		return
	}
	cfg.ABI = abi
	if err := cc.Preprocess(cfg, p.sources(opts, target, headers), p.out); err != nil {
		p.report(err)
	}
	p.out.flush()
}

// includePaths returns the folders to search, in the names of p.files.
func (p *preproc) includePaths(opts *Options, first ...string) []string {
	paths := first
	for _, dir := range opts.Include {
		if v := p.files.virtual(dir); v != "" {
			paths = append(paths, v)
		}
	}
	return append(paths, absDir, stubDir, deepDir)
}

// sources returns what the preprocessor reads: the predefined macros, the headers, each behind a line that
// announces it, and the macros whose expansion is asked for, which are known when the rest is read.
func (p *preproc) sources(opts *Options, target *layout.Target, headers []string) []cc.Source {
	list := []cc.Source{
		{Name: "<predefined>", Value: predefined(target)},
		{Name: "<defines>", Value: respelled(ctext.Scan([]byte(defineLines(opts.Defines))))},
	}
	for i, h := range headers {
		list = append(list,
			cc.Source{Name: fmt.Sprintf("<header %d>", i), Value: fmt.Sprintf("#pragma %s %d\n", mainPragma, i)},
			cc.Source{Name: h})
	}
	return append(list, cc.Source{Name: askedName, Value: io.Reader(&lazyReader{text: p.askMacros})})
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

// lazyReader reads a text that is made when it is first read.
type lazyReader struct {
	text func() string
	r    *strings.Reader
}

func (l *lazyReader) Read(b []byte) (int, error) {
	if l.r == nil {
		l.r = strings.NewReader(l.text())
	}
	return l.r.Read(b)
}

// askMacros returns a text whose expansion is that of every macro in force that a header defines and that
// takes no arguments.
func (p *preproc) askMacros() string {
	p.out.flush()
	p.dedupe()
	var b strings.Builder
	for n, a := range p.asked {
		if d := p.out.weaver.defines[a.def]; !d.fn {
			p.lines = append(p.lines, a.def)
			b.WriteString(askText(n) + " " + d.name + "\n")
		}
	}
	return b.String()
}

// dedupe keeps, of the definitions that came into force, those that still are, each once, in order.
func (p *preproc) dedupe() {
	seen := map[int32]bool{}
	kept := p.asked[:0]
	slices.Reverse(p.asked)
	for _, a := range p.asked {
		if d := p.out.weaver.defines[a.def]; p.inForce(d.name) == a.def && !seen[a.def] {
			seen[a.def] = true
			kept = append(kept, a)
		}
	}
	slices.Reverse(kept)
	p.asked = kept
}

// pragma is called for each #pragma, in step with what is written.
func (p *preproc) pragma(toks []cc.Token) error {
	switch {
	case len(toks) == 0:
		return nil
	case toks[0].Position().Filename == "_Pragma_":
		p.faults.Addf(p.written(), "", "_Pragma is put together by ## or over lines, and cannot be followed")
		return nil
	}
	words := make([]string, len(toks))
	for i := range toks {
		words[i] = toks[i].SrcStr()
	}
	n, err := strconv.Atoi(words[len(words)-1])
	told := err == nil && n >= 0 && n < len(p.files.weave.told)
	switch words[0] {
	case segPragma:
		if err == nil && n < len(p.files.weave.segments) {
			return p.enter(n)
		}
	case ifPragma:
		if told {
			return p.conditional(p.files.weave.told[n])
		}
	case unknownPragma:
		if told {
			p.unknown(p.files.weave.told[n])
		}
	case mainPragma:
		p.out.flush()
		p.stack = p.stack[:0]
	case "once":
		p.once()
	}
	if bearsOnLayout(words[0]) {
		p.layoutPragma(words, toks[0].Position().Line)
	}
	return nil
}

// pragmaOperator is called for each _Pragma(words); it tells whether the parser is to see it.
func (p *preproc) pragmaOperator(words []string) bool {
	switch {
	case len(words) == 0:
		return false
	case words[0] == "once":
		p.once()
	case words[0] == "push_macro" || words[0] == "pop_macro":
		p.faults.Addf(p.written(), "", "_Pragma of %s cannot be followed; #pragma %[1]s can", words[0])
	}
	return bearsOnLayout(words[0])
}

// bearsOnLayout tells whether a pragma that begins with word is for the parser.
func bearsOnLayout(word string) bool {
	return word == "pack" || word == "scalar_storage_order" || word == "ms_struct"
}

// conditional refuses a conditional whose conditions expand to more than can be evaluated, and with it the
// rest of its source.
func (p *preproc) conditional(at mark) error {
	s := p.files.list[at.src]
	p.condition = s.pos(int(at.tok))
	for _, c := range conditions(s.text, int(at.tok)) {
		e := estimator{files: p.files, active: p.out.active, open: map[string]bool{}}
		if e.tokens(s, c[0], c[1]).total() > maxCondition {
			p.faults.Addf(s.pos(c[0]-1), "", "the condition expands to too much")
			return cc.SkipSource
		}
	}
	return nil
}

// unknown reports a directive that cannot be followed.
func (p *preproc) unknown(m mark) {
	s := p.files.list[m.src]
	word, at := directive(s.text, int(m.tok))
	hint := ""
	if word == "import" {
		hint = "; #include does the same where the header says #pragma once"
	}
	p.faults.Addf(s.pos(at), "", "#%s is not a directive that can be followed%s", word, hint)
}

// layoutPragma enters a pragma that bears on layout into the stream.
func (p *preproc) layoutPragma(words []string, line int) {
	if len(p.stack) == 0 {
		return
	}
	s := p.files.list[p.stack[len(p.stack)-1].src]
	p.out.enter(strings.Join(words, " "), s.index, int32(s.text.TokenAt(line, 1)))
}

// enter follows the preprocessor into a segment. It returns cc.SkipSource where the source that the segment
// begins is not to be read.
func (p *preproc) enter(n int) error {
	p.out.flush()
	seg := p.files.weave.segments[n]
	if seg.start {
		if skip := p.push(seg.src, n); skip {
			return cc.SkipSource
		}
	} else {
		p.popTo(seg.src, n)
	}
	p.starts = append(p.starts, len(p.out.tokens))
	p.events = append(p.events, n)
	p.apply(seg)
	return nil
}

// apply puts a segment's #define and #undef lines, and what is like them, in force.
func (p *preproc) apply(seg segment) {
	for _, c := range seg.changes {
		switch c.def {
		case putAway:
			p.away[c.name] = append(p.away[c.name], p.inForce(c.name))
		case broughtOut:
			if n := len(p.away[c.name]) - 1; n >= 0 {
				p.define(c.name, p.away[c.name][n])
				p.away[c.name] = p.away[c.name][:n]
			}
		default:
			p.define(c.name, c.def)
		}
	}
}

// inForce returns the definition of a name that is in force, or undefined.
func (p *preproc) inForce(name string) int32 {
	if def, ok := p.out.active[name]; ok {
		return def
	}
	return undefined
}

// define puts a definition of a name in force, or none where def is undefined.
func (p *preproc) define(name string, def int32) {
	if def == undefined {
		delete(p.out.active, name)
		return
	}
	p.out.active[name] = def
	p.asked = append(p.asked, ask{def: def, event: len(p.events) - 1})
}

// push begins a source; it reports whether the source is to be skipped: where it said #pragma once, where it
// has been read as a listed header, and where includes have no end.
func (p *preproc) push(src int32, n int) (skip bool) {
	s := p.files.list[src]
	listed := len(p.stack) == 0
	open := slices.ContainsFunc(p.stack, func(f frame) bool { return f.src == src })
	p.entered++
	switch {
	case s.once, s.main && !open, listed && s.seen:
		return true
	case len(p.stack) >= maxDepth:
		p.faults.Addf(p.includedAt(), "", "includes are nested more than %d deep: %s", maxDepth, p.cycle(src))
		return true
	case p.entered > maxEntered:
		p.faults.Addf(p.includedAt(), "", "more than %d files are included", maxEntered)
		return true
	}
	s.seen, s.main = true, s.main || listed
	p.stack = append(p.stack, frame{src, n})
	return false
}

// cycle returns the chain of files through which src includes itself.
func (p *preproc) cycle(src int32) string {
	names := []string{p.files.list[src].file}
	for i := len(p.stack) - 1; i >= 0 && len(names) < 6; i-- {
		names = append(names, p.files.list[p.stack[i].src].file)
		if p.stack[i].src == src {
			break
		}
	}
	slices.Reverse(names)
	return strings.Join(names, " includes ")
}

// popTo returns to the source that segment n, which does not begin it, lies in.
func (p *preproc) popTo(src int32, n int) {
	for len(p.stack) > 0 {
		top := &p.stack[len(p.stack)-1]
		if top.src == src && top.segment < n {
			top.segment = n
			return
		}
		p.stack = p.stack[:len(p.stack)-1]
	}
}

// once keeps the source that is being read from being read again.
func (p *preproc) once() {
	if len(p.stack) > 0 {
		p.files.list[p.stack[len(p.stack)-1].src].once = true
	}
}

// includedAt returns the position of the #include that is being followed.
func (p *preproc) includedAt() model.Pos {
	if len(p.stack) == 0 {
		return model.Pos{}
	}
	top := p.stack[len(p.stack)-1]
	s := p.files.list[top.src]
	at := 0
	if seg := p.files.weave.segments[top.segment]; seg.line > 0 {
		at = s.text.TokenAt(int(seg.line), 1)
	}
	for ; at+1 < len(s.text.Tokens); at++ {
		if word, _ := directive(s.text, at); word == "include" || word == "include_next" {
			break
		}
	}
	return s.pos(at)
}

// written returns where the tokens that were written last come from.
func (p *preproc) written() model.Pos {
	if !p.out.inRun {
		return p.where()
	}
	return p.files.list[p.out.mark.src].pos(int(p.out.mark.tok))
}

// where returns how far the preprocessor has come.
func (p *preproc) where() model.Pos {
	if len(p.stack) == 0 {
		return model.Pos{}
	}
	top := p.stack[len(p.stack)-1]
	return model.Pos{File: p.files.list[top.src].file, Line: int(p.files.weave.segments[top.segment].line), Col: 1}
}

var (
	errorLine   = regexp.MustCompile(`^(.*?):(\d+):(\d+): (.*)$`)
	errorOrigin = regexp.MustCompile(` ?\([\w./]*\.go:\d+:[\w.]*:?\)`)
)

// report turns the preprocessor's errors, a line each, into faults.
func (p *preproc) report(err error) {
	for line := range strings.SplitSeq(err.Error(), "\n") {
		m := errorLine.FindStringSubmatch(line)
		if m == nil {
			p.faults.Addf(p.where(), "", "%s", errorOrigin.ReplaceAllString(line, ""))
			continue
		}
		lineNo, _ := strconv.Atoi(m[2])
		col, _ := strconv.Atoi(m[3])
		p.fault(m[1], lineNo, col, errorOrigin.ReplaceAllString(m[4], ""))
	}
}

// fault adds a fault at a place in a woven source.
func (p *preproc) fault(name string, line, col int, msg string) {
	s := p.files.byName[name]
	p.exhausted = p.exhausted || strings.HasPrefix(msg, limitMessage)
	if s == nil && name == askedName && line > 0 && line <= len(p.lines) {
		d := p.files.weave.defines[p.lines[line-1]]
		p.faults.Addf(p.files.list[d.src].pos(int(d.tok)), d.name, "%s", plain(msg))
		return
	}
	if s == nil {
		p.faults.Addf(model.Pos{File: p.files.shown(name), Line: line, Col: col}, "", "%s", msg)
		return
	}
	col = s.unwoven(line, col)
	switch tok := s.text.TokenAt(line, col); {
	case s.text.Is(tok, "error") && s.text.Tokens[tok].Directive:
		msg = strings.TrimSpace("#error "+msg) + missingDefine(s.text, tok)
	case badNumber.MatchString(msg) && tok < len(s.text.Tokens):
		msg = numberFault(s.text.Text(tok), msg)
	}
	if open := unclosedIf(s.text); msg == "expected #endif" && open >= 0 {
		p.faults.Addf(s.pos(open), "", "the conditional has no #endif")
		return
	}
	p.faults.Addf(model.Pos{File: s.file, Line: line, Col: col}, "", "%s", plain(msg))
}

// badNumber matches what is said of a number in a condition that cannot be evaluated.
var badNumber = regexp.MustCompile(`^strconv\.ParseUint: parsing "(.*)": (.*)$`)

// numberFault words it for a number that is written, or comes out of a macro, as word.
func numberFault(word, msg string) string {
	m := badNumber.FindStringSubmatch(msg)
	if m[2] == "value out of range" {
		return strconv.Quote(word) + " " + tooLarge
	}
	return "a condition takes decimal, octal and hexadecimal integers, not " + firstOf(m[1], word)
}

const limitMessage = "macro expansion limit exceeded"

// plain words the preprocessor's messages for someone who does not know it.
func plain(msg string) string {
	switch {
	case strings.HasPrefix(msg, limitMessage):
		return "the macro expands to too much"
	case strings.HasPrefix(msg, "include file not found: "):
		return "file not found: " + strings.TrimPrefix(msg, "include file not found: ")
	}
	return msg
}
