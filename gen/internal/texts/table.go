// SPDX-License-Identifier: Apache-2.0

package texts

import (
	"go/constant"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/cpp"
	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Table reads the table of a name in C source: an array of strings, the cases of a function's one switch, or the calls of
// something with a value and its text, such as of a macro. The file is what positions call it.
func Table(file, name string, src []byte) ([]model.Text, error) {
	r := &reader{list: list{file: file}, src: ctext.Scan(src), name: name}
	r.tokens()
	r.brackets()
	r.find()
	return r.texts, r.faults.Err()
}

// reader reads tables from the tokens of a file.
type reader struct {
	list
	src   *ctext.File
	name  string
	at    []int // the tokens that are neither comments nor of directives
	under []int // by place in at, the line of the condition that it depends on, or 0
	close []int // by place in at, the place of the bracket that closes it, or -1
	next  int64 // the index of the next element of an array; negative where it is not known
}

// tokens sorts out the tokens, and notes which depend on a condition. An include guard is none.
func (r *reader) tokens() {
	type condition struct {
		line  int
		guard bool
	}
	var open []condition
	directives := 0
	for i, t := range r.src.Tokens {
		switch {
		case t.Kind == ctext.Comment:
		case !t.Directive:
			line := 0
			for _, c := range open {
				if !c.guard && line == 0 {
					line = c.line
				}
			}
			r.at, r.under = append(r.at, i), append(r.under, line)
		case t.First && r.src.Is(i, "#"):
			directives++
			switch word := r.word(i + 1); word {
			case "if", "ifdef", "ifndef":
				open = append(open, condition{int(t.Line), directives == 1 && len(r.at) == 0 && r.isGuard(i)})
			case "else", "elif", "elifdef", "elifndef":
				if len(open) > 0 {
					open[len(open)-1].guard = false
				}
			case "endif":
				open = open[:max(0, len(open)-1)]
			}
		}
	}
}

// word returns the text of a token, or "".
func (r *reader) word(i int) string {
	for i < len(r.src.Tokens) && r.src.Tokens[i].Kind == ctext.Comment {
		i++
	}
	if i >= len(r.src.Tokens) {
		return ""
	}
	return r.src.Text(i)
}

// isGuard reports whether a directive and the one behind it are #ifndef NAME and #define NAME.
func (r *reader) isGuard(i int) bool {
	var words []string
	for ; i < len(r.src.Tokens) && len(words) < 6; i++ {
		if r.src.Tokens[i].Kind != ctext.Comment {
			words = append(words, r.src.Text(i))
		}
	}
	return len(words) == 6 && words[1] == "ifndef" && words[3] == "#" && words[4] == "define" && words[2] == words[5]
}

// text returns what is at a place; "" behind the end.
func (r *reader) text(k int) string {
	if k < 0 || k >= len(r.at) {
		return ""
	}
	return r.src.Text(r.at[k])
}

func (r *reader) kind(k int) ctext.Kind {
	if k < 0 || k >= len(r.at) {
		return ctext.Bad
	}
	return r.src.Tokens[r.at[k]].Kind
}

func (r *reader) pos(k int) model.Pos {
	if len(r.at) == 0 {
		return model.Pos{File: r.file, Line: 1, Col: 1}
	}
	line, col := r.src.Pos(r.at[min(k, len(r.at)-1)])
	return model.Pos{File: r.file, Line: line, Col: col}
}

// brackets finds for each bracket the one that closes it.
func (r *reader) brackets() {
	opening := map[string]string{")": "(", "]": "[", "}": "{"}
	var open []int
	r.close = make([]int, len(r.at))
	for k := range r.at {
		r.close[k] = -1
		switch text := r.text(k); text {
		case "(", "[", "{":
			open = append(open, k)
		case ")", "]", "}":
			if n := len(open) - 1; n >= 0 && r.text(open[n]) == opening[text] {
				r.close[open[n]] = k
				open = open[:n]
			}
		}
	}
}

// closing returns the place of the bracket that closes the one at k, or -1.
func (r *reader) closing(k int) int {
	if k < 0 || k >= len(r.close) {
		return -1
	}
	return r.close[k]
}

// find looks for the table: definitions come before calls.
func (r *reader) find() {
	var arrays, functions, calls []int
	for k := range r.at {
		if r.kind(k) != ctext.Ident || r.text(k) != r.name {
			continue
		}
		end := r.closing(k + 1)
		switch {
		case r.text(k+1) == "[" && r.array(k) > 0:
			arrays = append(arrays, k)
		case r.text(k+1) == "(" && end > 0 && r.text(end+1) == "{":
			functions = append(functions, k)
		case r.text(k+1) == "(":
			calls = append(calls, k)
		}
	}
	defined := append(append([]int(nil), arrays...), functions...)
	switch {
	case len(defined) > 1:
		r.faults.Addf(r.pos(defined[1]), r.name, "is defined twice: give one of the two another name").Also(r.pos(defined[0]))
	case len(arrays) == 1:
		r.elements(r.array(arrays[0]))
	case len(functions) == 1:
		r.cases(r.closing(functions[0]+1) + 1)
	case len(calls) > 0:
		for _, k := range calls {
			r.call(k)
		}
	default:
		r.faults.Addf(model.Pos{File: r.file, Line: 1, Col: 1}, r.name,
			"the file has no array, no function and no calls of this name: directives are not looked at")
	}
}

// array returns the place of the brace that opens the elements of the array at k, or -1.
func (r *reader) array(k int) int {
	for r.text(k+1) == "[" {
		if k = r.closing(k + 1); k < 0 {
			return -1
		}
	}
	if r.text(k+1) != "=" || r.text(k+2) != "{" {
		return -1
	}
	return k + 2
}

// sure faults what has no end or depends on a condition, and reports whether nothing from k to end does.
func (r *reader) sure(k, end int) bool {
	if end < 0 {
		r.faults.Addf(r.pos(k), r.name, "has a bracket that is not closed")
		return false
	}
	for ; k <= end && k < len(r.at); k++ {
		if line := r.under[k]; line > 0 {
			r.faults.Addf(r.pos(k), r.name, "depends on the condition in line %d, which is not evaluated here: move the table out of it, "+
				"or write the texts into a file", line)
			return false
		}
	}
	return true
}

// entry adds a text.
func (r *reader) entry(k int, key model.Text, text string) {
	key.Pos, key.Text = r.pos(k), text
	r.add(key)
}

// key reads the name or number that ends before place end: with parentheses, a type in them, or a sign.
func (r *reader) key(k, end int) (model.Text, bool) {
	if r.text(k) == "(" && r.closing(k) == end-1 {
		k, end = k+1, end-1
	}
	if r.text(k) == "(" && r.kind(k+1) == ctext.Ident && r.text(k+2) == ")" { // a type
		k += 3
	}
	minus := r.text(k) == "-"
	if minus {
		k++
	}
	if r.text(k) == "(" && r.closing(k) == end-1 {
		k, end = k+1, end-1
	}
	if end != k+1 {
		return model.Text{}, false
	}
	switch r.kind(k) {
	case ctext.Ident:
		return model.Text{Name: r.text(k), Minus: minus}, true
	case ctext.Number:
		digits := r.text(k)
		if minus {
			digits = "-" + digits
		}
		if v := integer(digits); v != nil {
			return model.Text{Number: v}, true
		}
	}
	return model.Text{}, false
}

// str reads the string at k: one or more pieces, in parentheses or not. It returns the place behind it.
func (r *reader) str(k int) (text string, end int, ok bool) {
	first := k
	if r.text(k) == "(" {
		k++
	}
	for r.kind(k) == ctext.String && strings.HasPrefix(r.text(k), `"`) {
		body := strings.TrimSuffix(r.text(k)[1:], `"`)
		piece, clean := cpp.Unescape(body)
		if !clean {
			return "", k, false
		}
		text, k, ok = text+piece, k+1, true
	}
	if r.text(first) == "(" {
		return text, k + 1, ok && r.text(k) == ")"
	}
	return text, k, ok
}

// call reads a call: its first argument is the value, its last one the text.
func (r *reader) call(k int) {
	end := r.closing(k + 1)
	if !r.sure(k, end) {
		return
	}
	last, comma := k+2, -1
	for i := k + 2; i < end; i++ {
		if r.text(i) == "," {
			last = i + 1
			if comma < 0 {
				comma = i
			}
		}
		i = max(i, r.closing(i))
	}
	key, ok := r.key(k+2, comma)
	text, behind, isText := r.str(last)
	if comma < 0 || !ok || !isText || behind != end {
		r.faults.Addf(r.pos(k), r.name, `want a name or a number as its first argument and a text as its last one, as in %s(1, "text")`, r.name)
		return
	}
	r.entry(k, key, text)
}

// elements reads an array's initializer.
func (r *reader) elements(open int) {
	end := r.closing(open)
	if !r.sure(open, end) {
		return
	}
	for k := open + 1; k < end; {
		next, ok := r.element(k)
		if !ok || r.text(next) != "," && next != end {
			r.faults.Addf(r.pos(k), r.name, `want "text", [VALUE] = "text" or {VALUE, "text"} as an element`)
			return
		}
		k = next + 1
	}
}

// element reads one element, and returns the place behind it.
func (r *reader) element(k int) (int, bool) {
	first := k
	key := model.Text{Number: constant.MakeInt64(r.next)}
	switch r.text(k) {
	case "{":
		end := r.closing(k)
		comma := k
		for comma < end && r.text(comma) != "," {
			comma++
		}
		key, ok := r.key(k+1, comma)
		text, behind, isText := r.str(comma + 1)
		if !ok || !isText || behind != end {
			return end, false
		}
		r.entry(first, key, text)
		return end + 1, true
	case "[":
		end := r.closing(k)
		var ok bool
		if key, ok = r.key(k+1, end); !ok || r.text(end+1) != "=" {
			return end, false
		}
		r.next = -1
		if key.Number != nil {
			if v, exact := constant.Int64Val(key.Number); exact {
				r.next = v
			}
		}
		k = end + 2
	default:
		if r.next < 0 { // behind one whose place has a name
			return k, false
		}
	}
	if r.next >= 0 {
		r.next++
	}
	if r.text(k) == "NULL" || r.text(k) == "0" {
		return k + 1, true
	}
	text, end, ok := r.str(k)
	if ok {
		r.entry(first, key, text)
	}
	return end, ok
}

// cases reads the one switch of a function's body.
func (r *reader) cases(open int) {
	end := r.closing(open)
	if !r.sure(open, end) {
		return
	}
	at := -1
	for k := open; k < end; k++ {
		if r.kind(k) == ctext.Ident && r.text(k) == "switch" {
			if at >= 0 {
				r.faults.Addf(r.pos(k), r.name, "the function has more than one switch, so it is not a table")
				return
			}
			at = k
		}
	}
	body := r.closing(at+1) + 1
	if at < 0 || r.text(body) != "{" {
		r.faults.Addf(r.pos(open), r.name, "the function has no switch: if it calls a macro with values and texts, table is the name of that macro")
		return
	}
	end = r.closing(body)
	var labels []labelled
	for k := body + 1; k < end; {
		next, ok := r.label(k, &labels)
		if !ok {
			if next, ok = r.result(k, labels); !ok {
				r.faults.Addf(r.pos(k), r.name, `want a text for each case: case VALUE: return "text"; or name = "text"; break;`)
				return
			}
			labels = nil
		}
		k = next
	}
	for _, l := range labels {
		r.faults.Addf(r.pos(l.at), r.name, "the case has no text")
	}
}

// labelled is a case that waits for its text.
type labelled struct {
	at  int
	key model.Text
}

// label reads a label, and returns the place behind its colon. The default has no value.
func (r *reader) label(k int, labels *[]labelled) (int, bool) {
	if r.text(k) == "default" && r.text(k+1) == ":" {
		return k + 2, true
	}
	if r.text(k) != "case" {
		return k, false
	}
	colon := k
	for colon < len(r.at) && r.text(colon) != ":" {
		colon++
	}
	key, ok := r.key(k+1, colon)
	if ok {
		*labels = append(*labels, labelled{k, key})
	}
	return colon + 1, ok
}

// result reads what a case does: return a text, or assign it and leave. What the default does, without labels, may be
// anything up to the end of its statement.
func (r *reader) result(k int, labels []labelled) (int, bool) {
	start := k
	switch {
	case r.text(k) == "return":
		k++
	case r.kind(k) == ctext.Ident && r.text(k+1) == "=":
		k += 2
	case len(labels) > 0:
		return k, false
	}
	text, end, ok := r.str(k)
	if !ok || r.text(end) != ";" {
		if len(labels) > 0 {
			return k, false
		}
		for end = start; end < len(r.at) && r.text(end) != ";" && r.text(end) != "{" && r.text(end) != "case"; {
			end++
		}
		if r.text(end) != ";" {
			return k, false
		}
		return r.left(end + 1), true
	}
	for _, l := range labels {
		r.entry(l.at, l.key, text)
	}
	if r.text(start) == "return" {
		return r.left(end + 1), true
	}
	if left := r.left(end + 1); left > end+1 || r.text(left) == "}" {
		return left, true
	}
	return start, false // the next case would have another text
}

// left skips a break.
func (r *reader) left(k int) int {
	if r.text(k) == "break" && r.text(k+1) == ";" {
		return k + 2
	}
	return k
}
