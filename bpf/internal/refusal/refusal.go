// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package refusal says why the kernel takes no BPF programs. Its own errors do not tell "not allowed" from "the verifier refused
// the program".
package refusal

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/internal/memlock"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// Cause is why the kernel refuses.
type Cause uint8

// The causes that someone can do something about. The zero value is any other: the error says it.
const (
	NoPermission Cause = iota + 1 // the process lacks privileges
	NoBPF                         // the kernel has no BPF, or forbids it to everyone
	KernelTooOld                  // the kernel lacks something that the programs need
)

// oldestKernel is Linux 5.8 as the kernel counts: it has ring buffers, and verifiers before 5.5 do not see that a
// branch on a configuration variable is never taken.
const oldestKernel = 5<<16 | 8<<8

// Probe reports whether this process may use BPF at all, by making the smallest map there is. Before Linux 5.11 the memory of
// maps counts against RLIMIT_MEMLOCK, so the limit is lifted first. needed are the capabilities that the caller needs.
func Probe(needed ...rights.Capability) (Cause, error) {
	limit := memlock.Lift()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	switch {
	case err == nil:
		return 0, m.Close()
	case errors.Is(err, os.ErrPermission):
		return NoPermission, rights.Lacking(limit, needed...)
	case errors.Is(err, unix.ENOSYS), errors.Is(err, ebpf.ErrNotSupported):
		return NoBPF, err
	}
	return 0, fmt.Errorf("make a BPF map: %w", err)
}

// OfLoad returns why the kernel took a map but not the programs; version is the kernel's, 0 if it is unknown. A verifier's
// refusal is a fault of the programs on a kernel that is new enough, so it stays what it is; but it knows more of programs
// of those who have CAP_PERFMON.
func OfLoad(err error, version uint32, needed ...rights.Capability) (Cause, error) {
	var refused *ebpf.VerifierError
	verifier := errors.As(err, &refused)
	switch {
	case version != 0 && version < oldestKernel, errors.Is(err, ebpf.ErrNotSupported) && !verifier:
		return KernelTooOld, err
	case errors.Is(err, os.ErrPermission) && (!verifier || len(rights.Missing(needed...)) > 0):
		return NoPermission, rights.Lacking(nil, needed...)
	}
	return 0, err
}

// Text returns the error of what could not be done: what, why and what to do about it, and what the kernel said, if it did.
func Text(subject string, problem fmt.Stringer, err error) string {
	if err == nil {
		return fmt.Sprintf("%s: %s", subject, problem)
	}
	return fmt.Sprintf("%s: %s: %v", subject, problem, err)
}
