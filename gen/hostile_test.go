// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"archive/tar"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/emit"
)

// FuzzUntar reads archives that git did not make: nothing is written outside of the directory, not even through a link.
func FuzzUntar(f *testing.F) {
	for _, headers := range [][]*tar.Header{
		{{Name: "a/b/c.h", Typeflag: tar.TypeReg}, {Name: "a/link.h", Typeflag: tar.TypeSymlink, Linkname: "b/c.h"}},
		{{Name: "../escaped.h", Typeflag: tar.TypeReg}},
		{{Name: "up", Typeflag: tar.TypeSymlink, Linkname: ".."}, {Name: "up/escaped.h", Typeflag: tar.TypeReg}},
		{{Name: "a", Typeflag: tar.TypeReg}, {Name: "a/b", Typeflag: tar.TypeReg}, {Name: "a", Typeflag: tar.TypeSymlink, Linkname: "/"}},
	} {
		f.Add(archiveOf(f, headers...).Bytes())
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		_ = untar(strings.NewReader(string(archive)), dir)
		entries, err := os.ReadDir(parent)
		if err != nil || len(entries) != 1 {
			t.Errorf("%v beside the directory, %v", entries, err)
		}
		err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !d.Type().IsRegular() && d.Type() != fs.ModeSymlink {
				t.Errorf("%s is %v", path, d.Type())
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// FuzzGeneratedFrom reads the first line of files that may be generated: it names a configuration, or nothing.
func FuzzGeneratedFrom(f *testing.F) {
	f.Add([]byte(emit.Marker + "lockstep.yaml" + emit.MarkerEnd + "\n\npackage p\n"))
	f.Add([]byte(emit.Marker + emit.MarkerEnd))
	f.Add([]byte(emit.Marker + "../../x\x00\x1b" + emit.MarkerEnd + "\r\n"))
	f.Add([]byte(strings.Repeat("a", 5000)))
	name := filepath.Join(f.TempDir(), "x.go")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if from := generatedFrom(name); from != "" && !strings.HasPrefix(string(data), emit.Marker) {
			t.Errorf("%q is generated from %q", data, from)
		}
	})
}
