// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestNothingHidden has names, stale code and arguments that take over a terminal, or change the order of what it shows.
func TestNothingHidden(t *testing.T) {
	const text = "\x1b[2J\u009b31m\u202e"
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	header := file("a.h", "#define A 1 /* \u009b31m */\nstruct s { int \u009b31m; };\n#define B \u009b31m\n")
	file("lockstep.yaml", "package: p\nheaders: [a.h]\nfiles: {a.go: {constants: [A]}}\n")
	file("a.go", "package p\n\n// "+text+"\n")
	for _, c := range []struct {
		code int
		args []string
	}{
		{0, []string{"dump", header}},
		{0, []string{"dump", "--json", header}},
		{1, []string{"check", filepath.Join(dir, "lockstep.yaml")}},
		{2, []string{"dump", text}},
		{2, []string{"check", text}},
		{2, []string{"breaking", "--against", text, filepath.Join(dir, "lockstep.yaml")}},
		{2, []string{"--" + text}},
		{2, []string{text}},
	} {
		var out, said bytes.Buffer
		if code := run(c.args, &out, &said); code != c.code {
			t.Errorf("%q: exit code %d, want %d: %s", c.args, code, c.code, &said)
		}
		if strings.ContainsAny(out.String()+said.String(), text[:1]+"\u009b\u202e") {
			t.Errorf("%q: printed %q, said %q", c.args, &out, &said)
		}
	}
}
