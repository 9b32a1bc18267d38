// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen"
)

const verifyConfig = `package: events
headers: [events.h]
files:
  zz_generated.go:
    groups:
      Verdict: {enum: verdict}
      Nameless: {enum: NAMELESS_A}
    structs: {pair: Pair, tight: Tight}
`

// TestMismatchOnce checks that a difference that BTF and DWARF have alike is printed once.
func TestMismatchOnce(t *testing.T) {
	mismatch := func(format, difference string) gen.Mismatch {
		return gen.Mismatch{Item: gen.Item{Name: "struct pair", Format: format}, Differences: []string{difference}}
	}
	for _, c := range []struct {
		second string
		want   []string
	}{
		{"size: 8", []string{"in its BTF and DWARF\n  size: 8\n"}},
		{"size: 9", []string{"in its BTF\n  size: 8\n", "in its DWARF\n  size: 9\n"}},
	} {
		text := string(verificationText(&gen.Verification{Reports: []gen.ObjectReport{
			{Object: "a.o", Mismatches: []gen.Mismatch{mismatch("BTF", "size: 8"), mismatch("DWARF", c.second)}}}}))
		if n := strings.Count(text, "not as a.o has it"); n != len(c.want) {
			t.Errorf("%d differences in\n%s", n, text)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
}

// TestVerify compares the committed objects of gen/internal/verify with their header, and with one that was
// changed after they were compiled.
func TestVerify(t *testing.T) {
	const objects = "../../gen/internal/verify/testdata/"
	header, err := os.ReadFile(objects + "events.h")
	if err != nil {
		t.Fatal(err)
	}
	stale := strings.Replace(string(header), "	u16 two;", "	unsigned int two;", 1)
	tests := []struct {
		name   string
		header string
		args   []string
		code   int
		stdout []string // parts of it
		stderr []string
	}{
		{"as it is", string(header), []string{objects + "bpfel.o"}, 0,
			[]string{"bpfel.o: struct pair: as the headers say (BTF, DWARF)", "EM_BPF, little-endian: 4 verified, 0 differ, 0 not in the object"}, nil},
		{"not in BTF", string(header), []string{"--target", "bpfeb", objects + "bpfeb-stripped.o"}, 0,
			[]string{"enum { NAMELESS_A, ... }: not in the object (", "3 verified, 0 differ, 1 not in the object"}, nil},
		{"not in BTF, and all is wanted", string(header), []string{"--all", "--target", "bpfeb", objects + "bpfeb-stripped.o"}, 1,
			[]string{"enum { NAMELESS_A, ... }: in none of the objects"}, nil},
		{"in one of two objects", string(header), []string{"--all", "--target", "bpfeb", objects + "bpfeb-stripped.o", objects + "bpfeb.o"},
			0, []string{"verified"}, nil},
		{"stale", stale, []string{objects + "bpfel.o"}, 1,
			[]string{"struct pair: not as ", "  size: 8 bytes in the header, 4 in the object\n",
				"  two: 4 bytes at 4 in the header, 2 bytes at 2 in the object\n", "  as the header says:\n", "3 verified, 1 differ"}, nil},
		{"stale, as JSON", stale, []string{"--json", objects + "bpfel.o"}, 1,
			[]string{`"config": "`, `"target": "bpfel"`, `"name": "struct pair"`, `"differences": [`,
				`"two: 4 bytes at 4 in the header, 2 bytes at 2 in the object"`, `"bitOffset": 16`, `"missing": []`, `"notFound": []`}, nil},
		{"byte order", string(header), []string{objects + "bpfeb.o"}, 2, nil,
			[]string{"EM_BPF is big-endian, but the target bpfel is little-endian (see --target)"}},
		{"nothing of it", "struct pair { int a; };\nstruct tight { int a; };\nenum verdict { A };\nenum { NAMELESS_A };\n",
			[]string{objects + "events.h"}, 2, nil, []string{"events.h: not an ELF object"}},
		{"no such object", string(header), []string{"nowhere.o", "neither.o"}, 2, nil, []string{"nowhere.o: ", "neither.o: "}},
		{"a directory", string(header), []string{"."}, 2, nil, []string{"read .: this is a directory, not a file"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "events.h"), tt.header)
			write(t, filepath.Join(dir, "lockstep.yaml"), verifyConfig)
			var stdout, stderr bytes.Buffer
			if code := run(append([]string{"verify", "-c", dir}, tt.args...), &stdout, &stderr); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			contains(t, "stdout", stdout.String(), tt.stdout)
			contains(t, "stderr", stderr.String(), tt.stderr)
			if got, want := stdout.Len() > 0, tt.stdout != nil; got != want {
				t.Errorf("standard output: %s", &stdout)
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func contains(t *testing.T, what, text string, parts []string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s lacks %q:\n%s", what, p, text)
		}
	}
}

// TestVerifyNothing has objects without anything of what is asked for.
func TestVerifyNothing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.h"), "struct nowhere { int a; };\n")
	write(t, filepath.Join(dir, "lockstep.yaml"), "package: a\nheaders: [a.h]\nfiles: {zz_generated.go: {structs: {nowhere: Nowhere}}}\n")
	var stdout, stderr bytes.Buffer
	code := run([]string{"verify", "-c", dir, "../../gen/internal/verify/testdata/bpfel.o"}, &stdout, &stderr)
	if code != 2 || !strings.Contains(stderr.String(), "the objects have none of the records and enums") {
		t.Errorf("exit code %d, stderr %s", code, &stderr)
	}
}
