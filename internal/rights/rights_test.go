// SPDX-License-Identifier: Apache-2.0

//go:build linux

package rights

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestEffective holds what is read of a process's status.
func TestEffective(t *testing.T) {
	for status, want := range map[string]uint64{
		"Name:\tx\nCapInh:\t1\nCapEff:\t000001ffffffffff\nCapBnd:\t2\n": 1<<41 - 1,
		"Name:\tx\nCapEff:\t0000000000000000":                           0,
	} {
		if got, known := effective(status); !known || got != want {
			t.Errorf("%q: %x, %v", status, got, known)
		}
	}
	for _, status := range []string{"", "CapEff:\t1", "\nCapEff:", "\nCapEff:\tx\n"} {
		if got, known := effective(status); known {
			t.Errorf("%q: %x", status, got)
		}
	}
}

// TestNotFirst holds how a user namespace is told from the first one.
func TestNotFirst(t *testing.T) {
	for uidMap, want := range map[string]bool{
		"         0          0 4294967295\n":                              false,
		"         0       1000          1\n":                              true,
		"         0       1000          1\n      1     100000    65536\n": true,
		"": true,
	} {
		if got := notFirst(uidMap); got != want {
			t.Errorf("%q: %v", uidMap, got)
		}
	}
}

// TestLacking holds what is said of a thread without capabilities, and of one with some.
func TestLacking(t *testing.T) {
	if missing := Missing(BPF, NetAdmin, Perfmon); len(missing) > 0 {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf") {
			t.Fatalf("LOCKSTEP_REQUIRE promises bpf, and the process has no %v", missing)
		}
		t.Skipf("this needs root: the process has no %v", missing)
	}
	got := make(chan [3]error)
	go func() {
		runtime.LockOSThread() // and never unlock: the thread has lost its capabilities
		drop := func(bits ...int) {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var data [2]unix.CapUserData
			for _, bit := range bits {
				data[bit/32].Effective |= 1 << (bit % 32)
				data[bit/32].Permitted |= 1 << (bit % 32)
			}
			if err := unix.Capset(&header, &data[0]); err != nil {
				t.Error(err)
			}
		}
		drop(unix.CAP_BPF, unix.CAP_NET_ADMIN)
		one := Lacking(nil, BPF, NetAdmin, Perfmon)
		none := Lacking(unix.EPERM, BPF, NetAdmin)
		drop()
		got <- [3]error{one, none, Lacking(unix.EPERM, BPF, Perfmon)}
	}()
	want := []string{
		"the process lacks CAP_PERFMON", "the limit of locked memory cannot be lifted (CAP_SYS_RESOURCE)",
		"the process lacks CAP_BPF, CAP_PERFMON",
	}
	for i, err := range <-got {
		if err == nil || err.Error() != want[i] || !errors.Is(err, os.ErrPermission) {
			t.Errorf("%q, want %q", err, want[i])
		}
	}
}
