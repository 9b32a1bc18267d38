// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// full uses every key.
const full = `package: events
license: Apache-2.0
target: bpfel
headers: [a.h, b.h]
include: inc
define: [N=1]
words: [LXC]
files:
  z.go:
    package: other
    build: linux
    constants: [MAX_*, MIN]
    groups:
      Verdict:
        enum: verdict
        macros: [V_*]
        in: a.h
        add: [X]
        exclude: [V_MAX]
        type: uint8
        constants: uint32
        magnitude: true
        strip: V_
        prefix: Verdict
        names: {V_OK: VerdictFine}
        text: comment
        texts: {V_OK: "fine"}
        flags: false
        separator: ", "
        lookup: VerdictText
        methods: [parse, text]
        templates:
          package: example.com/template
          tables: [vTexts, vLines]
          arguments: [a]
          without: V_NO
        doc: |
          Verdict is it.
          Really.
    describe: example.com/event
    import: example.com/z
    fields: {subtype: SubType}
    structs:
      drop_event: DropEvent
      bare:
      trace_event:
        name: TraceEvent
        size: TraceLen
        min: len_cap
        fields: {len_orig: OrigLen}
        json: {len_orig: length}
        enums: {kind: Kind}
        doc: Text.
  y.go:
    constants: {MAX: Maximum}
`

func at(line, col int) model.Pos { return model.Pos{File: "lockstep.yaml", Line: line, Col: col} }

func text(s string, line, col int) Text { return Text{s, at(line, col)} }

