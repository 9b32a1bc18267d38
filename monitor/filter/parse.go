// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"strings"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
)

// maxDepth is how deep parentheses and negations may be nested.
const maxDepth = 100

// parser reads an expression.
type parser struct {
	expr   string
	tokens []token
	at     int // index of the next token
	names  *vocabulary
	scope  scope
	depth  int
	last   *term // the one before, whose word and side a value without a word has
}

// parse returns the tree of an expression.
func parse(expr string, names *vocabulary) (node, error) {
	tokens, err := lex(expr)
	if err != nil {
		return nil, err
	}
	p := &parser{expr: expr, tokens: tokens, names: names}
	n, err := p.list()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		if h := hint(t.text); h != "" && t.kind == tokenWord {
			return nil, p.fail(t, "%s", h)
		}
		if near := nearest.Names(t.text, names.all()); t.kind == tokenWord && !names.has(t.text) && len(near) > 0 {
			return nil, p.fail(t, "unexpected %s; did you mean %s? Terms are joined by and, or", t, orList(near))
		}
		return nil, p.fail(t, "unexpected %s: terms are joined by and, or", t)
	}
	return n, nil
}

// String returns what an error calls the token.
func (t token) String() string {
	switch t.kind {
	case tokenEnd:
		return "end of the expression"
	case tokenString:
		return "text"
	}
	return fmt.Sprintf("%q", t.text)
}

// fail returns an error about a token.
func (p *parser) fail(t token, format string, args ...any) error {
	return p.failAt(t.pos, t.end, format, args...)
}

func (p *parser) failAt(pos, end int, format string, args ...any) error {
	return &Error{p.expr, pos, end, fmt.Sprintf(format, args...)}
}

func (p *parser) peek() token { return p.tokens[p.at] }

// ahead returns the token n behind the next.
func (p *parser) ahead(n int) token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

// list reads terms that are joined by and, or. Where and follows or, tcpdump and everybody else disagree which goes
// first: that is an error.
func (p *parser) list() (node, error) {
	var any []node // what or joins
	var all []node // what and joins, of the last of these
	for {
		n, err := p.operand()
		if err != nil {
			return nil, err
		}
		all = append(all, n)
		t := p.peek()
		switch {
		case t.kind == tokenAnd && len(any) > 0:
			return nil, p.fail(t, "and after or: use parentheses to say which applies first")
		case t.kind == tokenAnd:
			p.next()
		case t.kind == tokenOr:
			p.next()
			any, all = append(any, join(false, all)), nil
		default:
			return join(true, append(any, join(false, all))), nil
		}
	}
}

// join returns the list of nodes, or the only one.
func join(or bool, of []node) node {
	if len(of) == 1 {
		return of[0]
	}
	return &list{or, of}
}

// operand reads a term, with what may stand before it, or an expression in parentheses.
func (p *parser) operand() (node, error) {
	p.depth++
	defer func() { p.depth-- }()
	t := p.peek()
	if p.depth > maxDepth {
		return nil, p.fail(t, "more than %d levels of parentheses and negations", maxDepth)
	}
	switch t.kind {
	case tokenNot:
		p.next()
		n, err := p.operand()
		if err != nil {
			return nil, err
		}
		return &negation{n}, p.unclear(t, n)
	case tokenOpen:
		p.next()
		n, err := p.list()
		if err != nil {
			return nil, err
		}
		if end := p.next(); end.kind != tokenClose {
			return nil, p.fail(end, "unexpected %s: the parenthesis at column %d is not closed", end, t.pos+1)
		}
		return n, nil
	case tokenBytes:
		p.next()
		return &term{pos: t.pos, end: t.end, scope: p.scope, op: "=", word: byteWord, bytes: t.bytes}, nil
	case tokenWord:
		return p.scoped()
	}
	return nil, p.fail(t, "unexpected %s: expected a word such as type, host, port or the name of a field", t)
}

// unclear returns an error for "not port 80 or 443": tcpdump takes it for (not port 80) or port 443.
func (p *parser) unclear(not token, n node) error {
	last := p.tokens[p.at-1]
	switch n := n.(type) {
	case *term:
		if len(n.values) > 1 && last.kind == tokenWord && p.isJoint(p.tokens[p.at-2]) {
			return p.failAt(not.pos, last.end, "not before a list of values: write not %s {%s, ...}", n.name(), n.values[0].text)
		}
	case *list:
		if last.kind != tokenClose {
			return p.failAt(not.pos, last.end, "not before a list of values: use parentheses to say what is negated")
		}
	}
	return nil
}

func (p *parser) isJoint(t token) bool { return t.kind == tokenAnd || t.kind == tokenOr }

// name returns what errors call the subject of a term.
func (t *term) name() string {
	if t.word != nil {
		return t.word.name
	}
	return t.field
}

// scoped reads a term behind inner or outer.
func (p *parser) scoped() (node, error) {
	if t := p.peek(); !p.names.hasField(t.text) && !p.inherits(t) {
		if h := hint(t.text); h != "" {
			return nil, p.fail(t, "%s", h)
		}
	}
	p.split()
	var s scope
	switch strings.ToLower(p.peek().text) {
	case "inner":
		s = scopeInner
	case "outer":
		s = scopeOuter
	default:
		return p.term()
	}
	p.next()
	defer func(old scope) { p.scope = old }(p.scope)
	p.scope = s
	return p.operand()
}

// split makes two tokens of one such as dst.port, whose first part stands before others.
func (p *parser) split() {
	t := p.peek()
	first, rest, dotted := strings.Cut(t.text, ".")
	if t.kind != tokenWord || !dotted || rest == "" || p.names.hasField(t.text) {
		return
	}
	first = strings.ToLower(first)
	if w := findWord(first); !isQualifier(first) && (w == nil || !w.isProtocol() && w.name != "ether") {
		return
	}
	dot := t.pos + len(first)
	two := []token{
		{kind: wordKind(first), text: first, pos: t.pos, end: dot},
		{kind: wordKind(rest), text: rest, pos: dot + 1, end: t.end},
	}
	p.tokens = append(p.tokens[:p.at:p.at], append(two, p.tokens[p.at+1:]...)...)
}

// isProtocol reports whether a word can stand before host, port and the like.
func (w *word) isProtocol() bool {
	return w.subject == subjectProtocol && w.takes == takesNothing || w.subject == subjectVersion
}
