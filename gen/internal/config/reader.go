// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

type node = ast.Node

// keys says what to do with the value of each key that a mapping may have.
type keys map[string]func(node)

// reader walks a YAML tree and collects faults.
type reader struct {
	name   string
	lines  []string
	faults diag.List
	broken map[string]bool // the keys of the configuration itself whose values have faults: what they say is not missing
}

func newReader(name string, data []byte) *reader {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return &reader{name: name, lines: strings.Split(text, "\n"), broken: map[string]bool{}}
}

// parse returns the root of the one document in data, or nil where there is a fault.
func (r *reader) parse(data []byte) (root node) {
	if !utf8.Valid(data) {
		r.fault(model.Pos{File: r.name, Line: 1, Col: 1}, "", "not UTF-8 text")
		return nil
	}
	if pos, what := excess(r.name, r.lines, len(data)); what != "" {
		r.fault(pos, "", "%s", what)
		return nil
	}
	file, err := parse(data)
	if err != nil {
		r.syntax(err)
		return nil
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.fault(model.Pos{File: r.name, Line: 1, Col: 1}, "", "the configuration is empty")
		return nil
	}
	if len(file.Docs) > 1 {
		r.fault(r.pos(file.Docs[1].Start), "", "a second document: a configuration is one")
		return nil
	}
	return file.Docs[0].Body
}

// parse keeps a parser that panics on broken input from taking the program with it.
func parse(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml parser: %v", p)
		}
	}()
	return parser.ParseBytes(data, 0)
}

func (r *reader) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) {
		r.fault(r.pos(syntax.Token), "", "%s", syntax.Message)
		return
	}
	r.fault(model.Pos{File: r.name, Line: 1, Col: 1}, "", "%v", err)
}

// pos converts a token's position, whose column counts runes.
func (r *reader) pos(t *token.Token) model.Pos {
	p := model.Pos{File: r.name, Line: 1, Col: 1}
	if t == nil || t.Position == nil || t.Position.Line < 1 {
		return p
	}
	p.Line, p.Col = t.Position.Line, max(1, t.Position.Column)
	if p.Line > len(r.lines) {
		p.Line = len(r.lines)
	}
	line, runes := r.lines[p.Line-1], 1
	for i := range line {
		if runes == p.Col {
			p.Col = i + 1
			return p
		}
		runes++
	}
	p.Col = len(line) + 1
	return p
}

// at returns where a node begins: for a mapping, at its first key.
func (r *reader) at(n node) model.Pos {
	switch n := n.(type) {
	case nil:
		return r.pos(nil)
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return r.pos(n.Values[0].Key.GetToken())
		}
	case *ast.MappingValueNode:
		return r.pos(n.Key.GetToken())
	}
	return r.pos(n.GetToken())
}

func (r *reader) fault(pos model.Pos, subject, format string, args ...any) {
	r.faults.Addf(pos, subject, format, args...)
}

// mapping hands the value of each key to the function of that key.
func (r *reader) mapping(n node, what string, known keys) {
	r.each(n, what, func(key Text, value node) {
		read, ok := known[key.Value]
		if !ok {
			names := slices.Sorted(maps.Keys(known))
			if near := meant(key.Value, names); near != "" {
				r.fault(key.Pos, key.Value, "unknown key of %s: did you mean %s?", what, near)
				return
			}
			r.fault(key.Pos, key.Value, "unknown key: %s has %s", what, strings.Join(names, ", "))
			return
		}
		read(value)
	})
}

// each calls do for the entries of a mapping, in order. A value that is left out makes an empty mapping.
func (r *reader) each(n node, what string, do func(key Text, value node)) {
	if r.isNull(n) {
		return
	}
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.fault(r.at(n), "", "%s must be a mapping of keys to values, not %s", what, kind(n))
		return
	}
	for _, v := range values {
		key, ok := v.Key.(*ast.StringNode)
		if !ok {
			r.fault(r.pos(v.Key.GetToken()), "", "a key is a string, not %s", kind(v.Key))
			continue
		}
		do(Text{key.Value, r.pos(key.Token)}, v.Value)
	}
}

// entries reads a mapping with keys of the user's choice.
func (r *reader) entries(do func(key Text, value node)) func(node) {
	return func(n node) { r.each(n, "this", do) }
}

func (r *reader) isNull(n node) bool {
	_, null := n.(*ast.NullNode)
	return n == nil || null
}

func (r *reader) isScalar(n node) bool {
	_, scalar := n.(ast.ScalarNode)
	return scalar
}

// text reads a string.
func (r *reader) text(into *Text) func(node) {
	return func(n node) {
		switch n := n.(type) {
		case *ast.StringNode:
			*into = Text{n.Value, r.at(n)}
		case *ast.LiteralNode:
			*into = Text{n.Value.Value, r.at(n)}
		default:
			r.fault(r.at(n), "", "want a string, not %s", kind(n))
		}
	}
}

// texts reads a list of strings; a single string is a list of one.
func (r *reader) texts(into *[]Text) func(node) {
	return func(n node) {
		seq, ok := n.(*ast.SequenceNode)
		if !ok {
			var t Text
			if r.text(&t)(n); t.Given() {
				*into = append(*into, t)
			}
			return
		}
		for _, v := range seq.Values {
			var t Text
			if r.text(&t)(v); t.Given() {
				*into = append(*into, t)
			}
		}
	}
}

// pairs reads a mapping of strings to strings.
func (r *reader) pairs(into *[]Pair) func(node) {
	return func(n node) {
		r.each(n, "this", func(key Text, value node) {
			p := Pair{Key: key}
			r.text(&p.Value)(value)
			*into = append(*into, p)
		})
	}
}

// pairsOrTexts reads a mapping of strings to strings, or a list of its keys.
func (r *reader) pairsOrTexts(into *[]Pair) func(node) {
	return func(n node) {
		switch n.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			r.pairs(into)(n)
			return
		}
		var list []Text
		r.texts(&list)(n)
		for _, t := range list {
			*into = append(*into, Pair{Key: t})
		}
	}
}

// flag reads a truth value.
func (r *reader) flag(into *Flag) func(node) {
	return func(n node) {
		b, ok := n.(*ast.BoolNode)
		if !ok {
			r.fault(r.at(n), "", "want true or false, not %s", kind(n))
			return
		}
		*into = Flag{b.Value, r.at(n)}
	}
}

// kind says what a node is, for a fault.
func kind(n node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "a string"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number (put it in quotes if it is a text)"
	case *ast.BoolNode:
		return "a truth value (put it in quotes if it is a text)"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return "an anchor or alias, which have no use here (a text that begins with * or & needs quotes)"
	}
	return "a tag"
}
