// SPDX-License-Identifier: Apache-2.0

package config

import (
	"bytes"

	"github.com/goccy/go-yaml/ast"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Parse reads a configuration. The name is what positions call the file. The error is diag.Errors with
// every fault of the file's form; what the values mean is for the check stage.
func Parse(name string, data []byte) (*Config, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // which editors on Windows write
	r := newReader(name, data)
	c := &Config{Pos: model.Pos{File: name, Line: 1, Col: 1}}
	if root := r.parse(data); root != nil {
		decode(r, root, "the configuration", configKeys, c)
		c.complete(r)
	}
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// decode reads an object as its keys describe it, into parent.
func decode(r *reader, n node, what string, described []Key, parent any) {
	known := keys{}
	for _, k := range described {
		known[k.Name] = k.full(r, k.decoder(r, parent))
		if _, top := parent.(*Config); top {
			known[k.Name] = r.noting(k.Name, known[k.Name])
		}
	}
	before := r.faults.Len()
	r.mapping(n, what, known)
	if _, top := parent.(*Config); !top && r.faults.Len() == before {
		r.require(n, what, described)
	}
}

// require faults an object that does not have a key that it needs.
func (r *reader) require(n node, what string, described []Key) {
	given := map[string]bool{}
	r.each(n, what, func(key Text, _ node) { given[key.Value] = true })
	for _, k := range described {
		if k.Required && !given[k.Name] {
			r.fault(r.at(n), what, "no %s is given: %s", k.Name, k.Doc)
		}
	}
}

// full returns a decoder that faults an empty list or mapping, or an empty string, where that means nothing.
func (k Key) full(r *reader, decoder func(node)) func(node) {
	return func(n node) {
		if blank := k.blank(n); blank == nil {
			decoder(n)
		} else if k.Required {
			r.fault(r.at(blank), k.Name, "is empty: %s", k.Doc)
		} else {
			r.fault(r.at(blank), k.Name, "is empty: give it a value, or leave the key out")
		}
	}
}

// blank returns the value, or the string in it, that must not be empty and is; nil where there is none.
func (k Key) blank(n node) node {
	var list []node
	switch n := n.(type) {
	case *ast.SequenceNode:
		if list = n.Values; len(list) == 0 && k.Filled {
			return n
		}
	case *ast.StringNode:
		list = []node{n}
	}
	for _, b := range list {
		if s, ok := b.(*ast.StringNode); ok && s.Value == "" && k.Filled {
			return s
		}
	}
	return nil
}

// decoder returns what reads the value of a key.
func (k Key) decoder(r *reader, parent any) func(node) {
	switch k.Kind {
	case Object:
		return func(n node) {
			if r.isNull(n) {
				r.fault(r.at(n), "", "%s must be a mapping of keys to values, not nothing", k.What)
				return
			}
			into := k.into(parent)
			switch into := into.(type) {
			case *Templates:
				into.Pos = r.at(n)
			case *TextsFrom:
				into.Pos = r.at(n)
			case *Releases:
				into.Pos = r.at(n)
			case *Versions:
				into.Pos = r.at(n)
			}
			decode(r, n, k.What, k.Keys, into)
		}
	case Objects:
		return r.entries(func(key Text, n node) {
			into := k.add(parent, key)
			switch {
			case k.Empty != "" && r.isNull(n):
				r.fault(key.Pos, key.Value, "%s", k.Empty)
			case k.Short && r.isNull(n):
			case k.Short && r.isScalar(n):
				k.Keys[0].decoder(r, into)(n)
			default:
				decode(r, n, k.What, k.Keys, into)
			}
		})
	}
	switch into := k.into(parent).(type) {
	case *Text:
		return r.text(into)
	case *[]Text:
		return r.texts(into)
	case *Flag:
		return r.flag(into)
	case *[]Pair:
		if k.Kind == StringsOrPairs {
			return r.pairsOrTexts(into)
		}
		return r.pairs(into)
	}
	panic("key " + k.Name + " has no decoder")
}

// noting returns a decoder that notes whether the value of a key has faults.
func (r *reader) noting(key string, decoder func(node)) func(node) {
	return func(n node) {
		before := r.faults.Len()
		decoder(n)
		r.broken[key] = r.faults.Len() > before
	}
}

// complete faults what is missing.
func (c *Config) complete(r *reader) {
	if len(c.Headers) == 0 && !r.broken["headers"] {
		r.faults.Addf(c.Pos, "headers", "no header is named")
	}
	if len(c.Files) == 0 && !r.broken["files"] {
		r.faults.Addf(c.Pos, "files", "no file is named")
	}
	for _, f := range c.Files {
		if !f.Package.Given() {
			f.Package = c.Package
		}
		if !f.Package.Given() && !r.broken["package"] {
			r.faults.Addf(f.Path.Pos, f.Path.Value, "no package is given, here or for all files")
		}
	}
}
