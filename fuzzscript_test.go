// SPDX-License-Identifier: Apache-2.0

//go:build unix

package lockstep_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestFuzzScript runs scripts/fuzz.sh in a module of one target, with a `go` that prints what the real one has printed.
func TestFuzzScript(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	script, err := filepath.Abs("scripts/fuzz.sh")
	if err != nil {
		t.Fatal(err)
	}
	const deadline = "--- FAIL: FuzzX (2.05s)\n    context deadline exceeded\nFAIL\nexit status 1\nFAIL\texample.com/x\t2.088s\n"
	for _, test := range []struct {
		name, output string
		status       string
		fails        bool
	}{
		{"passed", "PASS\n", "0", false},
		{"the time was over", deadline, "1", false},
		{"an input failed", "--- FAIL: FuzzX (0.1s)\n    --- FAIL: FuzzX (0.0s)\n        x_test.go:9: wrong\n    \n" +
			"    Failing input written to testdata/fuzz/FuzzX/0123\nFAIL\n", "1", true},
		{"an input failed when the time was over", "--- FAIL: FuzzX (2.1s)\n    context deadline exceeded\n" +
			"    Failing input written to testdata/fuzz/FuzzX/0123\nFAIL\n", "1", true},
		{"a worker hung", "--- FAIL: FuzzX (9.1s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\nFAIL\n", "1", true},
		{"it panicked", "panic: no\n" + deadline, "2", true},
		{"it does not compile", "FAIL\texample.com/x [build failed]\n", "1", true},
		{"it says nothing", "", "1", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "x_test.go"), "package x\n\nfunc FuzzX(f *testing.F) {}\n")
			write(t, filepath.Join(dir, "output"), test.output)
			write(t, filepath.Join(dir, "go"), "#!/bin/sh\ncat output\nexit "+test.status+"\n")
			for _, args := range [][]string{{"init", "-q"}, {"add", "x_test.go"}} {
				cmd := exec.Command("git", args...)
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("git %v: %v\n%s", args, err, out)
				}
			}
			cmd := exec.Command("sh", script, "2s")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GO=sh "+filepath.Join(dir, "go"))
			out, err := cmd.CombinedOutput()
			if (err != nil) != test.fails {
				t.Errorf("scripts/fuzz.sh: %v, want failure %v; it printed\n%s", err, test.fails, out)
			}
		})
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
