// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/vishvananda/netlink"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// TestResets checks that a refused connection is reported at the end that refuses it and at the one that is refused.
func TestResets(t *testing.T) {
	cable := newCable(t)
	for _, raw := range []bool{false, true} {
		for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
			counted := retransmitted(t, cable)
			l := watchCable(t, cable, Options{TCP: true, Raw: raw})
			server := net.JoinHostPort(address, "81")
			if conn, err := l.cable[0].Dial(server, time.Minute); err == nil {
				t.Error("a server that is not there took a connection", conn.Close())
			}
			var sent, received bool
			reported := 0
			for _, m := range l.messages(either) {
				src, dst := m.flow()
				switch kernel.Kind(m.SubType) {
				case kernel.KindResetSent: // of the SYN that is refused
					sent = sent || m.NetNS == l.netns[1] && dst.String() == server && kernel.Flags(m.Flags) == kernel.FlagAnswered
				case kernel.KindResetReceived:
					received = received || m.NetNS == l.netns[0] && src.String() == server && isTest(m)
				case kernel.KindRetransmit:
					reported++
				}
			}
			// The kernel sends the SYN again where the machine is so busy that the answer takes a second.
			if n := retransmitted(t, cable) - counted; reported > n {
				t.Errorf("%d retransmissions reported, and the kernel counts %d", reported, n)
			}
			if !sent && l.watch.reasons.dropArgs > 3 || !received { // older kernels do not tell of one without a socket
				t.Errorf("raw %t, %s: reset sent %t, received %t", raw, server, sent, received)
			}
		}
	}
}

// TestNamespaceOfReset checks that a filter by network namespace tells the end that refuses a connection from the one that is
// refused: the namespace is that of a device in the one case, and of a socket in the other.
func TestNamespaceOfReset(t *testing.T) {
	cable := newCable(t)
	netns := numbers(t, cable)
	for end, want := range []kernel.Kind{kernel.KindResetReceived, kernel.KindResetSent} {
		for _, raw := range []bool{false, true} {
			l := watchCable(t, cable, Options{TCP: true, Raw: raw, Filter: Filter{Namespaces: netns[end : end+1]}})
			server := net.JoinHostPort(netlab.Address4(1), "81")
			if conn, err := l.cable[0].Dial(server, time.Minute); err == nil {
				t.Error("a server that is not there took a connection", conn.Close())
			}
			found := false
			for _, m := range l.messages(either) {
				found = found || kernel.Kind(m.SubType) == want
				if m.NetNS != netns[end] {
					t.Errorf("end %d, raw %t: reported %s in namespace %d", end, raw, kernel.Kind(m.SubType), m.NetNS)
				}
			}
			if !found && (end == 0 || l.watch.reasons.dropArgs > 3) {
				t.Errorf("end %d, raw %t: no %s", end, raw, want)
			}
		}
	}
}

