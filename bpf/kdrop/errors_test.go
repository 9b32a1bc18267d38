// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// TestSetupErrors holds what is said of what each kernel answers: what is missing, and from which version it works.
func TestSetupErrors(t *testing.T) {
	noFile := &fs.PathError{Op: "open", Path: "/sys/kernel/btf/vmlinux", Err: unix.ENOENT}
	refused := &ebpf.VerifierError{Cause: unix.EACCES, Log: []string{"R1 invalid mem access"}}
	unknown := &ebpf.VerifierError{Cause: unix.EINVAL}
	const new, old, unread = 6<<16 | 1<<8, 5<<16 | 4<<8, 0
	for _, tt := range []struct {
		name    string
		err     error
		problem Problem // 0: it stays what it is
		says    []string
	}{
		{"no BTF: no file", btfError(noFile), NoBTF,
			[]string{"read the kernel's types: ", "no /sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF", "Linux 5.8", "no such file"}},
		{"no BTF: the library knows no other place", btfError(fmt.Errorf("no BTF found: %w", ebpf.ErrNotSupported)), NoBTF, nil},
		{"BTF that may not be read", btfError(&fs.PathError{Op: "open", Path: "/sys/kernel/btf/vmlinux", Err: unix.EACCES}), NoPermission,
			[]string{"root or the capabilities BPF and PERFMON"}},
		{"BTF that is broken", btfError(errors.New("magic 0")), 0, []string{"read the kernel's types: magic 0"}},
		{"too old: no ring buffers", loadError(fmt.Errorf("map kdrop_events: %w", unix.EINVAL), old), KernelTooOld,
			[]string{"watch the kernel: ", "Linux 5.8 or later is needed, and 5.17 or later for reasons", "map kdrop_events"}},
		{"too old: by what it answers", loadError(fmt.Errorf("map: %w", ebpf.ErrNotSupported), unread), KernelTooOld, nil},
		{"too old: its verifier refuses", loadError(refused, old), KernelTooOld, nil},
		{"new: its verifier refuses", loadError(refused, new), 0, []string{"watch the kernel: ", "R1 invalid mem access"}},
		{"new: its verifier says nothing", loadError(unknown, new), 0, []string{"invalid argument"}},
		{"not allowed", loadError(fmt.Errorf("program: %w", unix.EPERM), new), NoPermission, nil},
		{"no tracepoint", &SetupError{Subject: "watch " + tpResetSent, Problem: NoTracepoint}, NoTracepoint,
			[]string{"watch tcp_send_reset: this kernel has no such tracepoint"}},
		{"not allowed to attach", attachError(program{tracepoint: tpDrop}, unix.EPERM), NoPermission, []string{"watch kfree_skb: "}},
	} {
		var setup *SetupError
		var got Problem
		if errors.As(tt.err, &setup) {
			got = setup.Problem
		}
		if got != tt.problem {
			t.Errorf("%s: problem %d, want %d: %v", tt.name, got, tt.problem, tt.err)
		}
		for _, text := range append(tt.says, "") {
			if !strings.Contains(tt.err.Error(), text) {
				t.Errorf("%s: does not say %q: %v", tt.name, text, tt.err)
			}
		}
		if strings.Contains(tt.err.Error(), "problem ") {
			t.Errorf("%s: has no advice: %v", tt.name, tt.err)
		}
	}
	if got := Problem(99).String(); got != "problem 99" {
		t.Error(got)
	}
}
