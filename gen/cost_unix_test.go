// SPDX-License-Identifier: Apache-2.0

//go:build unix

package gen

import (
	"math"
	"syscall"
	"testing"
)

// processorTime returns how long this process has been on a processor, in nanoseconds: time that other processes take
// does not count.
func processorTime(t *testing.T) int64 {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return use.Utime.Nano() + use.Stime.Nano()
}

// TestGrowth checks that eight times the header costs less than twenty-four times the processor time, in the best of up
// to ten tries: with a square in it, it would be sixty-four times.
func TestGrowth(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const most = 3 * 8
	small, large := grown(t, sizes[0]), grown(t, sizes[3])
	cost := func(config string) int64 {
		start := processorTime(t)
		generate(t, config)
		return processorTime(t) - start
	}
	least := [2]int64{math.MaxInt64, math.MaxInt64}
	for range 10 {
		least = [2]int64{min(least[0], cost(small)), min(least[1], cost(large))}
		if least[1] <= most*least[0] {
			t.Logf("8 times the header costs %.1f times the time", float64(least[1])/float64(least[0]))
			return
		}
	}
	t.Errorf("8 times the header costs %.1f times the time", float64(least[1])/float64(least[0]))
}
