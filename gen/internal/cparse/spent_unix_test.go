// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cparse

import (
	"syscall"
	"testing"
	"time"
)

// spent returns how long this process and the compilers that it has waited for have been on a processor.
func spent(t testing.TB) time.Duration {
	t.Helper()
	var sum int64
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var use syscall.Rusage
		if err := syscall.Getrusage(who, &use); err != nil {
			t.Fatal(err)
		}
		sum += use.Utime.Nano() + use.Stime.Nano()
	}
	return time.Duration(sum)
}
