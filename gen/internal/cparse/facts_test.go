// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

var update = flag.Bool("update", false, "write the goldens")

// TestFacts parses the headers of each archive and compares what is printed of the unit with the archive's
// file "want". The archive's comment has the options, a word and its arguments a line.
func TestFacts(t *testing.T) {
	archives, err := filepath.Glob("testdata/facts/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := printed(factsOf(t, ar))
			if *update {
				setFile(ar, "want", got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(file(ar, "want"), got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// factsOf parses an archive's headers, twice, in different directories: the result must not depend on where.
func factsOf(t *testing.T, ar *txtar.Archive) (*model.Unit, error) {
	t.Helper()
	files := map[string]string{}
	for _, f := range ar.Files {
		if f.Name != "want" {
			files[f.Name] = string(f.Data)
		}
	}
	opts := Options{Target: "bpfel"}
	for line := range strings.Lines(string(ar.Comment)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch word {
		case "dir":
			opts.Dir = rest
		case "headers":
			opts.Headers = strings.Fields(rest)
		case "include":
			opts.Include = strings.Fields(rest)
		case "defines":
			opts.Defines = strings.Fields(rest)
		case "target":
			opts.Target = rest
		}
	}
	sub := opts.Dir
	opts.Dir = filepath.Join(writeFiles(t, files), filepath.FromSlash(sub))
	unit, err := Parse(opts)
	opts.Dir = filepath.Join(writeFiles(t, files), filepath.FromSlash(sub))
	if again, err2 := Parse(opts); printed(unit, err) != printed(again, err2) {
		t.Error("a second run gives something else")
	}
	return unit, err
}

func file(ar *txtar.Archive, name string) string {
	for _, f := range ar.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setFile(ar *txtar.Archive, name, text string) {
	for i := range ar.Files {
		if ar.Files[i].Name == name {
			ar.Files[i].Data = []byte(text)
			return
		}
	}
	ar.Files = append(ar.Files, txtar.File{Name: name, Data: []byte(text)})
}

// printed returns a unit as text.
func printed(u *model.Unit, err error) string {
	if err != nil {
		return "error:\n" + err.Error() + "\n"
	}
	var b strings.Builder
	for _, c := range u.Constants {
		fmt.Fprintf(&b, "%v: %v %s = %s, %s%s\n", c.Pos, c.Kind, c.Name, c.Value.ExactString(), c.Type.C, comments(c.Doc, c.Text))
	}
	for _, e := range u.Enums {
		fmt.Fprintf(&b, "%v: enum %q %q of %d, %s%s\n", e.Pos, e.Tag, e.Typedef, len(e.Members), e.Type.C, comments(e.Doc, ""))
	}
	for _, r := range u.Records {
		printRecord(&b, "", r)
		for line := range strings.Lines(r.Source) {
			b.WriteString("| " + line)
		}
		b.WriteString("\n")
	}
	for _, s := range u.Skipped {
		fmt.Fprintf(&b, "%v: skipped %s: it %s\n", s.Pos, s.Name, s.Reason)
	}
	fmt.Fprintf(&b, "inputs: %s\n", strings.Join(u.Inputs, " "))
	return b.String()
}

func comments(doc, text string) string {
	s := ""
	if doc != "" {
		s += fmt.Sprintf(" doc %q", doc)
	}
	if text != "" {
		s += fmt.Sprintf(" text %q", text)
	}
	return s
}

func printRecord(b *strings.Builder, indent string, r *model.Record) {
	name := r.Name
	if name == "" {
		name = "unnamed"
	}
	packed := ""
	if r.Packed {
		packed = ", packed"
	}
	fmt.Fprintf(b, "%s%v: %s: size %d, align %d, end %d%s%s\n", indent, r.Pos, name, r.Size, r.Align, r.MinSize, packed, comments(r.Doc, ""))
	for _, f := range r.Fields {
		printField(b, indent+"  ", f)
	}
}

func printField(b *strings.Builder, indent string, f *model.Field) {
	fmt.Fprintf(b, "%s%v: %s %q at %d", indent, f.Pos, f.Type.C, f.Name, f.Offset)
	if f.BitField {
		fmt.Fprintf(b, " bit %d width %d", f.BitOffset, f.BitWidth)
	}
	if f.Use.IsValid() {
		fmt.Fprintf(b, " used at %v", f.Use)
	}
	elem := f.Type
	for elem.Kind == model.Array {
		elem = elem.Elem
	}
	if elem.Order != model.Native {
		fmt.Fprintf(b, " order %d", elem.Order)
	}
	b.WriteString(comments(f.Doc, f.Text) + "\n")
	if elem.Kind == model.RecordType && elem.Record.Name == "" {
		printRecord(b, indent+"  ", elem.Record)
	}
}
