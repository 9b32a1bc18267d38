// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package rights says which capabilities a process lacks, where the kernel says only that something is not permitted.
package rights

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Capability is one of the kernel's.
type Capability struct {
	Name    string
	bit     int
	implied bool // CAP_SYS_ADMIN stands for it too
}

// The capabilities that something here needs.
var (
	BPF       = Capability{"CAP_BPF", unix.CAP_BPF, true}
	Perfmon   = Capability{"CAP_PERFMON", unix.CAP_PERFMON, true}
	NetAdmin  = Capability{"CAP_NET_ADMIN", unix.CAP_NET_ADMIN, true} // of programs for packets
	SysAdmin  = Capability{"CAP_SYS_ADMIN", unix.CAP_SYS_ADMIN, false}
	SysPtrace = Capability{"CAP_SYS_PTRACE", unix.CAP_SYS_PTRACE, false}
)

// Missing returns those of the capabilities that the process does not have. It is empty if that is not known.
func Missing(needed ...Capability) []Capability {
	status, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		return nil
	}
	bits, known := effective(string(status))
	if !known {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(needed), func(c Capability) bool {
		return bits>>c.bit&1 == 1 || c.implied && bits>>unix.CAP_SYS_ADMIN&1 == 1
	})
}

// effective reads the process's effective capabilities, as bits, from its status.
func effective(status string) (bits uint64, known bool) {
	_, rest, found := strings.Cut(status, "\nCapEff:")
	if !found {
		return 0, false
	}
	line, _, _ := strings.Cut(rest, "\n")
	bits, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	return bits, err == nil
}

// Lacking says why something was not permitted that needs these capabilities. The error of lifting the limit of locked
// memory, if there was one, counts if nothing else stood in the way. It is an os.ErrPermission.
func Lacking(limit error, needed ...Capability) error {
	missing := Missing(needed...)
	switch {
	case len(missing) > 0:
		var names []string
		for _, c := range missing {
			names = append(names, c.Name)
		}
		return &lackError{"the process lacks " + strings.Join(names, ", ")}
	case limit != nil && errors.Is(limit, os.ErrPermission):
		return &lackError{"the limit of locked memory cannot be lifted (CAP_SYS_RESOURCE)"}
	case inUserNamespace():
		return &lackError{"the process has them only in a user namespace of its own, as in a container without root on the host"}
	}
	return os.ErrPermission
}

// lackError is an os.ErrPermission that says what is missing, and only that.
type lackError struct{ what string }

func (e *lackError) Error() string { return e.what }

func (e *lackError) Is(target error) bool { return target == os.ErrPermission }

// inUserNamespace reports whether the process is in a user namespace that is not the first one.
func inUserNamespace() bool {
	b, err := os.ReadFile("/proc/self/uid_map")
	return err == nil && notFirst(string(b))
}

// notFirst tells by the map of user ids whether a user namespace is not the first one, which maps all of them to themselves.
func notFirst(uidMap string) bool {
	var inside, outside, length uint64
	n, _ := fmt.Sscan(uidMap, &inside, &outside, &length)
	return n != 3 || inside != 0 || outside != 0 || length != 1<<32-1
}
