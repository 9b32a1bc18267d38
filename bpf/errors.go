// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/internal/memlock"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// Problem is what stands in the way of watching an interface.
type Problem uint8

// The problems that someone can do something about.
const (
	// NoPermission: the process lacks privileges.
	NoPermission Problem = iota + 1
	// NoBPF: the kernel has no BPF, or forbids it to everyone.
	NoBPF
	// KernelTooOld: the kernel lacks something that the programs need.
	KernelTooOld
	// NoInterface: there is no interface of this name.
	NoInterface
	// UnsupportedInterface: the interface carries neither Ethernet nor bare IP.
	UnsupportedInterface
	// AlreadyAttached: the programs are on this interface.
	AlreadyAttached
)

// advice says what to do about each problem.
var advice = [...]string{
	NoPermission: "loading BPF programs needs root or the capabilities BPF, PERFMON and NET_ADMIN " +
		"(try sudo; in a container, run it privileged)",
	NoBPF:                "this kernel has no BPF: it must be built with CONFIG_BPF_SYSCALL and CONFIG_NET_CLS_ACT",
	KernelTooOld:         "this kernel is too old: Linux 5.8 or later is needed",
	NoInterface:          "no such interface: `ip link` lists those there are",
	UnsupportedInterface: "the interface carries neither Ethernet frames nor bare IP packets",
	AlreadyAttached:      "already attached",
}

// String says what the problem is and what to do about it.
func (p Problem) String() string {
	if int(p) < len(advice) && advice[p] != "" {
		return advice[p]
	}
	return fmt.Sprintf("problem %d", p)
}

// SetupError reports that the datapath cannot be loaded or attached for a reason that lies in the machine or in
// how the program was called, and not in the datapath.
type SetupError struct {
	Subject string // what could not be done, and to what
	Problem Problem
	Err     error // what the kernel said; nil if it was not asked
}

// Error says what was attempted, what to do, and what the kernel said.
func (e *SetupError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Subject, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %v", e.Subject, e.Problem, e.Err)
}

// Unwrap returns what the kernel said.
func (e *SetupError) Unwrap() error { return e.Err }

// probe reports whether this process may use BPF at all, by making the smallest map there is. That keeps "not
// allowed" apart from "the verifier refused the program": the kernel uses one error for both. Before Linux 5.11 the
// memory of maps counts against RLIMIT_MEMLOCK, so the limit is lifted first.
func probe() error {
	limit := memlock.Lift()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	switch {
	case err == nil:
		return m.Close()
	case errors.Is(err, os.ErrPermission):
		return &SetupError{Subject: "load the datapath", Problem: NoPermission, Err: rights.Lacking(limit, needed...)}
	case errors.Is(err, unix.ENOSYS), errors.Is(err, ebpf.ErrNotSupported):
		return &SetupError{Subject: "load the datapath", Problem: NoBPF, Err: err}
	}
	return fmt.Errorf("make a BPF map: %w", err)
}

// needed are the capabilities that the datapath needs.
var needed = []rights.Capability{rights.BPF, rights.Perfmon, rights.NetAdmin}

// loadError says why the kernel took a map but not the collection. A verifier's refusal is a fault of the programs on a
// kernel that is new enough, so it stays what it is; but it knows more of programs of those who have CAP_PERFMON.
func loadError(err error, version uint32) error {
	var refused *ebpf.VerifierError
	tooOld := version != 0 && version < oldestKernel
	verifier := errors.As(err, &refused)
	switch {
	case tooOld, errors.Is(err, ebpf.ErrNotSupported) && !verifier:
		return &SetupError{Subject: "load the datapath", Problem: KernelTooOld, Err: err}
	case errors.Is(err, os.ErrPermission) && (!verifier || len(rights.Missing(needed...)) > 0):
		return &SetupError{Subject: "load the datapath", Problem: NoPermission, Err: rights.Lacking(nil, needed...)}
	}
	return fmt.Errorf("load the datapath: %w", err)
}

// oldestKernel is Linux 5.8 as the kernel counts: it has ring buffers, and verifiers before 5.5 do not see that a
// branch on a configuration variable is never taken.
const oldestKernel = 5<<16 | 8<<8
