// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"testing"

	"github.com/cilium/ebpf"
)

// TestLoadEither checks that raw tracepoints stand in for typed ones that the verifier refuses, that it is known why, and that
// nothing else is tried again.
func TestLoadEither(t *testing.T) {
	refused := &ebpf.VerifierError{Cause: errors.New("invalid argument")}
	other := errors.New("no memory")
	whole := new(ebpf.Collection)
	for name, c := range map[string]struct {
		raw          bool // asked for
		typed, other error
		tries        int
		want         *ebpf.Collection
		usesRaw      bool
		refusal, err error
	}{
		"typed":              {tries: 1, want: whole},
		"refused":            {typed: refused, tries: 2, want: whole, usesRaw: true, refusal: refused},
		"both refused":       {typed: refused, other: refused, tries: 2, err: refused},
		"another error":      {typed: other, tries: 1, err: other},
		"raw is asked for":   {raw: true, tries: 1, want: whole, usesRaw: true},
		"and raw is refused": {raw: true, other: refused, tries: 1, usesRaw: true, err: refused},
	} {
		opts, tries := Options{Raw: c.raw}, 0
		coll, refusal, err := loadEither(&opts, func() (*ebpf.Collection, error) {
			tries++
			failure := c.typed
			if opts.Raw {
				failure = c.other
			}
			if failure != nil {
				return nil, failure
			}
			return whole, nil
		})
		if coll != c.want || !errors.Is(refusal, c.refusal) || !errors.Is(err, c.err) || opts.Raw != c.usesRaw || tries != c.tries {
			t.Errorf("%s: %v, refusal %v, error %v, raw %t, %d tries", name, coll, refusal, err, opts.Raw, tries)
		}
	}
}
