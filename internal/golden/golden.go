// SPDX-License-Identifier: Apache-2.0

// Package golden compares generated documents with the files that are committed, for tests.
package golden

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Check fails a test if a file has not the wanted text. With update, which is the test's -update, it writes the file instead.
func Check(t *testing.T, path, want string, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is stale: -update of this test writes it (-want +got):\n%s", path, diff)
	}
}
