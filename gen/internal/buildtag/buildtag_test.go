// SPDX-License-Identifier: Apache-2.0

package buildtag

import (
	"go/build"
	"io"
	"strings"
	"testing"
)

func of(t *testing.T, file, constraint string) When {
	t.Helper()
	w, err := Of(file, constraint)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestCompare(t *testing.T) {
	for _, tt := range []struct {
		file, build           string
		otherFile, otherBuild string
		within, meets         bool
	}{
		{"a.go", "", "b.go", "", true, true},
		{"zz_linux.go", "", "b.go", "", true, true},
		{"a.go", "", "zz_linux.go", "", false, true},
		{"zz_linux.go", "", "zz_windows.go", "", false, false},
		{"zz_linux_arm64.go", "", "zz_linux.go", "", true, true},
		{"zz_linux_arm64.go", "", "b.go", "linux && (arm64 || amd64)", true, true},
		{"zz_android.go", "", "zz_linux.go", "", true, true},
		{"zz_linux.go", "", "b.go", "unix", true, true},
		{"zz_windows.go", "", "b.go", "unix", false, false},
		{"a.go", "linux || windows", "b.go", "!linux", false, true},
		{"a.go", "linux", "b.go", "!linux", false, false},
		{"a.go", "mine && linux", "b.go", "mine", true, true},
		{"a.go", "mine", "b.go", "!mine", false, false},
		{"a.go", "amd64 || arm64", "b.go", "s390x", false, false},
		{"a.go", "linux || !linux", "b.go", "", true, true},
		{"linux.go", "", "zz_linux_gen.go", "", true, true},
		{"a_arm64_linux.go", "", "zz_linux.go", "", true, true},
		{"a.go", "a&&b&&c&&d&&e&&f&&g&&h&&i&&j&&k&&l&&m", "b.go", "a", false, true}, // too many to try
	} {
		a, b := of(t, tt.file, tt.build), of(t, tt.otherFile, tt.otherBuild)
		if got := a.Within(b); got != tt.within {
			t.Errorf("%s %q within %s %q: %v", tt.file, tt.build, tt.otherFile, tt.otherBuild, got)
		}
		if got, back := a.Meets(b), b.Meets(a); got != tt.meets || back != tt.meets {
			t.Errorf("%s %q meets %s %q: %v, %v", tt.file, tt.build, tt.otherFile, tt.otherBuild, got, back)
		}
	}
	if _, err := Of("a.go", "linux &&"); err == nil {
		t.Error("no error for half a constraint")
	}
}

// TestAsGo compares with what go/build makes of names.
func TestAsGo(t *testing.T) {
	names := []string{"a.go", "linux.go", "_linux.go", "a_linux.go", "a_b.go", "a_linux_b.go", "a_linux.x.go", "a.x_linux.go", "linux_amd64.go",
		"a_amd64.go", "a_linux_amd64.go", "a_amd64_linux.go", "a_unix.go", "a_android.go", "a_ios.go", "a_.go", "__linux.go"}
	for _, os := range strings.Fields(systems) {
		for _, arch := range []string{"amd64", "arm64"} {
			ctx := build.Context{GOOS: os, GOARCH: arch, Compiler: "gc"}
			ctx.OpenFile = func(string) (io.ReadCloser, error) {
				return io.NopCloser(strings.NewReader("package p\n")), nil
			}
			for _, name := range names {
				name = "x" + name // a name that begins with an underscore is ignored
				want, err := ctx.MatchFile("d", name)
				if err != nil {
					t.Fatal(err)
				}
				w := of(t, name, "")
				if got := w.expr == nil || holds(w.expr, os, arch, nil); got != want {
					t.Errorf("%s on %s/%s: %v, want %v", name, os, arch, got, want)
				}
			}
		}
	}
}
