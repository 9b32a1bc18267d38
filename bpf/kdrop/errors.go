// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/bpf/internal/refusal"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// Problem is what prevents watching the kernel.
type Problem uint8

// The problems that someone can do something about.
const (
	// NoPermission: the process lacks privileges.
	NoPermission Problem = iota + 1
	// NoBPF: the kernel has no BPF, or forbids it to everyone.
	NoBPF
	// NoBTF: the kernel does not describe its types.
	NoBTF
	// KernelTooOld: the kernel lacks something that the programs need.
	KernelTooOld
	// NoTracepoint: the kernel lacks a tracepoint.
	NoTracepoint
)

// advice says what to do about each problem.
var advice = [...]string{
	NoPermission: "loading tracing programs needs root or the capabilities BPF and PERFMON " +
		"(try sudo; in a container, run it privileged)",
	NoBPF: "this kernel has no BPF: it must be built with CONFIG_BPF_SYSCALL and CONFIG_BPF_EVENTS",
	NoBTF: "this kernel does not describe its types (no /sys/kernel/btf/vmlinux): it must be built with " +
		"CONFIG_DEBUG_INFO_BTF, as distributions do since about Linux 5.8",
	KernelTooOld: "this kernel is too old: Linux 5.8 or later is needed, and 5.17 or later for reasons",
	NoTracepoint: "this kernel has no such tracepoint",
}

// String says what the problem is and what to do about it.
func (p Problem) String() string {
	if int(p) < len(advice) && advice[p] != "" {
		return advice[p]
	}
	return fmt.Sprintf("problem %d", p)
}

// SetupError reports that the programs cannot be loaded or attached for a reason that lies in the machine or in how the
// program was called.
type SetupError struct {
	Subject string // what could not be done
	Problem Problem
	Err     error // what the kernel said; nil if it was not asked
}

// Error says what was attempted, what to do, and what the kernel said.
func (e *SetupError) Error() string { return refusal.Text(e.Subject, e.Problem, e.Err) }

// Unwrap returns what the kernel said.
func (e *SetupError) Unwrap() error { return e.Err }

// probe reports whether this process may use BPF at all.
func probe() error { return setupFault(refusal.Probe(needed...)) }

// btfError says why the kernel's types cannot be read.
func btfError(err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ebpf.ErrNotSupported) {
		return &SetupError{Subject: "read the kernel's types", Problem: NoBTF, Err: err}
	}
	if errors.Is(err, os.ErrPermission) {
		return &SetupError{Subject: "read the kernel's types", Problem: NoPermission, Err: err}
	}
	return fmt.Errorf("read the kernel's types: %w", err)
}

// needed are the capabilities that tracing needs.
var needed = []rights.Capability{rights.BPF, rights.Perfmon}

// loadError says why the kernel took a map but not the programs. version is the kernel's, 0 if it is unknown.
func loadError(err error, version uint32) error {
	return setupFault(refusal.OfLoad(err, version, needed...))
}

// problems are the problems that make the kernel refuse.
var problems = [...]Problem{refusal.NoPermission: NoPermission, refusal.NoBPF: NoBPF, refusal.KernelTooOld: KernelTooOld}

// setupFault returns the error of loading, if there is one.
func setupFault(cause refusal.Cause, err error) error {
	const subject = "watch the kernel"
	switch {
	case err == nil:
		return nil
	case cause != 0:
		return &SetupError{Subject: subject, Problem: problems[cause], Err: err}
	}
	return fmt.Errorf("%s: %w", subject, err)
}
