// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/pcapgo"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// seen is a packet of a connection on an interface. The connections have a client port each, and a packet with these flags
// comes once in each, unless it is sent again.
type seen struct {
	iface  string
	client uint16
	flags  packet.TCPFlags
}

// stamps are the times of packets in nanoseconds since 1970. A packet that came twice has none.
type stamps map[seen]int64

const twice = -1

func (s stamps) add(at seen, ns int64) {
	if _, again := s[at]; again {
		ns = twice
	}
	s[at] = ns
}

// addFrame adds a captured frame, if it opens or ends a connection to the port.
func (s stamps) addFrame(iface string, frame []byte, ns int64) {
	var p packet.Packet
	p.Reset(frame, packet.LinkEthernet)
	f := p.Flow()
	if f == nil || !f.HasFlags {
		return
	}
	const about = packet.SYN | packet.ACK | packet.FIN
	switch timedPort {
	case f.DstPort:
		s.add(seen{iface, f.SrcPort, f.Flags & about}, ns)
	case f.SrcPort:
		s.add(seen{iface, f.DstPort, f.Flags&about | fromServer}, ns)
	}
}

const (
	timedPort  = uint16(80)
	fromServer = packet.TCPFlags(1 << 15) // a flag that TCP does not have: the packet is the server's
)

// sequence is what of a connection is compared, in order: the handshake through both interfaces, and the end of it by the
// server, which waits before that. Other packets without data look alike.
var sequence = []seen{
	{"eth0", 0, packet.SYN}, {"eth1", 0, packet.SYN},
	{"eth1", 0, packet.SYN | packet.ACK | fromServer}, {"eth0", 0, packet.SYN | packet.ACK | fromServer},
	{"eth1", 0, packet.FIN | packet.ACK | fromServer}, {"eth0", 0, packet.FIN | packet.ACK | fromServer},
}

// of returns the times of a connection's sequence, or false if one is missing.
func (s stamps) of(client uint16) (all []int64, ok bool) {
	for _, at := range sequence {
		at.client = client
		ns := s[at]
		if ns <= 0 {
			return nil, false
		}
		all = append(all, ns)
	}
	return all, true
}

// TestTimesAgree checks the printed times of TCP handshakes through two interfaces, whose server waits 5 ms, against those
// that the kernel stamps the same packets with for capture programs: as a packet socket reports them, and as tcpdump writes
// them where it is installed. On an idle machine, the differences between the packets of a connection agree within 50 us.
//
// Whatever the machine is busy with, the kernel stamps a packet that comes in before the program sees it, and one that goes
// out after that. So each printed time must lie between the two stamps, though a process that is interrupted may move them
// apart: this is what fails the test. By how much they disagree is logged.
func TestTimesAgree(t *testing.T) {
	needBPF(t)
	const connections, wait, within = 21, 5 * time.Millisecond, 50 * time.Microsecond
	ends, middle := newBridge(t)
	judges := map[string]judge{"packet socket": socketJudge(t, middle)}
	if _, err := exec.LookPath("tcpdump"); err == nil {
		judges["tcpdump"] = tcpdumpJudge(t, middle)
	}
	serveAfter(t, ends[1], wait)
	waitForStamps(t, ends[0], middle)
	ahead := wallAhead(t)
	c := start(t, middle, "attached to eth0, eth1, watching only\n", "attach", "eth0", "eth1", "--time", "epoch")
	var clients []uint16
	for range connections {
		clients = append(clients, visit(t, ends[0]))
	}
	c.interrupt(0)
	moved := wallAhead(t) - ahead // NTP, or somebody, has moved the wall clock
	slack := int64(within) + max(moved, -moved)
	printed := printedStamps(t, c.out.String())
	for name, j := range judges {
		want := j(clients)
		var off []time.Duration
		for _, client := range clients {
			got, ok := printed.of(client)
			their, theyToo := want.of(client)
			if !ok || !theyToo {
				continue // lost, or sent again
			}
			if gap := their[4] - their[3]; gap < int64(wait)-slack {
				t.Errorf("%s: the server answered %v after the handshake", name, time.Duration(gap))
			}
			if fault := misplaced(got, their, slack); fault != "" {
				t.Errorf("%s: port %d: %s\nprinted %d\nstamps  %d", name, client, fault, got, their)
			}
			off = append(off, disagreement(got, their))
		}
		if len(off) == 0 {
			t.Fatalf("%s: no connection can be compared; printed:\n%s", name, c.out.String())
		}
		slices.Sort(off)
		t.Logf("%s: %d connections, the differences between packets are off by %v at best, %v in half, %v at worst",
			name, len(off), off[0], off[len(off)/2], off[len(off)-1])
	}
}

