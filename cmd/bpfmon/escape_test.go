// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/gob"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"plain \"text\" \\ ünïcödé 日本": "plain \"text\" \\ ünïcödé 日本",
		"a\nb\rc\td":                   `a\nb\rc\td`,
		"\x1b[2J\x00\x7f\u0085":        `\x1b[2J\x00\x7f\u0085`,
		"\u202eoverride\u2028\u200b":   `\u202eoverride\u2028\u200b`,
		"bad \xff\xc3 �":               `bad \xff\xc3 �`,
	} {
		if diff := cmp.Diff(want, escape(in)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", in, diff)
		}
	}
}

// TestErrorsFromTheInput replays a recording of another type, whose names are those that the error quotes.
func TestErrorsFromTheInput(t *testing.T) {
	type Payload struct{ Data, Type []string }
	var rec bytes.Buffer
	if err := gob.NewEncoder(&rec).Encode(Payload{Data: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	forged := bytes.ReplaceAll(rec.Bytes(), []byte("Payload"), []byte("P\x1b[2J\n!"))
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, forged, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, said bytes.Buffer
	code := run([]string{"replay", path}, stdio{strings.NewReader(""), &out, &said})
	line, rest, _ := strings.Cut(said.String(), "\n")
	if code != exitFailure || rest != "" || out.Len() > 0 || strings.Contains(line, "\x1b") {
		t.Errorf("code %d, said %q, printed %q", code, &said, &out)
	}
}

// TestErrorsFromArguments checks that errors of the command line take over no terminal either, and keep their lines.
func TestErrorsFromArguments(t *testing.T) {
	const text = "\x1b[2J\u009b31m\u202e"
	header := filepath.Join(t.TempDir(), "a.h")
	if err := os.WriteFile(header, []byte("struct s { int a; };\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"replay", "--header", header, "--struct", text, "-"},
		{"replay", "--config", text, "-"},
		{"replay", "--hubble", text, "-"},
		{"replay", "--filter", text, "-"},
		{"replay", text},
		{"--" + text},
		{text},
	} {
		var out, said bytes.Buffer
		code := run(args, stdio{strings.NewReader(""), &out, &said})
		if code == 0 || said.Len() == 0 || strings.ContainsAny(out.String()+said.String(), "\x1b\u009b\u202e") {
			t.Errorf("%q: code %d, printed %q, said %q", args, code, &out, &said)
		}
	}
	if got, want := describe(errors.New("a\n\tb\x1b"), exitUsage), "a\n\tb\\x1b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
