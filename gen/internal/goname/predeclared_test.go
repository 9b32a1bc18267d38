// SPDX-License-Identifier: Apache-2.0

package goname

import (
	"go/types"
	"slices"
	"testing"
)

// TestPredeclared checks that the names are those that this version of Go declares.
func TestPredeclared(t *testing.T) {
	if want := types.Universe.Names(); !slices.Equal(predeclared, want) {
		t.Errorf("in goname.go:\n%q\nwant what Go declares:\n%q", predeclared, want)
	}
}