// misplaced says which of the printed times of a connection's sequence is not where it must be: after that of the packet
// before it, after the kernel's stamp where the packet comes in, and before the stamp where it goes out.
func misplaced(printed, stamped []int64, slack int64) string {
	for i, ns := range printed {
		in := i%2 == 0
		switch {
		case i > 0 && ns < printed[i-1]-slack:
			return fmt.Sprintf("packet %d is printed with a time before that of packet %d", i, i-1)
		case in && ns < stamped[i]-slack:
			return fmt.Sprintf("packet %d is printed with a time before it came in", i)
		case !in && ns > stamped[i]+slack:
			return fmt.Sprintf("packet %d is printed with a time after it went out", i)
		}
	}
	return ""
}

// TestMisplaced checks what TestTimesAgree takes for a wrong time.
func TestMisplaced(t *testing.T) {
	stamped := []int64{100, 120, 200, 220, 900, 920}
	right := []int64{105, 115, 205, 215, 905, 915}
	if fault := misplaced(right, stamped, 0); fault != "" {
		t.Error(fault)
	}
	for _, c := range []struct {
		at   int
		ns   int64
		want string
	}{
		{0, 99, "packet 0 is printed with a time before it came in"},
		{1, 121, "packet 1 is printed with a time after it went out"},
		{1, 104, "packet 1 is printed with a time before that of packet 0"},
		{5, 921, "packet 5 is printed with a time after it went out"},
		{4, 899, "packet 4 is printed with a time before it came in"},
	} {
		wrong := slices.Clone(right)
		wrong[c.at] = c.ns
		if fault := misplaced(wrong, stamped, 0); fault != c.want {
			t.Errorf("packet %d at %d: %q, want %q", c.at, c.ns, fault, c.want)
		}
		if fault := misplaced(wrong, stamped, 1); fault != "" {
			t.Errorf("packet %d at %d: %q with a slack of 1", c.at, c.ns, fault)
		}
	}
}

// waitForStamps returns once the kernel stamps packets when they come, which begins some time after a socket asks for it.
// Until then a packet has the time when it is read.
func waitForStamps(t *testing.T, client, middle *netlab.Namespace) {
	t.Helper()
	read := socketJudge(t, middle)
	for {
		port := visit(t, client)
		before := clockTime(t, unix.CLOCK_REALTIME)
		got, ok := read([]uint16{port}).of(port)
		if ok && slices.Max(got) < before {
			return
		}
	}
}

// wallAhead returns by how much the wall clock is ahead of CLOCK_MONOTONIC, in nanoseconds.
func wallAhead(t *testing.T) (ahead int64) {
	t.Helper()
	least := int64(math.MaxInt64)
	for range 100 {
		begin, wall, end := clockTime(t, unix.CLOCK_MONOTONIC), clockTime(t, unix.CLOCK_REALTIME), clockTime(t, unix.CLOCK_MONOTONIC)
		if end-begin < least {
			least, ahead = end-begin, wall-begin
		}
	}
	return ahead
}

