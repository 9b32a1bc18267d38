// SPDX-License-Identifier: Apache-2.0

package header_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/header"
)

// TestErrorTypes checks that errors have the types that the documentation says.
func TestErrorTypes(t *testing.T) {
	dir := t.TempDir()
	good, bad := filepath.Join(dir, "good.h"), filepath.Join(dir, "lockstep.yaml")
	for path, text := range map[string]string{good: "struct s { int a; };\n", bad: "package: p\nnone: 1\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, errNone := header.Read(header.Options{})
	_, errMissing := header.Read(header.Options{Paths: []string{filepath.Join(dir, "missing.h")}})
	_, errKey := header.ReadConfig(bad, "")
	for what, err := range map[string]error{"no headers": errNone, "a missing header": errMissing, "an unknown key": errKey} {
		var faults header.Faults
		if !errors.As(err, &faults) || len(faults) == 0 || faults[0].Msg == "" {
			t.Errorf("%s: %T %v", what, err, err)
		}
	}
	if _, err := header.ReadConfig(filepath.Join(dir, "missing.yaml"), ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing configuration: %v", err)
	}
	unit, err := header.Read(header.Options{Paths: []string{good}})
	if err != nil {
		t.Fatal(err)
	}
	var unknown *header.UnknownError
	if _, err := unit.Struct("none"); !errors.As(err, &unknown) || len(unknown.Known) != 1 {
		t.Errorf("an unknown struct: %v", err)
	}
}
