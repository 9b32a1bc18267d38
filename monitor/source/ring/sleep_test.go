// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"testing"
	"time"
)

// TestDoze checks that a reader that looks at intervals takes longer ones while it finds nothing, and not after an event.
func TestDoze(t *testing.T) {
	for shortest, want := range map[time.Duration][]time.Duration{
		20 * time.Millisecond:  {40 * time.Millisecond, 80 * time.Millisecond, longestPerf, longestPerf},
		200 * time.Millisecond: {200 * time.Millisecond, 200 * time.Millisecond},
	} {
		d := doze{most: longestPerf}
		for range 2 {
			for waited := time.Duration(0); waited < dozeAfter; waited += shortest {
				if got := d.interval(shortest); got != shortest {
					t.Fatalf("it waits for %v after %v", got, waited)
				}
			}
			for _, want := range want {
				if got := d.interval(shortest); got != want {
					t.Errorf("it waits for %v instead of %v", got, want)
				}
			}
			if !d.rise() || d.rise() {
				t.Error("an event does not shorten the interval once")
			}
		}
	}
}