// clockTime reads one of the kernel's clocks, in nanoseconds.
func clockTime(t *testing.T, id int32) int64 {
	t.Helper()
	var at unix.Timespec
	if err := unix.ClockGettime(id, &at); err != nil {
		t.Fatal(err)
	}
	return at.Nano()
}

// disagreement returns by how much the differences between times of one list are off those of another, at the most.
func disagreement(a, b []int64) time.Duration {
	var most int64
	for i := range a {
		for j := range i {
			d := (a[i] - a[j]) - (b[i] - b[j])
			most = max(most, d, -d)
		}
	}
	return time.Duration(most)
}

// printedLine is a line about a TCP packet over IPv4.
var printedLine = regexp.MustCompile(`(?m)^(\d+)\.(\d{9}) .* ifindex (\S+): [\d.]+:(\d+) -> [\d.]+:(\d+) tcp (.*)$`)

// printedStamps returns what bpfmon has printed.
func printedStamps(t *testing.T, out string) stamps {
	t.Helper()
	all := stamps{}
	for _, m := range printedLine.FindAllStringSubmatch(out, -1) {
		number := func(s string) int64 {
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", m[0], err)
			}
			return n
		}
		at := seen{iface: m[3], client: uint16(number(m[4]))}
		if at.client == timedPort {
			at.client, at.flags = uint16(number(m[5])), fromServer
		}
		for name, flag := range map[string]packet.TCPFlags{"SYN": packet.SYN, "ACK": packet.ACK, "FIN": packet.FIN} {
			if strings.Contains(m[6], name) {
				at.flags |= flag
			}
		}
		all.add(at, number(m[1])*1e9+number(m[2]))
	}
	return all
}

// newBridge makes two namespaces with an interface each, and one between them that bridges two.
func newBridge(t *testing.T) (ends [2]*netlab.Namespace, middle *netlab.Namespace) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []*netlab.Namespace
	for range 3 {
		n, err := netlab.New()
		must(err)
		t.Cleanup(n.Close)
		all = append(all, n)
	}
	middle = all[2]
	copy(ends[:], all)
	for i, end := range ends {
		var fd int
		must(end.Do(func() (err error) {
			fd, err = unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
			return err
		}))
		must(middle.Do(func() error {
			port := netlink.NewLinkAttrs()
			port.Name = "eth" + strconv.Itoa(i)
			veth := &netlink.Veth{LinkAttrs: port, PeerName: netlab.Interface, PeerNamespace: netlink.NsFd(fd)}
			return errors.Join(netlink.LinkAdd(veth), netlink.LinkSetUp(veth), unix.Close(fd))
		}))
		must(end.Do(func() error { return netlab.Configure(netlab.Address4(i) + "/24") }))
	}
	must(middle.Do(func() error { return bridge("eth0", "eth1") }))
	return ends, middle
}

// bridge bridges interfaces of the calling thread's namespace.
func bridge(names ...string) error {
	br := &netlink.Bridge{LinkAttrs: netlink.NewLinkAttrs()}
	br.Name = "br0"
	if err := errors.Join(netlink.LinkAdd(br), netlink.LinkSetUp(br)); err != nil {
		return err
	}
	for _, name := range names {
		l, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		if err := netlink.LinkSetMaster(l, br); err != nil {
			return err
		}
	}
	return nil
}

// serveAfter serves the port: it closes each connection after a while.
func serveAfter(t *testing.T, n *netlab.Namespace, wait time.Duration) {
	t.Helper()
	var l net.Listener
	err := n.Do(func() (err error) {
		l, err = net.Listen("tcp", fmt.Sprintf("%s:%d", netlab.Address4(1), timedPort))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			time.Sleep(wait)
			_ = conn.Close()
		}
	}()
}

// visit connects to the server, waits until it closes, and returns the port that it came from.
func visit(t *testing.T, n *netlab.Namespace) uint16 {
	t.Helper()
	conn, err := n.Dial(fmt.Sprintf("%s:%d", netlab.Address4(1), timedPort), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the server: %v", err)
	}
	return uint16(conn.LocalAddr().(*net.TCPAddr).Port)
}

