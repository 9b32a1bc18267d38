// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
)

// modes are the ways to attach that a test goes through.
var modes = map[string]AttachMode{"TCX": AttachTCX, "filter": AttachFilter}

// onInterface describes everything that is attached to eth0 of the calling thread's namespace.
func onInterface() ([]string, error) {
	l, err := netlink.LinkByName("eth0")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, h := range hooks() {
		programs, err := link.QueryPrograms(link.QueryOptions{Target: l.Attrs().Index, Attach: h.tcx})
		if err == nil {
			for range programs.Programs {
				found = append(found, "TCX "+h.direction.String())
			}
		}
		filters, err := netlink.FilterList(l, h.parent)
		if err != nil && !isGone(err) {
			return nil, err
		}
		for range filters {
			found = append(found, "filter "+h.direction.String())
		}
	}
	qdiscs, err := netlink.QdiscList(l)
	if err != nil {
		return nil, err
	}
	for _, q := range qdiscs {
		if q.Type() == "clsact" {
			found = append(found, "clsact")
		}
	}
	return found, nil
}

// wantAttached is what onInterface says of an attached datapath.
func wantAttached(mode AttachMode) []string {
	if mode == AttachTCX {
		return []string{"TCX ingress", "TCX egress"}
	}
	return []string{"filter ingress", "filter egress", "clsact"}
}

func (n *namespace) wantOnInterface(want []string) {
	n.tb.Helper()
	n.do(func() error {
		got, err := onInterface()
		if diff := cmp.Diff(want, got); diff != "" {
			n.tb.Errorf("on the interface (-want +got)\n%s", diff)
		}
		return err
	})
}

// TestAttachLeavesNothing attaches and detaches a hundred times, and checks that nothing is left of it: on the
// interface, in the kernel, and in the process.
func TestAttachLeavesNothing(t *testing.T) {
	needBPF(t)
	n := newCable(t, 1500)[0]
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			d, err := Load(Options{Attach: mode, Connections: MinConnections})
			if err != nil {
				t.Fatal(err)
			}
			// Once before counting: the runtime keeps descriptors of its own.
			n.do(func() error { return errors.Join(d.Attach("eth0"), d.Detach("eth0")) })
			before := descriptors(t)
			for range 100 {
				n.do(func() error { return d.Attach("eth0") })
				n.do(func() error { return d.Detach("eth0") })
			}
			if after := descriptors(t); after != before {
				t.Errorf("%d descriptors before, %d after", before, after)
			}
			n.wantOnInterface(nil)
			n.do(func() error { return d.Attach("eth0") })
			n.wantOnInterface(wantAttached(mode))
			programs, maps := ids(t, d)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			n.wantOnInterface(nil)
			wantGone(t, programs, maps)
		})
	}
}

// TestLoadLeavesNothing does the same for whole datapaths.
func TestLoadLeavesNothing(t *testing.T) {
	needBPF(t)
	n := newCable(t, 1500)[0]
	before := 0
	for i := range 6 {
		d, err := Load(Options{RingBuffer: i%2 == 0, Connections: MinConnections})
		if err != nil {
			t.Fatal(err)
		}
		n.do(func() error { return d.Attach("eth0") })
		programs, maps := ids(t, d)
		if err := errors.Join(d.Close(), d.Close()); err != nil {
			t.Fatal(err)
		}
		wantGone(t, programs, maps)
		if i == 1 {
			before = descriptors(t)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
	n.wantOnInterface(nil)
}

// descriptors counts the process's open files.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// ids returns the kernel's numbers of the datapath's programs and maps.
func ids(t *testing.T, d *Datapath) (programs []ebpf.ProgramID, maps []ebpf.MapID) {
	t.Helper()
	o := &d.objs
	for _, p := range []*ebpf.Program{o.LockstepIngress, o.LockstepEgress, o.LockstepIngressL3, o.LockstepEgressL3} {
		if p == nil { // no interface needed it
			continue
		}
		info, err := p.Info()
		if err != nil {
			t.Fatal(err)
		}
		id, _ := info.ID()
		programs = append(programs, id)
	}
	for _, m := range []*ebpf.Map{o.Events, o.NotifyCounts, o.Conntrack4, o.Conntrack6, o.Fragments, o.Policy,
		o.PolicyPrefixes4, o.PolicyPrefixes6, o.Identities4, o.Identities6, o.PacketScratch, o.RingbufScratch} {
		info, err := m.Info()
		if err != nil {
			t.Fatal(err)
		}
		id, _ := info.ID()
		maps = append(maps, id)
	}
	return programs, maps
}

// wantGone checks that the kernel has none of them any more. It frees them a moment after the last reference has gone.
func wantGone(t *testing.T, programs []ebpf.ProgramID, maps []ebpf.MapID) {
	t.Helper()
	left := func() (left []string) {
		for _, id := range programs {
			if p, err := ebpf.NewProgramFromID(id); err == nil {
				left = append(left, p.String())
				_ = p.Close()
			}
		}
		for _, id := range maps {
			if m, err := ebpf.NewMapFromID(id); err == nil {
				left = append(left, m.String())
				_ = m.Close()
			}
		}
		return left
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		rest := left()
		if len(rest) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left in the kernel: %s", rest)
		}
	}
}

// attachEnv makes the test binary attach to eth0, say so, and wait to be killed.
const attachEnv = "LOCKSTEP_TEST_ATTACH"

func TestMain(m *testing.M) {
	if mode, set := os.LookupEnv(attachEnv); set {
		attachAndWait(modes[mode])
	}
	os.Exit(m.Run())
}

func attachAndWait(mode AttachMode) {
	d, err := Load(Options{Attach: mode, Enforce: true, Strict: true, Connections: MinConnections})
	if err == nil {
		err = d.Attach("eth0")
	}
	fmt.Println("attached:", err)
	time.Sleep(5 * time.Minute)
	os.Exit(1)
}

// TestKilled checks that nothing filters any more after the process was killed, or that the next process sees to it; and
// that it leaves alone what belongs to one that lives.
func TestKilled(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			n := newCable(t, 1500)[0]
			killed, living := n.attachProcess(t, name), n.attachProcess(t, name)
			if err := killed.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = killed.Wait() // it was killed, and says so
			if mode == AttachTCX {
				n.wantOnInterface(wantAttached(mode))
			}
			d, err := Load(Options{Attach: mode, Connections: MinConnections})
			if err != nil {
				t.Fatal(err)
			}
			n.do(func() error { return d.Attach("eth0") })
			two := wantAttached(mode)
			two = append([]string{two[0], two[0], two[1], two[1]}, two[2:]...)
			n.wantOnInterface(two)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			n.wantOnInterface(wantAttached(mode))
			if err := living.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// attachProcess starts a process in the namespace that is attached to eth0.
func (n *namespace) attachProcess(t *testing.T, mode string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), attachEnv+"="+mode)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	n.do(cmd.Start)
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != "attached: <nil>" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd
}

