// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package memlock lifts the limit of locked memory where BPF counts against it. The one of cilium/ebpf makes a map and reads
// /proc as each program that links it starts, whether it uses BPF or not.
package memlock

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Lift lets this process lock any amount of memory on a kernel before 5.11, where that of BPF maps and programs counts; newer
// kernels charge it to the memory cgroup, and the limit stays as it is. It needs CAP_SYS_RESOURCE. The limit is the process's:
// it stays lifted.
func Lift() error {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return fmt.Errorf("uname: %w", err)
	}
	if !counts(unix.ByteSliceToString(name.Release[:])) {
		return nil
	}
	limit := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return fmt.Errorf("set RLIMIT_MEMLOCK: %w", err)
	}
	return nil
}

// counts reports whether a kernel counts the memory of BPF against the limit, by its release such as "5.10.0-30-cloud-amd64". One
// that cannot be read is taken for an old one: there, lifting is what helps.
func counts(release string) bool {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n != 2 {
		return true
	}
	return major < 5 || major == 5 && minor < 11
}
