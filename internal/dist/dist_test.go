// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	some = []file{{"bin/x", 0o755, []byte("program")}, {"man/man1/x.1", 0o644, []byte("page")}}
	date = time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
)

// TestArchives checks that archives hold what they should, and are the same each time.
func TestArchives(t *testing.T) {
	var a, b bytes.Buffer
	for _, w := range []io.Writer{&a, &b} {
		if err := tarball(w, "d", some, date); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two tarballs differ")
	}
	gz, err := gzip.NewReader(&a)
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(gz)
	for _, want := range some {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || h.Name != "d/"+want.name || h.FileInfo().Mode() != want.mode || !h.ModTime.Equal(date) || !bytes.Equal(data, want.data) {
			t.Errorf("%+v with %q, %v", h, data, err)
		}
	}
	var z bytes.Buffer
	if err := zipped(&z, "d", some, date); err != nil {
		t.Fatal(err)
	}
	zr, err := zip.NewReader(bytes.NewReader(z.Bytes()), int64(z.Len()))
	if err != nil || len(zr.File) != 2 || zr.File[0].Name != "d/bin/x" || zr.File[0].Mode() != 0o755 {
		t.Errorf("%v, %v", zr, err)
	}
}

// TestChecksums checks the file that sha256sum reads.
func TestChecksums(t *testing.T) {
	dir := t.TempDir()
	if err := writeFiles(dir, some); err != nil {
		t.Fatal(err)
	}
	if err := writeChecksums(dir, []string{"man/man1/x.1", "bin/x"}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if err != nil || !bytes.Contains(b, []byte("  bin/x\n")) || len(b) != 2*64+2*2+len("bin/x\nman/man1/x.1\n") {
		t.Errorf("%s, %v", b, err)
	}
}

// TestDocuments checks that every link of an archive's documents leads to a file of the archive, or to the source.
func TestDocuments(t *testing.T) {
	t.Chdir("../..")
	all, err := documentFiles("v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range all {
		names = append(names, f.name)
	}
	links := 0
	for _, f := range all {
		if !strings.HasSuffix(f.name, ".md") {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(f.data), -1) {
			links++
			target := path.Join(path.Dir(f.name), m[1])
			if !slices.ContainsFunc(names, func(n string) bool { return n == target || strings.HasPrefix(n, target+"/") }) {
				t.Errorf("%s: %s is not in the archive", f.name, m[0])
			}
		}
	}
	if links < 50 {
		t.Errorf("%d links", links)
	}
	got := string(relink([]byte("[a](../gen/x.go#L1) [b](live.md) [c](https://host/x)"), "docs/a.md", "v1.2.3", []string{"docs/live.md"}))
	if want := "[a](" + source + "v1.2.3/gen/x.go#L1) [b](live.md) [c](https://host/x)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
