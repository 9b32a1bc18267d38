// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"testing"

	"github.com/cilium/ebpf"
)

// TestVerifierEffort checks that the verifier takes the programs with every option, and with much room to spare: an
// older or a newer kernel's may follow more paths, and gives up after a million instructions.
func TestVerifierEffort(t *testing.T) {
	const most = 100_000
	for _, opts := range []Options{
		{}, {Debug: true}, {RingBuffer: true, Debug: true, Enforce: true, Strict: true, Endpoint: 7, Aggregation: AggregateActive},
	} {
		h := newHarness(t, opts)
		for _, p := range []*ebpf.Program{
			h.use(true, Ingress), h.use(true, Egress), h.use(false, Ingress), h.use(false, Egress),
		} {
			info, err := p.Info()
			if err != nil {
				t.Fatal(err)
			}
			n, known := info.VerifiedInstructions()
			if !known {
				t.Skip("the kernel does not tell")
			}
			t.Logf("%s: %d instructions verified", info.Name, n)
			if n > most {
				t.Errorf("%s: %d instructions verified, want at most %d", info.Name, n, most)
			}
		}
	}
}