// retransmitted returns how many segments the two ends have sent again, as the kernel counts them.
func retransmitted(t *testing.T, cable netlab.Cable) (total int) {
	t.Helper()
	for _, n := range cable {
		err := n.Do(func() error {
			b, err := os.ReadFile("/proc/thread-self/net/snmp")
			if err != nil {
				return err
			}
			var lines [][]string // the names, and the values
			for line := range strings.Lines(string(b)) {
				if strings.HasPrefix(line, "Tcp: ") {
					lines = append(lines, strings.Fields(line))
				}
			}
			if len(lines) != 2 {
				return fmt.Errorf("snmp has %d lines of TCP", len(lines))
			}
			n, err := strconv.Atoi(lines[1][slices.Index(lines[0], "RetransSegs")])
			total += n
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return total
}

// isTest reports whether a message names this process as the one that holds the socket, or, where it has left it, none.
func isTest(m *message) bool {
	return m.PID == 0 || m.PID == uint32(os.Getpid()) && m.ProcessString() != ""
}

// TestRetransmit checks that data is reported that TCP sends again because nobody answers.
func TestRetransmit(t *testing.T) {
	for _, raw := range []bool{false, true} {
		l := newLab(t, Options{TCP: true, Raw: raw})
		server := net.JoinHostPort(netlab.Address4(1), "82")
		listener, err := l.cable[1].Echo(server)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := l.cable[0].Dial(server, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		cut(t, l.cable[1])
		if _, err := conn.Write([]byte("is anybody there?")); err != nil {
			t.Fatal(err)
		}
		var got *message
		for got == nil { // the kernel waits 200 ms, and then twice as long each time
			l.ring.SetDeadline(time.Now().Add(20 * time.Millisecond)) // nobody wakes the reader for so little
			rec, err := l.ring.Read()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			raw, err := l.done.Append(nil, rec.RawSample)
			if err != nil {
				t.Fatal(err)
			}
			m := l.decode(raw)
			tcp, _ := m.packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
			opens := tcp != nil && tcp.SYN // on a busy machine these are sent again too
			if kernel.Kind(m.SubType) == kernel.KindRetransmit && m.NetNS == l.netns[0] && !opens {
				got = m
			}
		}
		src, dst := got.flow()
		if src.String() != conn.LocalAddr().String() || dst.String() != server {
			t.Errorf("from %s to %s", src, dst)
		}
		tcp, _ := got.packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
		if tcp == nil || !tcp.PSH || !tcp.ACK || tcp.Seq == 0 || got.OrigLen != 14+20+20+17 {
			t.Errorf("%d bytes, TCP %+v", got.OrigLen, tcp)
		}
		comm, err := os.ReadFile("/proc/self/comm")
		if err != nil {
			t.Fatal(err)
		}
		if got.PID != uint32(os.Getpid()) || got.ProcessString()+"\n" != string(comm) {
			t.Errorf("process %d %q, want %d %q", got.PID, got.ProcessString(), os.Getpid(), comm)
		}
		_, _ = conn.Close(), listener.Close()
	}
}

// cut takes the interface of a namespace down.
func cut(tb testing.TB, n *netlab.Namespace) {
	tb.Helper()
	err := n.Do(func() error {
		l, err := netlink.LinkByName(netlab.Interface)
		if err != nil {
			return err
		}
		addrs, err := netlink.AddrList(l, netlink.FAMILY_V4)
		if err != nil {
			return err
		}
		return netlink.AddrDel(l, &addrs[0])
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestOwners checks that sockets and control groups are found, with the files of a machine that is made up.
func TestOwners(t *testing.T) {
	dir := t.TempDir()
	for pid, name := range map[string]string{"12": "server\n", "40": "child\n"} {
		fds := filepath.Join(dir, pid, "fd")
		if err := os.MkdirAll(fds, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, pid, "comm"), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		for fd, target := range map[string]string{"0": "/dev/null", "1": "pipe:[7]", "3": "socket:[7001]", "4": "socket:[x]"} {
			if err := os.Symlink(target, filepath.Join(fds, fd)); err != nil {
				t.Fatal(err)
			}
		}
	}
	o := newOwners()
	now := time.Unix(1000, 0)
	o.proc, o.now = dir, func() time.Time { return now }
	if p, ok := o.process(7001, 0); !ok || p.pid != 12 || p.name != "server" {
		t.Errorf("%+v, %t", p, ok)
	}
	if _, ok := o.process(7, 0); ok {
		t.Error("a pipe is a socket")
	}
	if err := os.Symlink("socket:[7002]", filepath.Join(dir, "40/fd/5")); err != nil {
		t.Fatal(err)
	}
	if _, ok := o.process(7002, 12); ok {
		t.Error("searched again within a second")
	}
	if p, ok := o.process(7002, 40); !ok || p.pid != 40 {
		t.Errorf("the process that ran was not looked at: %+v", p)
	}
}

// TestContainerName holds what paths of control groups are called.
func TestContainerName(t *testing.T) {
	const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for path, want := range map[string]string{
		"":                                      "",
		"/system.slice/nginx.service":           "nginx.service",
		"/user.slice/user-0.slice/a/b":          "user.slice/user-0.slice/a/b",
		"/docker/" + id:                         "docker:0123456789ab",
		"/system.slice/docker-" + id + ".scope": "docker:0123456789ab",
		"/kubepods.slice/kubepods-besteffort.slice/kubepods-pod1_2.slice/cri-containerd-" + id + ".scope": "containerd:0123456789ab",
		"/kubepods/besteffort/pod1-2/" + id: "container:0123456789ab",
		"/kubepods/pod1-2/" + id + "/init":  "container:0123456789ab",
	} {
		if got := containerName(path); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestPrefix(t *testing.T) {
	if got := newPrefix(netip.MustParsePrefix("::/0")); got != (prefix{}) {
		t.Errorf("%x", got)
	}
}

// TestPlaces checks that namespaces and devices in them have their names, found by files that are made up, and that the
// machine is not searched more than once a second.
func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	own, ok := inodeOf("/proc/self/ns/net")
	if !ok {
		t.Skip("no /proc")
	}
	if err := os.MkdirAll(filepath.Join(dir, "12/ns"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/ns/net", filepath.Join(dir, "12/ns/net")); err != nil {
		t.Fatal(err)
	}
	now, lookups := time.Unix(1000, 0), 0
	p := newPlaces()
	p.proc, p.named, p.now = dir, filepath.Join(dir, "named"), func() time.Time { return now }
	p.list = func(path string, netns uint32) []net.Interface {
		lookups++
		if path != filepath.Join(dir, "12/ns/net") || netns != own {
			return nil
		}
		return []net.Interface{{Index: 3, Name: "eth7"}}
	}
	if got := p.namespace(own); got != "pid 12" {
		t.Errorf("namespace %q", got)
	}
	for range 2 {
		if got := p.device(own, 3); got != "eth7" {
			t.Errorf("device %q", got)
		}
		if got := p.device(own, 4); got != "" || lookups != 1 {
			t.Errorf("device %q, looked up %d times", got, lookups)
		}
	}
	if got := devicesOf("/proc/self/ns/net", own); len(got) == 0 {
		t.Log("no devices: not root?")
	}
	if got := devicesOf("/proc/self/ns/net", own+1); len(got) != 0 {
		t.Error("devices of another namespace")
	}
}
