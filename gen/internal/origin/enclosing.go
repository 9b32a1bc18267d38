// SPDX-License-Identifier: Apache-2.0

package origin

import "github.com/lockstep-bpf/lockstep/gen/internal/ctext"

// enclosing returns for each token of f how many parentheses around it close before a semicolon, a brace or the
// bounds of a directive. Behind the first of them that closes, others count as long as the text goes on on the
// same line. It goes over the text once, backwards: a walk from each token would take the square of what a long
// enum takes.
func enclosing(f *ctext.File) []int32 {
	out := make([]int32, len(f.Tokens))
	e := closers{next: -1}
	for i := len(f.Tokens) - 1; i >= 0; i-- {
		if i+1 < len(f.Tokens) && !together(f.Tokens[i], f.Tokens[i+1]) {
			e.reset()
		}
		out[i] = e.count()
		if f.Tokens[i].Kind != ctext.Comment {
			e.step(bracket(f, i), e.next >= 0 && f.Tokens[e.next].Line == f.Tokens[i].Line)
			e.next = i
		}
	}
	return out
}

// closers is what a walk backwards knows of the text behind it.
type closers struct {
	open []closer // the closing parentheses whose opening ones lie further ahead, outermost first
	next int      // the next token, -1 where the declaration or directive ends
}

// closer is a closing parenthesis.
type closer struct {
	count int32 // how many close with it and behind it
	ended bool  // a line ends inside of it and outside of those that it encloses
}

func (e *closers) reset() { *e = closers{open: e.open[:0], next: -1} }

// count returns how many parentheses close.
func (e *closers) count() int32 {
	if len(e.open) == 0 {
		return 0
	}
	return e.open[len(e.open)-1].count
}

// step goes over a token; goesOn reports whether another follows on its line.
func (e *closers) step(bracket byte, goesOn bool) {
	depth := len(e.open)
	switch bracket {
	case '{', ';':
		e.open = e.open[:0]
		return
	case '(':
		e.open = e.open[:max(0, depth-1)]
		return
	}
	if depth > 0 && !goesOn {
		e.open[depth-1].ended = true
	}
	if bracket != ')' {
		return
	}
	c := closer{count: 1}
	if depth > 0 && !e.open[depth-1].ended {
		c.count += e.count()
	}
	e.open = append(e.open, c)
}
