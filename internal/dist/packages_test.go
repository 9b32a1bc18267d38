// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestPackageVersion checks versions with and without a tag.
func TestPackageVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "1.2.3", "v1.2.3-4-gabcdef": "1.2.3+4+gabcdef", "0248fb5": "0.0.0~20261127.0248fb5",
		"va": "0.0.0~20261127.va",
	} {
		if got := packageVersion(commitInfo{version, date}); got != want {
			t.Errorf("%s: %s, want %s", version, got, want)
		}
	}
}

// TestPackagePath checks where files are installed.
func TestPackagePath(t *testing.T) {
	for name, want := range map[string]string{
		"bin/bpfmon": "/usr/bin/bpfmon", "man/man1/bpfmon.1": "/usr/share/man/man1/bpfmon.1",
		"completions/bash/bpfmon":      "/usr/share/bash-completion/completions/bpfmon",
		"completions/zsh/_bpfmon":      "/usr/share/zsh/site-functions/_bpfmon",
		"completions/fish/bpfmon.fish": "/usr/share/fish/vendor_completions.d/bpfmon.fish",
		"deploy/bpfmon.service":        "/usr/lib/systemd/system/bpfmon.service",
		"deploy/kubernetes.yaml":       "/usr/share/doc/lockstep/deploy/kubernetes.yaml",
		"docs/live.md":                 "/usr/share/doc/lockstep/docs/live.md", "LICENSE": "/usr/share/doc/lockstep/LICENSE",
	} {
		if got := packagePath(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// absent skips the test for a program that is not here, or fails it where LOCKSTEP_REQUIRE, a list with commas, names it.
func absent(t *testing.T, program, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), program) {
		t.Fatalf("%s, and LOCKSTEP_REQUIRE has %s", why, program)
	}
	t.Skip(why)
}

// TestPackages builds the packages twice, unpacks the .deb, and runs what is in it. It needs what `make dist` builds: bin/nfpm.
func TestPackages(t *testing.T) {
	nfpm, err := filepath.Abs("../../bin/nfpm")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(nfpm); err != nil {
		absent(t, "nfpm", "no bin/nfpm: make bin/nfpm builds it")
	}
	t.Chdir("../..")
	script := []byte("#!/bin/sh\necho it runs\n")
	files := []file{{"bin/bpfmon", 0o755, script}, {"man/man1/bpfmon.1", 0o644, []byte(".TH bpfmon 1\n")}, {"LICENSE", 0o644, []byte("text\n")}}
	commit := commitInfo{"v1.2.3", time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)}
	first, second := t.TempDir(), t.TempDir()
	for _, out := range []string{first, second} {
		if _, err := packages(nfpm, out, runtime.GOARCH, commit, files); err != nil {
			t.Fatal(err)
		}
	}
	for _, format := range formats {
		name := "lockstep-v1.2.3-linux-" + runtime.GOARCH + "." + format
		a, errA := os.ReadFile(filepath.Join(first, name))
		b, errB := os.ReadFile(filepath.Join(second, name))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two builds differ: %v, %v", name, errA, errB)
		}
	}
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		absent(t, "dpkg-deb", "no dpkg-deb")
	}
	root := t.TempDir()
	deb := filepath.Join(first, "lockstep-v1.2.3-linux-"+runtime.GOARCH+".deb")
	if out, err := exec.Command("dpkg-deb", "-x", deb, root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(filepath.Join(root, "usr/bin/bpfmon")).Output(); err != nil || string(out) != "it runs\n" {
		t.Errorf("%q, %v", out, err)
	}
	unit, err := os.ReadFile(filepath.Join(root, "usr/lib/systemd/system/bpfmon.service"))
	if err != nil || !strings.Contains(string(unit), "ExecStart=/usr/bin/bpfmon") {
		t.Errorf("%v\n%s", err, unit)
	}
}
