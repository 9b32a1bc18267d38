// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"path/filepath"
	"testing"
)

// TestObject starts from a compiled object alone: init, gen, check, verify and dump.
func TestObject(t *testing.T) {
	const object = "../../gen/internal/verify/testdata/bpfel.o"
	dir := t.TempDir()
	config := filepath.Join(dir, "lockstep.yaml")
	for _, tt := range []struct {
		args   []string
		code   int
		stdout []string
		stderr []string
	}{
		{[]string{"init", "--package", "events", "-o", config, object}, 0, nil, []string{"bpfel.types.h has the types of "}},
		{[]string{"init", "--package", "events", "-o", config, object}, 2, nil, []string{"file already exists and is not replaced"}},
		{[]string{"init", "--force", "--target", "linux/amd64", "-o", config, object}, 2, nil, []string{"is compiled for bpfel, not for linux/amd64"}},
		{[]string{"gen", dir}, 0, nil, []string{"1 written"}},
		{[]string{"check", dir}, 0, nil, []string{"up to date"}},
		{[]string{"verify", "-c", dir, object}, 0, []string{"struct tight: as the headers say (BTF, DWARF)", " 0 differ"}, nil},
		{[]string{"dump", object}, 0, []string{"struct event  bpfel.types.h:", "VERDICT_DROP", "target bpfel"}, nil},
		{[]string{"dump", object, object}, 2, nil, []string{"name one object alone"}},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(tt.args, &stdout, &stderr); code != tt.code {
			t.Errorf("%q: exit code %d, want %d: %s", tt.args, code, tt.code, &stderr)
		}
		contains(t, "stdout", stdout.String(), tt.stdout)
		contains(t, "stderr", stderr.String(), tt.stderr)
	}
}
