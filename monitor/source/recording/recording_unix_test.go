// SPDX-License-Identifier: Apache-2.0

//go:build unix

package recording

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNamedPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	want, rec := sample(500)
	src, err := Open(t.Context(), path) // must not wait for a writer
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(path, rec, 0) }()
	got, err := readAll(src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, equal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
