// SPDX-License-Identifier: Apache-2.0

// Package outline cuts a preprocessed unit into its declarations and tells which of them are needed for some of them.
// It goes by words alone: what it leaves out has no bearing on what is needed, but some that it keeps may have none
// either. It knows neither types nor layouts.
package outline

import "github.com/lockstep-bpf/lockstep/gen/internal/cpp"

// Outline is the declarations of a unit.
type Outline struct {
	toks  []cpp.Token
	decls []decl
	tags  table // struct, union and enum tags
	names table // all other names
	links []link
	queue []int32 // declarations that are needed and have not been looked through
	whole bool    // what a pointer points at is needed too
	next  int     // see Skip
}

// decl is a declaration: the tokens from start to before end.
type decl struct {
	start, end int32
	body       int32 // where the body of a function begins, else end
	needed     bool
	seen       bool // what it needs is needed
}

// table has for each symbol the first of the declarations that bear on it: an index of links, from 1.
type table []int32

// link is an entry of a list of declarations.
type link struct{ decl, name, next int32 }

// Of cuts a unit into declarations. It returns nil where brackets do not match, or a declaration does not end.
func Of(toks []cpp.Token, symbols int) *Outline {
	o := &Outline{toks: toks, tags: make(table, symbols), names: make(table, symbols)}
	for i := o.behindPragmas(0); i < len(toks); i = o.behindPragmas(i) {
		end := o.cut(i)
		if end < 0 {
			return nil
		}
		i = end
	}
	return o
}

func (o *Outline) behindPragmas(i int) int {
	for i < len(o.toks) && o.toks[i].Kind == cpp.Pragma {
		i++
	}
	return i
}

// cutter goes over one declaration.
type cutter struct {
	*Outline
	at      int32 // the declaration
	typedef bool
	assigns bool // an initializer has begun
	open    int  // where the body of the last struct, union or enum begins; -1 where it has none
	enum    int  // where the body of the last enum ends
	round   int  // how many parentheses and brackets are open
	curly   int  // how many braces are open
}

// cut enters the declaration that begins at token i and returns what is behind it; -1 where it has no end.
func (o *Outline) cut(i int) int {
	c := cutter{Outline: o, at: int32(len(o.decls)), open: -1, enum: -1}
	o.decls = append(o.decls, decl{start: int32(i)})
	for ; i < len(o.toks); i++ {
		switch o.toks[i].Kind {
		case cpp.Ident:
			i = c.ident(i)
		case cpp.Punct:
			if end := c.punct(i); end != 0 {
				return end
			}
		}
	}
	return -1
}

// punct takes a punctuator; it returns what is behind the declaration where that ends, -1 where it cannot, else 0.
func (c *cutter) punct(i int) int {
	switch c.toks[i].ID {
	case cpp.WordOpen, cpp.WordOpenBracket:
		c.round++
	case cpp.WordClose, cpp.WordCloseBracket:
		c.round--
	case cpp.WordOpenBrace:
		if c.round == 0 && c.curly == 0 && i != c.open && !c.assigns {
			return c.end(i, c.closing(i))
		}
		c.curly++
	case cpp.WordCloseBrace:
		c.curly--
	case cpp.WordEqual:
		c.assigns = c.assigns || c.round == 0 && c.curly == 0
	case cpp.WordSemicolon:
		if c.round == 0 && c.curly == 0 {
			return c.end(i+1, i)
		}
	}
	if c.round < 0 || c.curly < 0 {
		return -1
	}
	return 0
}

// end enters the end of the declaration: its last token, and where the body of a function begins.
func (c *cutter) end(body, last int) int {
	if last < 0 {
		return -1
	}
	d := &c.decls[c.at]
	d.body, d.end = int32(body), int32(last+1)
	return last + 1
}

