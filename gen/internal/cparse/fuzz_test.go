// SPDX-License-Identifier: Apache-2.0

package cparse

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/diag"
	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// FuzzParse checks that any header gives a unit or positioned faults, for any target, and never a panic.
func FuzzParse(f *testing.F) {
	torture, err := os.ReadFile("testdata/torture/torture.h")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(torture, uint8(0))
	for _, tt := range faultTests {
		if strings.Contains(tt.header, "B9") {
			continue // bombs are slow, and so is all that comes of them
		}
		f.Add([]byte(tt.header), uint8(1))
	}
	dir, err := os.MkdirTemp("", "lockstep-fuzz")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { os.RemoveAll(dir) })
	targets := layout.Names()
	f.Fuzz(func(t *testing.T, header []byte, n uint8) {
		if len(header) > 1<<14 {
			return
		}
		if err := os.WriteFile(filepath.Join(dir, "h.h"), header, 0o644); err != nil {
			t.Fatal(err)
		}
		unit, err := Parse(Options{Dir: dir, Headers: []string{"h.h"}, Target: targets[int(n)%len(targets)]})
		if err == nil {
			checkUnit(t, unit)
			return
		}
		var faults diag.Errors
		if !errors.As(err, &faults) || unit != nil {
			t.Fatalf("%T: %v", err, err)
		}
		for _, fault := range faults {
			if fault.Msg == "" || fault.Pos.Line < 0 {
				t.Fatalf("%+v", fault)
			}
			_ = fault.Detail()
		}
	})
}