// judge is what else sees the packets. It returns when it did, once it has those of some clients. tcpdump's is called once.
type judge func(clients []uint16) stamps

// socketJudge reads the kernel's stamps from a packet socket on each interface, which tcpdump gets too.
func socketJudge(t *testing.T, n *netlab.Namespace) judge {
	t.Helper()
	fds := map[string]int{}
	err := n.Do(func() error {
		for _, name := range []string{"eth0", "eth1"} {
			i, err := net.InterfaceByName(name)
			if err != nil {
				return err
			}
			fd, err := packetSocket(i.Index)
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = unix.Close(fd) })
			fds[name] = fd
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return func([]uint16) stamps {
		all := stamps{}
		for name, fd := range fds {
			if err := all.drain(name, fd); err != nil {
				t.Fatal(err)
			}
		}
		return all
	}
}

// packetSocket opens a socket that gets all packets of an interface, with their times.
func packetSocket(index int) (int, error) {
	protocol := int(binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL)))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, err
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(protocol), Ifindex: index}))
	if err != nil {
		_ = unix.Close(fd)
	}
	return fd, err
}

// drain reads what waits in a packet socket.
func (s stamps) drain(iface string, fd int) error {
	frame, control := make([]byte, 1<<16), make([]byte, 512)
	for {
		n, nc, _, _, err := unix.Recvmsg(fd, frame, control, 0)
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("recvmsg: %w", err)
		}
		messages, err := unix.ParseSocketControlMessage(control[:nc])
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SCM_TIMESTAMPNS {
				s.addFrame(iface, frame[:n], timespec(m.Data))
			}
		}
	}
}

// timespec reads a struct timespec.
func timespec(b []byte) int64 {
	word := func(b []byte) int64 {
		if len(b) == 4 {
			return int64(int32(binary.NativeEndian.Uint32(b)))
		}
		return int64(binary.NativeEndian.Uint64(b))
	}
	half := len(b) / 2
	return word(b[:half])*1e9 + word(b[half:])
}

// tcpdumpJudge runs tcpdump on each interface.
func tcpdumpJudge(t *testing.T, n *netlab.Namespace) judge {
	t.Helper()
	dir, programs := t.TempDir(), map[string]*exec.Cmd{}
	for _, name := range []string{"eth0", "eth1"} {
		var said lockedBuffer
		cmd := exec.Command("tcpdump", "-Z", "root", "-U", "--immediate-mode", "--time-stamp-precision=nano", "-i", name, "-w", filepath.Join(dir, name), "tcp")
		cmd.Stderr = &said
		if err := n.Do(cmd.Start); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		programs[name] = cmd
		for end := time.Now().Add(2 * patience); !strings.Contains(said.String(), "listening on"); time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("tcpdump: %s", said.String())
			}
		}
	}
	read := func() (stamps, error) {
		all := stamps{}
		for name := range programs {
			if err := all.readPcap(name, filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
		return all, nil
	}
	return func(clients []uint16) stamps {
		has := func(all stamps) bool {
			return !slices.ContainsFunc(clients, func(c uint16) bool { _, ok := all.of(c); return !ok })
		}
		// When it is told to end it drops what it has not read; in a file that it is writing a packet may be cut off.
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if all, err := read(); err == nil && has(all) {
				break
			}
		}
		for _, cmd := range programs {
			if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
				t.Fatalf("tcpdump: %v", err)
			}
		}
		all, err := read()
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
}

// readPcap reads what tcpdump wrote.
func (s stamps) readPcap(iface, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r, err := pcapgo.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("tcpdump's file: %w", err)
	}
	for {
		frame, info, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("tcpdump's file: %w", err)
		}
		s.addFrame(iface, frame, info.Timestamp.UnixNano())
	}
}