// closing returns the brace that closes the one at token i; -1 where there is none.
func (o *Outline) closing(i int) int {
	depth := 0
	for ; i < len(o.toks); i++ {
		if o.toks[i].Kind != cpp.Punct {
			continue
		}
		switch o.toks[i].ID {
		case cpp.WordOpenBrace:
			depth++
		case cpp.WordCloseBrace:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// ident enters what the word at token i declares, and returns the last token that it has taken.
func (c *cutter) ident(i int) int {
	switch id := c.toks[i].ID; {
	case id == cpp.WordTypedef:
		c.typedef = true
	case isTag(id):
		return c.tag(i)
	case i < c.enum || c.curly == 0 && c.declares(i):
		c.enter(c.names, i)
	}
	return i
}

func isTag(id int32) bool { return id == cpp.WordStruct || id == cpp.WordUnion || id == cpp.WordEnum }

// tag takes struct, union or enum, at token i, and its tag.
func (c *cutter) tag(i int) int {
	name := c.tagName(i)
	last := max(i, name)
	open := last + 1
	if name < 0 {
		open = c.behindAttributes(i + 1)
	}
	if c.toks[i].ID == cpp.WordEnum && c.is(open, cpp.WordColon) {
		for open < len(c.toks) && !c.is(open, cpp.WordOpenBrace) && !c.is(open, cpp.WordSemicolon) {
			open++
		}
	}
	defines := c.is(open, cpp.WordOpenBrace)
	if defines {
		c.open = open
	}
	if defines && c.toks[i].ID == cpp.WordEnum {
		c.enum = max(c.enum, c.closing(open))
	}
	if name >= 0 && (defines || c.typedef && c.curly == 0 && c.round == 0) {
		c.enter(c.tags, name)
	}
	return last
}

// tagName returns the tag behind struct, union or enum at token i; -1 where there is none.
func (o *Outline) tagName(i int) int {
	i = o.behindAttributes(i + 1)
	if i < len(o.toks) && o.toks[i].Kind == cpp.Ident {
		return i
	}
	return -1
}

// behindAttributes returns the first token from i on that is not of an attribute.
func (o *Outline) behindAttributes(i int) int {
	for {
		switch {
		case o.is(i, cpp.WordAttribute), o.is(i, cpp.WordAttribute2):
			i = o.behindBrackets(i + 1)
		case o.is(i, cpp.WordOpenBracket):
			i = o.behindBrackets(i)
		default:
			return i
		}
	}
}

// behindBrackets returns the token behind the brackets or parentheses that open at token i.
func (o *Outline) behindBrackets(i int) int {
	for depth := 0; i < len(o.toks); i++ {
		switch o.toks[i].ID {
		case cpp.WordOpen, cpp.WordOpenBracket:
			depth++
		case cpp.WordClose, cpp.WordCloseBracket:
			depth--
		}
		if depth <= 0 {
			return i + 1
		}
	}
	return i
}

func (o *Outline) is(i int, id int32) bool { return i < len(o.toks) && o.toks[i].ID == id }

// declares reports whether the word at token i, outside of braces, is what a declarator declares: what follows it says so.
func (c *cutter) declares(i int) bool {
	if i+1 >= len(c.toks) || c.toks[i].ID <= cpp.WordStar {
		return false
	}
	switch c.toks[i+1].ID {
	case cpp.WordOpen, cpp.WordOpenBracket:
		return true
	case cpp.WordSemicolon, cpp.WordComma, cpp.WordEqual, cpp.WordAttribute, cpp.WordAttribute2:
		return c.round == 0
	case cpp.WordClose:
		return c.round > 0 && (c.is(i+2, cpp.WordOpen) || c.is(i+2, cpp.WordOpenBracket) || c.is(i+2, cpp.WordClose) ||
			c.round == 1 && c.is(i+2, cpp.WordSemicolon))
	}
	return c.round == 0 && c.toks[i+1].Kind == cpp.Ident && (c.toks[i+1].Text == "asm" || c.toks[i+1].Text == "__asm__")
}

// enter notes that the declaration bears on what token i names.
func (c *cutter) enter(t table, i int) {
	id := c.toks[i].ID
	if head := t[id]; head > 0 && c.links[head-1].decl == c.at {
		return
	}
	c.links = append(c.links, link{decl: c.at, name: int32(i), next: t[id]})
	t[id] = int32(len(c.links))
}
