// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"testing"

	"github.com/cilium/ebpf/features"

	"github.com/lockstep-bpf/lockstep/internal/cpus"
)

// TestLoadTyped checks that the programs that the kernel knows the types of are those that load, and not the raw ones, which
// cost more, without a word: a change of theirs that the verifier refuses would show nowhere else.
func TestLoadTyped(t *testing.T) {
	needBPF(t) // and type information
	version, err := features.LinuxVersionCode()
	if err != nil {
		t.Fatal(err)
	}
	const known = 6<<16 | 1<<8 // from here on, none of those tried refuses them
	if version < known {
		t.Skipf("Linux %d.%d: whether it takes the typed programs is not promised", version>>16, version>>8&0xff)
	}
	for name, opts := range map[string]Options{
		"drops": {}, "everything": {TCP: true, Stack: true, All: true},
		"namespaces": {TCP: true, Filter: Filter{Namespaces: []uint32{1}}},
	} {
		w := loadWatch(t, opts)
		if w.opts.Raw {
			opts.Raw, opts.Symbols = false, w.opts.Symbols
			_, err := load(opts, w.reasons)
			t.Errorf("%s: the raw programs were loaded, as the kernel refuses the typed ones: %+v", name, err)
		}
	}
}

// TestPerPeriod checks that all CPUs of the machine together stay within the bound, also when this process may run on some only:
// run it with taskset.
func TestPerPeriod(t *testing.T) {
	online, err := cpus.Online()
	if err != nil {
		t.Fatal(err)
	}
	const rate, second = 1 << 20, 1_000_000_000
	o := Options{Rate: rate}
	perSecond := o.perPeriod() * uint64(len(online)) * second >> periodShift
	if perSecond > rate || perSecond < rate*9/10 {
		t.Errorf("%d CPUs send up to %d a second, want %d", len(online), perSecond, rate)
	}
}
