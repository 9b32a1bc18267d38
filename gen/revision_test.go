// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func archiveOf(t testing.TB, headers ...*tar.Header) *bytes.Buffer {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if h.Typeflag == tar.TypeReg {
			h.Size = 1
		}
		h.Mode = 0o644
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestUntar(t *testing.T) {
	dir := t.TempDir()
	err := untar(archiveOf(t,
		&tar.Header{Name: "a/b/c.h", Typeflag: tar.TypeReg},
		&tar.Header{Name: "a/link.h", Typeflag: tar.TypeSymlink, Linkname: "b/c.h"},
	), dir)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "a", "link.h")); err != nil || string(data) != "x" {
		t.Errorf("the linked file has %q, %v", data, err)
	}
}

// TestUntarStaysInside has archives that no repository gives, and that would write elsewhere.
func TestUntarStaysInside(t *testing.T) {
	outside := t.TempDir()
	archives := map[string][]*tar.Header{
		"up":       {{Name: "../escaped.h", Typeflag: tar.TypeReg}},
		"absolute": {{Name: outside + "/escaped.h", Typeflag: tar.TypeReg}},
		"through a link": {
			{Name: "out", Typeflag: tar.TypeSymlink, Linkname: outside},
			{Name: "out/escaped.h", Typeflag: tar.TypeReg},
		},
	}
	for name, headers := range archives {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "in")
			if err := os.Mkdir(dir, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := untar(archiveOf(t, headers...), dir); err == nil {
				t.Error("no error")
			}
			for _, path := range []string{parent, outside} {
				if _, err := os.Lstat(filepath.Join(path, "escaped.h")); err == nil {
					t.Errorf("written to %s", path)
				}
			}
		})
	}
}

func TestUntarCutOff(t *testing.T) {
	whole := archiveOf(t, &tar.Header{Name: "a.h", Typeflag: tar.TypeReg}).Bytes()
	if err := untar(bytes.NewReader(whole[:512]), t.TempDir()); err == nil {
		t.Error("no error for half an archive")
	}
}

// TestNoGit looks for a revision where there is no git.
func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	config := filepath.Join(dir, ConfigName)
	if err := os.WriteFile(config, []byte("package: p\nheaders: [a.h]\nfiles: {a.go: {constants: [A]}}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a.h"), []byte("#define A 1\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Breaking([]string{config}, "v1")
	if err == nil || !strings.Contains(err.Error(), "git is not installed (a directory with the older state can be used instead)") {
		t.Errorf("error %v", err)
	}
}