func TestParse(t *testing.T) {
	got, err := Parse("lockstep.yaml", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		Pos:     at(1, 1),
		Package: text("events", 1, 10),
		License: text("Apache-2.0", 2, 10),
		Target:  text("bpfel", 3, 9),
		Headers: []Text{text("a.h", 4, 11), text("b.h", 4, 16)},
		Include: []Text{text("inc", 5, 10)},
		Define:  []Text{text("N=1", 6, 10)},
		Words:   []Text{text("LXC", 7, 9)},
		Files: []*File{{
			Path:      text("z.go", 9, 3),
			Package:   text("other", 10, 14),
			Build:     text("linux", 11, 12),
			Constants: []Pair{{Key: text("MAX_*", 12, 17)}, {Key: text("MIN", 12, 24)}},
			Groups: []*Group{{
				Name:      text("Verdict", 14, 7),
				Enum:      text("verdict", 15, 15),
				Macros:    []Text{text("V_*", 16, 18)},
				In:        text("a.h", 17, 13),
				Add:       []Text{text("X", 18, 15)},
				Exclude:   []Text{text("V_MAX", 19, 19)},
				Type:      text("uint8", 20, 15),
				Constants: text("uint32", 21, 20),
				Magnitude: Flag{true, at(22, 20)},
				Strip:     text("V_", 23, 16),
				Prefix:    text("Verdict", 24, 17),
				Names:     []Pair{{text("V_OK", 25, 17), text("VerdictFine", 25, 23)}},
				Text:      text("comment", 26, 15),
				Texts:     []Pair{{text("V_OK", 27, 17), text("fine", 27, 23)}},
				Flags:     Flag{false, at(28, 16)},
				Separator: text(", ", 29, 20),
				Lookup:    text("VerdictText", 30, 17),
				Methods:   []Text{text("parse", 31, 19), text("text", 31, 26)},
				Templates: Templates{
					Pos:       at(33, 11),
					Package:   text("example.com/template", 33, 20),
					Tables:    []Text{text("vTexts", 34, 20), text("vLines", 34, 28)},
					Arguments: []Text{text("a", 35, 23)},
					Without:   []Text{text("V_NO", 36, 20)},
				},
				Doc: text("Verdict is it.\nReally.\n", 37, 14),
			}},
			Describe: text("example.com/event", 40, 15),
			Import:   text("example.com/z", 41, 13),
			Fields:   []Pair{{text("subtype", 42, 14), text("SubType", 42, 23)}},
			Structs: []*Struct{
				{Record: text("drop_event", 44, 7), Name: text("DropEvent", 44, 19)},
				{Record: text("bare", 45, 7)},
				{
					Record: text("trace_event", 46, 7),
					Name:   text("TraceEvent", 47, 15),
					Size:   text("TraceLen", 48, 15),
					Min:    text("len_cap", 49, 14),
					Fields: []Pair{{text("len_orig", 50, 18), text("OrigLen", 50, 28)}},
					JSON:   []Pair{{text("len_orig", 51, 16), text("length", 51, 26)}},
					Enums:  []Pair{{text("kind", 52, 17), text("Kind", 52, 23)}},
					Doc:    text("Text.", 53, 14),
				},
			},
		}, {
			Path:      text("y.go", 54, 3),
			Package:   text("events", 1, 10),
			Constants: []Pair{{text("MAX", 55, 17), text("Maximum", 55, 22)}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
}

// faulty are configurations with what is said about them.
var faulty = []struct {
	name, yaml string
	want       []string
}{
	{"empty", "", []string{"c.yaml:1:1: the configuration is empty"}},
	{"only a comment", "# nothing\n", []string{"c.yaml:1:1: the configuration is empty"}},
	{"not utf-8", "package: \xff\n", []string{"c.yaml:1:1: not UTF-8 text"}},
	{"not a mapping", "- a\n", []string{
		"c.yaml:1:1: files: no file is named",
		"c.yaml:1:1: headers: no header is named",
		"c.yaml:1:1: the configuration must be a mapping of keys to values, not a list",
	}},
	{"syntax", "package: [a\n", []string{"c.yaml:1:10: sequence end token ']' not found"}},
	{"tab", "package: a\nfiles:\n\tz.go:\n", []string{"c.yaml:3:1: found character '\t' that cannot start any token"}},
	{"duplicate key", "package: a\npackage: b\n", []string{`c.yaml:2:1: mapping key "package" already defined at [1:1]`}},
	{"two documents", "package: a\n---\npackage: b\n", []string{"c.yaml:2:1: a second document: a configuration is one"}},
	{"what is needed", "include: [a]\n", []string{
		"c.yaml:1:1: files: no file is named",
		"c.yaml:1:1: headers: no header is named",
	}},
	{"no package", "headers: [a.h]\nfiles:\n  z.go:\n", []string{
		"c.yaml:3:3: z.go: no package is given, here or for all files",
	}},
	{"unknown keys, all at once", "package: p\nheaders: [a.h]\nheader: b.h\nfiles:\n  z.go:\n    struct: {}\n    groups:\n      G:\n        enums: x\n", []string{
		"c.yaml:3:1: header: unknown key of the configuration: did you mean headers?",
		"c.yaml:6:5: struct: unknown key of a file: did you mean structs?",
		"c.yaml:9:9: enums: unknown key of a group: did you mean enum?",
	}},
	{"wrong types", "package: 1\nheaders: {a: b}\nlicense: true\nwords: [[x]]\nfiles:\n  z.go:\n    groups:\n      G: {flags: yes, type: [], names: [a]}\n    structs: {s: [a]}\n", []string{
		"c.yaml:1:10: want a string, not a number (put it in quotes if it is a text)",
		"c.yaml:2:10: want a string, not a mapping",
		"c.yaml:3:10: want a string, not a truth value (put it in quotes if it is a text)",
		"c.yaml:4:9: want a string, not a list",
		"c.yaml:8:18: want true or false, not a string",
		"c.yaml:8:29: want a string, not a list",
		"c.yaml:8:40: this must be a mapping of keys to values, not a list",
		"c.yaml:9:18: a struct must be a mapping of keys to values, not a list",
	}},
	{"nothing", "package: p\nheaders: []\ntargets: []\nreleases:\nfiles:\n  z.go:\n    groups: {G: }\n", []string{
		"c.yaml:2:10: headers: is empty: the headers to read, in this order: paths relative to the configuration, not patterns",
		"c.yaml:3:10: targets: is empty: give it a value, or leave the key out",
		"c.yaml:4:10: releases must be a mapping of keys to values, not nothing",
		"c.yaml:7:14: G: the group has no members: say enum, macros or add",
	}},
	{"releases without releases", "package: p\nheaders: a.h\nreleases: {define: ''}\nfiles: {z.go: }\n", []string{
		"c.yaml:3:20: define: is empty: the macro that the headers test; its value for 1.8.2 is 10802",
	}},
	{"releases without what they need", "package: p\nheaders: a.h\nreleases: {}\nfiles: {z.go: }\n", []string{
		"c.yaml:3:11: releases: no define is given: the macro that the headers test; its value for 1.8.2 is 10802",
		"c.yaml:3:11: releases: no list is given: the releases, oldest first",
	}},
	{"columns count bytes", "package: p\nheaders: [a.h]\nfiles: {ä.go: {bäd: 1}, z.go: {worse: 2}}\n", []string{
		"c.yaml:3:17: bäd: unknown key: a file has build, constants, describe, fields, groups, import, methods, package, structs, types",
		"c.yaml:3:34: worse: unknown key: a file has build, constants, describe, fields, groups, import, methods, package, structs, types",
	}},
	{"alias", "package: *p\nheaders: [a.h]\nfiles: {z.go: }\n", []string{
		"c.yaml:1:10: want a string, not an anchor or alias, which have no use here (a text that begins with * or & needs quotes)",
	}},
	{"tag", "package: !!str p\nheaders: [a.h]\nfiles: {z.go: }\n", []string{
		"c.yaml:1:10: want a string, not a tag",
	}},
	{"key of another type", "1: a\n", []string{
		"c.yaml:1:1: a key is a string, not a number (put it in quotes if it is a text)",
		"c.yaml:1:1: files: no file is named",
		"c.yaml:1:1: headers: no header is named",
	}},
}

// TestByteOrderMark reads a configuration as editors on Windows write it. Positions do not count the mark.
func TestByteOrderMark(t *testing.T) {
	if _, err := Parse("c.yaml", []byte("\ufeffpackage: p\r\nheaders: [a.h]\r\nfiles:\r\n  zz.go: {constants: [A]}\r\n")); err != nil {
		t.Error(err)
	}
	_, err := Parse("c.yaml", []byte("\ufeffpackages: p\n"))
	if err == nil || !strings.Contains(err.Error(), "c.yaml:1:1: packages: unknown key of the configuration: did you mean package?") {
		t.Errorf("%v", err)
	}
}

func TestParseFaults(t *testing.T) {
	for _, tt := range faulty {
		for _, eol := range []string{"\n", "\r\n"} {
			_, err := Parse("c.yaml", []byte(strings.ReplaceAll(tt.yaml, "\n", eol)))
			var faults diag.Errors
			if !errors.As(err, &faults) {
				t.Errorf("%s: got %v, want faults", tt.name, err)
				continue
			}
			if diff := cmp.Diff(tt.want, strings.Split(err.Error(), "\n")); diff != "" {
				t.Errorf("%s (line end %q) (-want +got):\n%s", tt.name, eol, diff)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(full))
	for _, tt := range faulty {
		f.Add([]byte(tt.yaml))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse("c.yaml", data)
		if err == nil {
			if len(c.Headers) == 0 || len(c.Files) == 0 {
				t.Fatal("no fault, and no headers or no files")
			}
			return
		}
		var faults diag.Errors
		if !errors.As(err, &faults) || len(faults) == 0 {
			t.Fatalf("not faults: %v", err)
		}
		lines := strings.Split(string(data), "\n")
		for _, fault := range faults {
			p := fault.Pos
			if p.File != "c.yaml" || p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > len(lines[p.Line-1])+1 {
				t.Fatalf("position outside of the text: %v", fault)
			}
		}
	})
}
