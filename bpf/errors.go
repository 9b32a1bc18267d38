// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/bpf/internal/refusal"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// Problem is what prevents watching an interface.
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
func (e *SetupError) Error() string { return refusal.Text(e.Subject, e.Problem, e.Err) }

// Unwrap returns what the kernel said.
func (e *SetupError) Unwrap() error { return e.Err }

// probe reports whether this process may use BPF at all.
func probe() error { return setupFault(refusal.Probe(needed...)) }

// needed are the capabilities that the datapath needs.
var needed = []rights.Capability{rights.BPF, rights.Perfmon, rights.NetAdmin}

// loadError says why the kernel took a map but not the programs. version is the kernel's, 0 if it is unknown.
func loadError(err error, version uint32) error {
	return setupFault(refusal.OfLoad(err, version, needed...))
}

// problems are the problems that make the kernel refuse.
var problems = [...]Problem{refusal.NoPermission: NoPermission, refusal.NoBPF: NoBPF, refusal.KernelTooOld: KernelTooOld}

// setupFault returns the error of loading, if there is one.
func setupFault(cause refusal.Cause, err error) error {
	const subject = "load the datapath"
	switch {
	case err == nil:
		return nil
	case cause != 0:
		return &SetupError{Subject: subject, Problem: problems[cause], Err: err}
	}
	return fmt.Errorf("%s: %w", subject, err)
}
