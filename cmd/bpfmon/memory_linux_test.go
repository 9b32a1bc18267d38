// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestMemoryFlat holds that a long recording takes no more memory than a short one.
func TestMemoryFlat(t *testing.T) {
	demo, err := os.ReadFile("testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat(demo, 20<<20/len(demo))
	short, peak := peakMemory(t, demo), peakMemory(t, long)
	if allowed := short + 16<<20; peak > allowed {
		t.Errorf("%d MiB of recording took %d MiB, %d bytes took %d MiB", len(long)>>20, peak>>20, len(demo), short>>20)
	}
}

// peakMemory returns the most bytes of memory that a replay of a recording has.
func peakMemory(t *testing.T, recording []byte) uint64 {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, recording, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bpfmon", "replay", path)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return uint64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10 // it is in KiB
}
