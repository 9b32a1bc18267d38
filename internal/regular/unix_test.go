// SPDX-License-Identifier: Apache-2.0

//go:build unix

package regular_test

import (
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/regular"
)

// TestReadOthers checks that nothing but a file is opened: a pipe without a writer would block.
func TestReadOthers(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for path, want := range map[string]string{
		filepath.Join(dir, "pipe"):   "this is a named pipe, not a file",
		filepath.Join(dir, "socket"): "this is a socket, not a file",
		"/dev/zero":                  "this is a device, not a file",
		"/proc/self/status":          made(),
	} {
		if _, err := regular.Read(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// made is the end of the error of a file of /proc, which may make its reader wait.
func made() string {
	if runtime.GOOS == "linux" {
		return "copy it to a regular file first"
	}
	return "no such file or directory"
}
