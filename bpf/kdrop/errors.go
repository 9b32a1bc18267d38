// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/internal/memlock"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// Problem is what stands in the way of watching the kernel.
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
func (e *SetupError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Subject, e.Problem)
	}
	return fmt.Sprintf("%s: %s: %v", e.Subject, e.Problem, e.Err)
}

// Unwrap returns what the kernel said.
func (e *SetupError) Unwrap() error { return e.Err }

// probe reports whether this process may use BPF at all, by making the smallest map there is: the kernel uses one error for
// "not allowed" and for "the verifier refused the program". Before Linux 5.11 the memory of maps counts against a limit, which
// is lifted first.
func probe() error {
	limit := memlock.Lift()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	switch {
	case err == nil:
		return m.Close()
	case errors.Is(err, os.ErrPermission):
		return &SetupError{Subject: "watch the kernel", Problem: NoPermission, Err: rights.Lacking(limit, needed...)}
	case errors.Is(err, unix.ENOSYS), errors.Is(err, ebpf.ErrNotSupported):
		return &SetupError{Subject: "watch the kernel", Problem: NoBPF, Err: err}
	}
	return fmt.Errorf("make a BPF map: %w", err)
}

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

// loadError says why the kernel took a map but not the programs. A verifier's refusal is a fault of the programs on a
// kernel that is new enough, so it stays what it is.
func loadError(err error, version uint32) error {
	const oldest = 5<<16 | 8<<8 // Linux 5.8, the first with ring buffers
	var refused *ebpf.VerifierError
	verifier := errors.As(err, &refused)
	switch {
	case version != 0 && version < oldest, errors.Is(err, ebpf.ErrNotSupported) && !verifier:
		return &SetupError{Subject: "watch the kernel", Problem: KernelTooOld, Err: err}
	case errors.Is(err, os.ErrPermission) && (!verifier || len(rights.Missing(needed...)) > 0):
		return &SetupError{Subject: "watch the kernel", Problem: NoPermission, Err: rights.Lacking(nil, needed...)}
	}
	return fmt.Errorf("watch the kernel: %w", err)
}
