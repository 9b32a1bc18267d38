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

// asCommand makes the test binary be bpfmon.
const asCommand = "BPFMON_TEST_AS_COMMAND"

// TestMemoryFlat holds that a long recording takes no more memory than a short one.
func TestMemoryFlat(t *testing.T) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run([]string{"replay", os.Getenv(asCommand)}, stdio{os.Stdin, os.Stdout, os.Stderr}))
	}
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
	cmd := exec.Command(os.Args[0], "-test.run=^TestMemoryFlat$")
	cmd.Env = append(os.Environ(), asCommand+"="+path)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return uint64(cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss) << 10 // it is in KiB
}
