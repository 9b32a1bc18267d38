// SPDX-License-Identifier: Apache-2.0

package machine

import (
	"slices"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

func TestLookup(t *testing.T) {
	for _, name := range Names() {
		target, ok := Lookup(name)
		if _, known := layout.Lookup(target.ABI); !ok || !known || target.Name != name || target.Suffix == "" {
			t.Errorf("%s: %+v, %t", name, target, ok)
		}
	}
	if _, ok := Lookup("vax"); ok {
		t.Error("there is a vax")
	}
	if err := Check("vax"); err == nil || !strings.HasPrefix(err.Error(), `no target "vax"; there are amd64, `) || Check("arm64") != nil {
		t.Errorf("got %v, %v", err, Check("arm64"))
	}
	if got, _ := Lookup("arm64"); got != (Target{"arm64", "bpfel", "__TARGET_ARCH_arm64", "_arm64_bpfel", "arm64"}) {
		t.Errorf("%+v", got)
	}
}

func TestDefines(t *testing.T) {
	target, _ := Lookup("amd64")
	if got := target.Defines([]string{"A=1"}); !slices.Equal(got, []string{"A=1", "__TARGET_ARCH_x86"}) {
		t.Errorf("%q", got)
	}
	own := []string{"__TARGET_ARCH_mips"}
	if got := target.Defines(own); !slices.Equal(got, own) {
		t.Errorf("%q, want the user's own", got)
	}
}