// TestAttachFaults holds what is said where nothing can be attached.
func TestAttachFaults(t *testing.T) {
	needBPF(t)
	n := newCable(t, 1500)[0]
	d, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	attach := func(name string) string {
		err := n.Do(func() error { return d.Attach(name) })
		var setup *SetupError
		if err != nil && !errors.As(err, &setup) && !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: %T", name, err)
		}
		return errText(err)
	}
	got := []string{
		attach("nothere"), attach("a-name-that-is-too-long-for-an-interface"), attach(""), attach("eth0"), attach("eth0"),
		errText(d.Detach("lo")), errText(d.Close()), attach("lo"),
	}
	want := []string{
		"attach to nothere: no such interface: `ip link` lists those there are",
		"attach to a-name-that-is-too-long-for-an-interface: no such interface: `ip link` lists those there are",
		"attach to : no such interface: `ip link` lists those there are",
		"no error", "attach to eth0: already attached", "detach from lo: not attached", "no error",
		"attach to lo: the datapath: file already closed",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestInterfaceVanishes checks that an interface may go while the datapath is attached to it.
func TestInterfaceVanishes(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			n := newCable(t, 1500)[0]
			d, err := Load(Options{Attach: mode, Connections: MinConnections})
			if err != nil {
				t.Fatal(err)
			}
			n.do(func() error { return errors.Join(d.Attach("eth0"), d.Attach("lo")) })
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			said := make(chan string, 2)
			n.do(func() error {
				_, err := d.Follow(ctx, func(string) bool { return false }, func(c Change) {
					said <- fmt.Sprintf("%s %d, %d left", c.Name, c.Kind, c.Left)
				})
				return err
			})
			n.do(func() error {
				l, err := netlink.LinkByName("eth0")
				return errors.Join(err, netlink.LinkDel(l))
			})
			if got := <-said; got != fmt.Sprintf("eth0 %d, 1 left", Gone) {
				t.Error(got)
			}
			if got := errText(d.Detach("eth0")); got != "detach from eth0: not attached" {
				t.Error(got)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOptionFaults holds what is said of options that mean nothing.
func TestOptionFaults(t *testing.T) {
	for want, opts := range map[string]Options{
		"capture length 16385: at most 16384 bytes fit into a notification":      {CaptureLen: 16385},
		"aggregation level 2: no such level":                                     {Aggregation: 2},
		"attach mode 9: no such mode":                                            {Attach: 9},
		"tables of 1023 connections: the size must be from 1024 to 16777216":     {Connections: MinConnections - 1},
		"tables of 16777217 connections: the size must be from 1024 to 16777216": {Connections: MaxConnections + 1},
		"tables of -1 connections: the size must be from 1024 to 16777216":       {Connections: -1},
		"ring buffer of 100000 bytes: the size must be a power of two from 65536 to 1073741824": {
			RingBuffer: true, RingBytes: 100000,
		},
	} {
		if _, err := Load(opts); errText(err) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestOwner checks that filters' names are read as they are written, and that no other name is taken for one of ours.
func TestOwner(t *testing.T) {
	for _, o := range []owner{{1, "77", true}, {4194304, "1", false}} {
		if got, ok := parseOwner(o.String()); !ok || got != o {
			t.Errorf("%s: %+v, %t", o, got, ok)
		}
	}
	for _, name := range []string{"", "lockstep", "lockstep:1:2:mad", "lockstep:x:2:made", "lockstep:0:2:made",
		"cilium:1:2:made", "lockstep:1:2:made:", "lockstep:-1:2:made"} {
		if o, ok := parseOwner(name); ok {
			t.Errorf("%q is taken for %+v", name, o)
		}
	}
	self, err := startTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if !(owner{pid: os.Getpid(), started: self}).alive() || (owner{pid: os.Getpid(), started: self + "0"}).alive() {
		t.Error("this process is told from one that had its number")
	}
}
