// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf/features"
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

// needKernel skips the test on a kernel before the version that brought a feature. A newer one must have it.
func needKernel(tb testing.TB, major, minor uint32, feature string) {
	tb.Helper()
	version, err := features.LinuxVersionCode()
	if err != nil {
		tb.Fatal(err)
	}
	if version < major<<16|minor<<8 {
		tb.Skipf("%s is from Linux %d.%d on, and this is %d.%d", feature, major, minor, version>>16, version>>8&0xff)
	}
}

// needMode skips the test of a way to attach that the kernel is too old for.
func needMode(tb testing.TB, mode AttachMode) {
	tb.Helper()
	if mode == AttachTCX {
		needKernel(tb, 6, 6, "TCX")
	}
}
