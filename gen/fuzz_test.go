// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"errors"
	"go/format"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// FuzzGenerate generates from any header and configuration: there is gofmt's Go, or there are faults with a
// position, and never anything else.
func FuzzGenerate(f *testing.F) {
	for _, dir := range []string{"golden", "faults"} {
		names, err := filepath.Glob(filepath.Join("testdata", dir, "*.txtar"))
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				f.Fatal(err)
			}
			seed := map[string]string{}
			for _, file := range archive.Files {
				seed[file.Name] = string(file.Data)
			}
			f.Add(seed["a.h"], seed[ConfigName])
		}
	}
	f.Fuzz(func(t *testing.T, header, config string) {
		others := strings.ReplaceAll(header, "#include <linux/types.h>", "")
		if strings.Contains(config, "..") || strings.HasPrefix(config, "/") || strings.Contains(others, "include") {
			return // other files
		}
		dir := t.TempDir()
		put(t, filepath.Join(dir, "a.h"), header)
		put(t, filepath.Join(dir, ConfigName), config)
		r, err := Generate(filepath.Join(dir, ConfigName))
		if err != nil {
			positioned(t, err)
			return
		}
		for _, file := range r.Files {
			formatted, err := format.Source(file.Data)
			if err != nil || !bytes.Equal(formatted, file.Data) {
				t.Fatalf("%s is not as gofmt writes it: %v\n%s", file.Path, err, file.Data)
			}
		}
	})
}

// positioned holds that an error is faults, each of them somewhere.
func positioned(t *testing.T, err error) {
	t.Helper()
	var faults Faults
	if !errors.As(err, &faults) || len(faults) == 0 {
		t.Fatalf("not faults: %v", err)
	}
	for _, f := range faults {
		if f.Pos == (model.Pos{}) || f.Msg == "" {
			t.Errorf("a fault without a position or a text: %v", f)
		}
	}
}
