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
		c.decode(r, root)
		c.complete(r)
	}
	if err := r.faults.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Config) decode(r *reader, n node) {
	r.mapping(n, "the configuration", keys{
		"package":    r.text(&c.Package),
		"license":    r.text(&c.License),
		"target":     r.text(&c.Target),
		"headers":    r.texts(&c.Headers),
		"include":    r.texts(&c.Include),
		"prelude":    r.texts(&c.Prelude),
		"define":     r.texts(&c.Define),
		"unreadable": r.text(&c.Unreadable),
		"releases":   func(n node) { c.Releases.decode(r, n) },
		"words":      r.texts(&c.Words),
		"typed":      r.flag(&c.Typed),
		"hostlayout": r.flag(&c.HostLayout),
		"files": r.entries(func(key Text, n node) {
			f := &File{Path: key}
			f.decode(r, n)
			c.Files = append(c.Files, f)
		}),
	})
}

// complete faults what is missing.
func (c *Config) complete(r *reader) {
	if len(c.Headers) == 0 {
		r.faults.Addf(c.Pos, "headers", "no header is named")
	}
	if len(c.Files) == 0 {
		r.faults.Addf(c.Pos, "files", "no file is named")
	}
	for _, f := range c.Files {
		if !f.Package.Given() {
			f.Package = c.Package
		}
		if !f.Package.Given() {
			r.faults.Addf(f.Path.Pos, f.Path.Value, "no package is given, here or for all files")
		}
	}
}

func (f *File) decode(r *reader, n node) {
	r.mapping(n, "a file", keys{
		"package":   r.text(&f.Package),
		"build":     r.text(&f.Build),
		"constants": r.pairsOrTexts(&f.Constants),
		"describe":  r.text(&f.Describe),
		"import":    r.text(&f.Import),
		"fields":    r.pairs(&f.Fields),
		"types":     r.pairs(&f.Types),
		"groups": r.entries(func(key Text, n node) {
			g := &Group{Name: key}
			g.decode(r, n)
			f.Groups = append(f.Groups, g)
		}),
		"structs": r.entries(func(key Text, n node) {
			s := &Struct{Record: key}
			s.decode(r, n)
			f.Structs = append(f.Structs, s)
		}),
	})
}

func (g *Group) decode(r *reader, n node) {
	r.mapping(n, "a group", keys{
		"enum":      r.text(&g.Enum),
		"macros":    r.texts(&g.Macros),
		"in":        r.text(&g.In),
		"add":       r.texts(&g.Add),
		"exclude":   r.texts(&g.Exclude),
		"type":      r.text(&g.Type),
		"constants": r.text(&g.Constants),
		"magnitude": r.flag(&g.Magnitude),
		"strip":     r.text(&g.Strip),
		"prefix":    r.text(&g.Prefix),
		"names":     r.pairs(&g.Names),
		"text":      r.text(&g.Text),
		"texts":     r.pairs(&g.Texts),
		"flags":     r.flag(&g.Flags),
		"separator": r.text(&g.Separator),
		"lookup":    r.text(&g.Lookup),
		"methods":   r.texts(&g.Methods),
		"templates": func(n node) { g.Templates.decode(r, n) },
		"doc":       r.text(&g.Doc),
	})
}

// decode reads the short form, a Go name or nothing, and the long one.
func (s *Struct) decode(r *reader, n node) {
	if r.isNull(n) {
		return
	}
	if r.isScalar(n) {
		r.text(&s.Name)(n)
		return
	}
	r.mapping(n, "a struct", keys{
		"name":     r.text(&s.Name),
		"size":     r.text(&s.Size),
		"min":      r.text(&s.Min),
		"versions": func(n node) { s.Versions.decode(r, n) },
		"fields":   r.pairs(&s.Fields),
		"types":    r.pairs(&s.Types),
		"json":     r.pairs(&s.JSON),
		"enums":    r.pairs(&s.Enums),
		"doc":      r.text(&s.Doc),
	})
}

func (t *Templates) decode(r *reader, n node) {
	t.Pos = r.at(n)
	r.mapping(n, "templates", keys{
		"package":   r.text(&t.Package),
		"tables":    r.texts(&t.Tables),
		"arguments": r.texts(&t.Arguments),
		"without":   r.texts(&t.Without),
	})
}

func (v *Releases) decode(r *reader, n node) {
	v.Pos = r.at(n)
	r.mapping(n, "releases", keys{"define": r.text(&v.Define), "list": r.texts(&v.List)})
}

func (v *Versions) decode(r *reader, n node) {
	v.Pos = r.at(n)
	r.mapping(n, "versions", keys{"by": r.text(&v.By), "last": r.pairs(&v.Last)})
}
