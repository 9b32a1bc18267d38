// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"hash/maphash"
	"strconv"

	"github.com/lockstep-bpf/lockstep/gen/internal/ctext"
)

// Kind is the class of a preprocessed token.
type Kind uint8

// The classes of tokens.
const (
	EOF Kind = iota
	Ident
	Number
	String
	Char
	Punct
	Pragma // a pragma that bears on layout; the text is what follows #pragma
	Other  // what is no token of C: a quote without its partner
	none   // a place where an argument without tokens was
)

// Token is a token of the preprocessed unit and where it comes from.
type Token struct {
	Text  string
	Kind  Kind
	Macro bool  // out of a macro's definition: Tok is the use of the macro
	Src   int32 // index of the source; -1 is none
	Tok   int32 // index of the token in the source's text
	// For Macro: where in a macro's definition the token is written; -1 where ## or the preprocessor made it.
	DefSrc, DefTok int32
	// ID is the same for all tokens of the unit that have this text, from 0 up to Unit.Symbols; Words have ones of their own.
	ID int32
}

// The IDs of words that declarations are told apart by.
const (
	WordStruct int32 = iota
	WordUnion
	WordEnum
	WordTypedef
	WordAttribute // __attribute__
	WordAttribute2
	WordAssert // _Static_assert
	WordAssert2
	WordArrow // ->
	WordOpen  // (
	WordClose // )
	WordOpenBracket
	WordCloseBracket
	WordOpenBrace
	WordCloseBrace
	WordSemicolon
	WordComma
	WordColon
	WordEqual
	WordStar
)

// words are the texts of those IDs.
var words = [...]string{
	"struct", "union", "enum", "typedef", "__attribute__", "__attribute", "_Static_assert", "static_assert", "->",
	"(", ")", "[", "]", "{", "}", ";", ",", ":", "=", "*",
}

// specials are the names that the preprocessor treats in a way of their own.
var specials = [...]struct {
	name string
	what special
}{{"defined", symDefined}, {"_Pragma", symPragma}, {"__VA_ARGS__", symVaArgs}, {"__VA_OPT__", symVaOpt}}

// String returns the token for a message.
func (t Token) String() string {
	if t.Kind == EOF {
		return t.Text
	}
	return strconv.Quote(t.Text)
}

// symbol is a spelling, shared by all tokens that have it.
type symbol struct {
	text    string
	macro   *Macro // what it is defined as; nil for nothing
	id      int32
	hash    uint32
	special special
}

// special tells apart the names that the preprocessor treats in a way of their own.
type special uint8

const (
	ordinary special = iota
	symDefined
	symPragma
	symVaArgs
	symVaOpt
)

// tok is a token while it is preprocessed.
type tok struct {
	sym            *symbol
	src, at        int32 // where it is written or, with fromMacro, where the macro is used that brings it
	defSrc, defTok int32 // with fromMacro: where it is written
	kind           Kind
	flags          flags
}

type flags uint8

const (
	space     flags = 1 << iota // white space stands before it
	painted                     // names a macro that was being expanded: not to be expanded any more
	fromMacro                   // out of a macro's definition
)

func (t *tok) is(text string) bool { return t.kind == Punct && t.sym.text == text }

func (t *tok) token() Token {
	return Token{
		Text: t.sym.text, Kind: t.kind, Macro: t.flags&fromMacro != 0,
		Src: t.src, Tok: t.at, DefSrc: t.defSrc, DefTok: t.defTok, ID: t.sym.id,
	}
}

// symbols interns spellings, in a hash table: its slots hold less than the buckets of a map, which a header of many macros
// makes a difference to.
type symbols struct {
	slots  []*symbol // a power of two; searched from the hash on
	count  int
	seed   maphash.Seed
	single [128]*symbol // punctuators of one character
	slab   []symbol
}

func newSymbols() *symbols {
	s := &symbols{slots: make([]*symbol, 1<<12), seed: maphash.MakeSeed()}
	for _, word := range words {
		s.get(word)
	}
	for _, x := range specials {
		s.get(x.name).special = x.what
	}
	return s
}

// lookup returns the symbol of a text; nil for none.
func (s *symbols) lookup(text string) *symbol {
	hash := uint32(maphash.String(s.seed, text))
	for i := int(hash); ; i++ {
		y := s.slots[i&(len(s.slots)-1)]
		if y == nil || y.hash == hash && y.text == text {
			return y
		}
	}
}

func (s *symbols) get(text string) *symbol {
	if y := s.lookup(text); y != nil {
		return y
	}
	return s.add(text, uint32(maphash.String(s.seed, text)))
}

// bytes returns the symbol of a text without copying it where it is known.
func (s *symbols) bytes(b []byte) *symbol {
	hash := uint32(maphash.Bytes(s.seed, b))
	for i := int(hash); ; i++ {
		y := s.slots[i&(len(s.slots)-1)]
		if y == nil {
			return s.add(string(b), hash)
		}
		if y.hash == hash && y.text == string(b) {
			return y
		}
	}
}

func (s *symbols) add(text string, hash uint32) *symbol {
	if len(s.slab) == 0 {
		s.slab = make([]symbol, 256)
	}
	y := &s.slab[0]
	s.slab = s.slab[1:]
	y.text, y.id, y.hash = text, int32(s.count), hash
	if s.count++; s.count > len(s.slots)/4*3 {
		s.grow()
	}
	s.enter(y)
	return y
}

// enter puts a symbol into the first slot that is free.
func (s *symbols) enter(y *symbol) {
	i := int(y.hash)
	for s.slots[i&(len(s.slots)-1)] != nil {
		i++
	}
	s.slots[i&(len(s.slots)-1)] = y
}

func (s *symbols) grow() {
	old := s.slots
	s.slots = make([]*symbol, 2*len(old))
	for _, y := range old {
		if y != nil {
			s.enter(y)
		}
	}
}

// of returns the symbol and the kind of a source's token.
func (s *symbols) of(f *ctext.File, i int) (*symbol, Kind) {
	t := &f.Tokens[i]
	if t.Kind == ctext.Punct && t.End-t.Off == 1 {
		c := f.Src[t.Off] & 0x7f
		if s.single[c] == nil {
			s.single[c] = s.get(string(f.Src[t.Off : t.Off+1]))
		}
		return s.single[c], Punct
	}
	b := f.Bytes(i)
	return s.bytes(b), kindOf(t.Kind, b)
}

func kindOf(k ctext.Kind, b []byte) Kind {
	switch k {
	case ctext.Ident:
		return Ident
	case ctext.Number:
		return Number
	case ctext.Punct:
		return Punct
	case ctext.String:
		if b[len(b)-1] == '\'' {
			return Char
		}
		return String
	}
	return Other
}
