// SPDX-License-Identifier: Apache-2.0

package regular_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/regular"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, want := range [][]byte{{}, []byte("a"), bytes.Repeat([]byte("text\n"), 100_000)} {
		if err := os.WriteFile(path("f"), want, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := regular.Read(path("f")); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes: %d, %v", len(want), len(got), err)
		}
	}
	large, err := os.Create(path("large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(large.Truncate(regular.MaxFile+1), large.Close()); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"large": "too large", "": "directory", "none": "no such file"} {
		var at *fs.PathError
		_, err := regular.Read(path(name))
		if !errors.As(err, &at) || name != "none" && !strings.Contains(err.Error(), want) || name == "none" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
