// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestHeaderOf reads the objects of the tests of verify. That the header has the object's layouts is what HeaderOf itself
// compares.
func TestHeaderOf(t *testing.T) {
	objects, err := filepath.Glob("internal/verify/testdata/*.o")
	if err != nil || len(objects) == 0 {
		t.Fatal("no objects", err)
	}
	for _, object := range objects {
		h, err := HeaderOf(object)
		if err != nil {
			t.Errorf("%s: %v", object, err)
			continue
		}
		if len(h.Left) > 0 || !strings.Contains(string(h.Text), "struct event {") || !slices.Contains(Targets(), h.Target) {
			t.Errorf("%s: %s, left %q\n%s", object, h.Target, h.Left, h.Text)
		}
	}
}
