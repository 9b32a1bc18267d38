// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"net"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// actOK ends a chain of tc programs: those behind do not see the packet.
const actOK = 0

// foreign is somebody else's program, which accepts every packet.
func foreign(t *testing.T) *ebpf.Program {
	t.Helper()
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.SchedCLS, License: "MIT",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, actOK), asm.Return()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// occupy attaches somebody else's program to eth0 of the calling thread's namespace, as early as it can.
func occupy(t *testing.T, mode AttachMode, p *ebpf.Program) error {
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	if mode == AttachTCX {
		l, err := link.AttachTCX(link.TCXOptions{
			Interface: eth0.Attrs().Index, Program: p, Attach: ebpf.AttachTCXIngress, Anchor: link.Head(),
		})
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
		return err
	}
	if err := netlink.QdiscAdd(clsact(eth0)); err != nil {
		return err
	}
	return netlink.FilterAdd(&netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: eth0.Attrs().Index, Parent: netlink.HANDLE_MIN_INGRESS, Handle: 1, Priority: 1,
			Protocol: unix.ETH_P_ALL,
		},
		Fd: p.FD(), Name: "foreign", DirectAction: true,
	})
}

// TestBehindForeign checks that the datapath sees and denies packets where another program accepts all of them first, and
// that the other program still runs on those that pass.
func TestBehindForeign(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			c := newCable(t, 1500)
			p := foreign(t)
			c[1].do(func() error { return occupy(t, mode, p) })
			w := newWatch(t, c[1], Options{Enforce: true, RingBuffer: true, Attach: mode})
			if err := w.SetRule(Rule{Direction: Ingress, Deny: true, Proto: protoUDP, Port: 5001}); err != nil {
				t.Fatal(err)
			}
			for _, port := range []string{"5001", "5002"} {
				if err := c[0].Send(net.JoinHostPort(cable4[1], port), []byte("hello")); err != nil {
					t.Fatal(err)
				}
			}
			waitFor(t, func() bool { return len(w.about(" udp")) >= 2 || len(w.pending()) == 0 })
			w.stop()
			got := w.about(" udp")
			if len(got) != 2 || got[0] != "drop Policy denied (L4)" || got[1] != "to-stack new" {
				t.Errorf("%v", got)
			}
		})
	}
}
