// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// needBPF skips the test where BPF cannot be used at all, and fails it where LOCKSTEP_REQUIRE says that it can.
func needBPF(tb testing.TB) {
	tb.Helper()
	err := probe()
	if err == nil {
		return
	}
	var setup *SetupError
	required := slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf")
	if required || !errors.As(err, &setup) {
		tb.Fatal(err)
	}
	tb.Skip(err)
}
