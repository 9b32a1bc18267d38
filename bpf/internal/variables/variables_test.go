// SPDX-License-Identifier: Apache-2.0

//go:build linux

package variables

import (
	"testing"

	"github.com/cilium/ebpf"
)

// TestSetUnknown checks that a variable that the object lacks is an error: its value would be lost without a word.
func TestSetUnknown(t *testing.T) {
	err := Set(&ebpf.CollectionSpec{}, map[string]any{"cfg_all": true})
	if want := "the object has no variable cfg_all"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
