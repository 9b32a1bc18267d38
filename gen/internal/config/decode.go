// SPDX-License-Identifier: Apache-2.0

package config

import (
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// Parse reads a configuration. The name is what positions call the file. The error is diag.Errors with
// every fault of the file's form; what the values mean is for the check stage.
func Parse(name string, data []byte) (*Config, error) {
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
		known[k.Name] = k.decoder(r, parent)
		if _, top := parent.(*Config); top {
			known[k.Name] = r.noting(k.Name, known[k.Name])
		}
	}
	r.mapping(n, what, known)
}

// decoder returns what reads the value of a key.
func (k Key) decoder(r *reader, parent any) func(node) {
	switch k.Kind {
	case Object:
		return func(n node) {
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
