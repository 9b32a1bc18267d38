// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// loads is what loading the datapath gives, once for all tests.
var loads = sync.OnceValue(func() error {
	d, err := bpf.Load(bpf.Options{})
	if err == nil {
		err = d.Close()
	}
	return err
})

// needBPF skips the test where BPF cannot be used at all, and fails it where LOCKSTEP_REQUIRE says that it can.
func needBPF(t *testing.T) {
	t.Helper()
	err := loads()
	if err == nil {
		return
	}
	var setup *bpf.SetupError
	required := slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf")
	if required || !errors.As(err, &setup) {
		t.Fatalf("%+v", err)
	}
	t.Skip(err)
}

// command is bpfmon running in a namespace.
type command struct {
	t        *testing.T
	out, err lockedBuffer
	cancel   context.CancelCauseFunc
	code     chan int
}

// lockedBuffer is a buffer that is written and read at a time.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// smallTables makes attach and watch start with tables of connections that take no time to make. TestAttachPrints has those
// of the default size.
const smallTables = "--connections=1024"

// start runs bpfmon in the namespace, and waits until it says that it is ready. attach and watch have small tables.
func start(t *testing.T, n *netlab.Namespace, ready string, args ...string) *command {
	t.Helper()
	c := &command{t: t, code: make(chan int, 1)}
	if args[0] == "attach" || args[0] == "watch" {
		args = append(slices.Clone(args), smallTables)
	}
	c.start(n, &c.out, ready, args...)
	return c
}

// start is the function start with an output of its own.
func (c *command) start(n *netlab.Namespace, out io.Writer, ready string, args ...string) {
	c.t.Helper()
	var ctx context.Context
	ctx, c.cancel = context.WithCancelCause(context.Background())
	do := func(f func() error) error { return f() }
	if n != nil {
		do = n.Do
	}
	go func() {
		_ = do(func() error {
			cmd := newCommand(stdio{nil, out, &c.err})
			cmd.SetArgs(args)
			err := cmd.ExecuteContext(ctx)
			if err != nil {
				logTo(&c.err, describe(err, exitCode(err)))
			}
			c.code <- exitCode(err)
			return nil
		})
	}()
	c.await(&c.err, ready)
}

// await waits until a stream has a text.
func (c *command) await(b *lockedBuffer, text string) {
	c.t.Helper()
	for deadline := time.Now().Add(2 * patience); !strings.Contains(b.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatalf("no %q in\n%s\n%s", text, c.out.String(), c.err.String())
		}
	}
}

// interrupt ends it as a signal does, and checks the exit code.
func (c *command) interrupt(want int) {
	c.t.Helper()
	c.cancel(&signalError{syscall.SIGINT})
	if code := <-c.code; code != want {
		c.t.Errorf("exit code %d, want %d: %s", code, want, c.err.String())
	}
}

func newCable(t *testing.T) netlab.Cable {
	t.Helper()
	cable, err := netlab.NewCable(1500)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cable.Close)
	return cable
}

// converse makes every kind of traffic between the two ends, over IPv4 and IPv6.
func converse(t *testing.T, cable netlab.Cable) {
	t.Helper()
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
		err := errors.Join(
			cable[0].Talk(net.JoinHostPort(address, "80"), []byte("hello")),
			cable[0].Send(net.JoinHostPort(address, "81"), []byte("hello")),
			cable[0].Ping(address),
		)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// echo serves port 80 of the second end.
func echo(t *testing.T, cable netlab.Cable) {
	t.Helper()
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
		server, err := cable[1].Echo(net.JoinHostPort(address, "80"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
	}
}

// TestAttachPrints watches real traffic with every way of printing, and checks that it prints what happened, says what
// it saw, and loses nothing. What it records prints the same.
func TestAttachPrints(t *testing.T) {
	needBPF(t)
	for _, flags := range [][]string{{}, {"--perf-array"}, {"--json", "--debug"}, {"--verbose", "--debug", "--perf-array"}} {
		cable := newCable(t)
		echo(t, cable)
		file := filepath.Join(t.TempDir(), "recording")
		c := &command{t: t, code: make(chan int, 1)}
		c.start(cable[1], &c.out, "attached to eth0, watching only\n",
			append([]string{"attach", "eth0", "--record", file}, flags...)...)
		converse(t, cable)
		c.interrupt(0)
		out := c.out.String()
		if !regexp.MustCompile(`\n?bpfmon: \d+ notifications \(.*\d+ trace\), 0 lost\n$`).MatchString(c.err.String()) {
			t.Errorf("%v: said %q", flags, c.err.String())
		}
		for _, address := range []string{netlab.Address4(0) + ":", netlab.Address6(0) + "]:"} {
			if slices.Contains(flags, "--verbose") || slices.Contains(flags, "--json") {
				break
			}
			wantLine(t, out, "-> stack .* state new .*"+regexp.QuoteMeta(address)+".* tcp SYN$")
			wantLine(t, out, "<- stack .* state reply .*"+regexp.QuoteMeta(address)+`\d+ tcp SYN, ACK$`)
			wantLine(t, out, "-> stack .* state established .*"+regexp.QuoteMeta(address)+".* tcp ACK, FIN$")
		}
		wantValid(t, out, flags)
		// attach prints the packets of lines in full, replay as v1.5.3 does: they agree in all that stands before.
		if replayed := replay(t, cable[1], file, printing(flags)); withoutPackets(replayed) != withoutPackets(out) {
			t.Errorf("%v: the recording prints\n%s\nand live it was\n%s", flags, replayed, out)
		}
	}
}

// printing returns those of attach's flags that replay has too.
func printing(flags []string) (out []string) {
	for _, f := range flags {
		if f == "--json" || f == "--verbose" {
			out = append(out, f)
		}
	}
	return out
}

// replay returns what bpfmon replay prints in the namespace, which has the interfaces that the recording is about.
func replay(t *testing.T, n *netlab.Namespace, file string, flags []string) string {
	t.Helper()
	var out, said bytes.Buffer
	args := append([]string{"replay", file, "--resolve-interfaces"}, flags...)
	_ = n.Do(func() error {
		if code := run(args, stdio{nil, &out, &said}); code != 0 {
			t.Errorf("replay: exit code %d: %s", code, said.String())
		}
		return nil
	})
	return out.String()
}

// packetOfLine is what a line says of the packet itself.
var packetOfLine = regexp.MustCompile(`(?m)( ifindex [^ :]+): .*$`)

// withoutPackets returns printed lines up to the packet.
func withoutPackets(out string) string { return packetOfLine.ReplaceAllString(out, "$1") }

// wantLine checks that a line matches.
func wantLine(t *testing.T, out, pattern string) {
	t.Helper()
	if !regexp.MustCompile("(?m)" + pattern).MatchString(out) {
		t.Errorf("no line like %s in\n%s", pattern, out)
	}
}

// wantValid checks that JSON is JSON, and that debug messages and captures of both families were printed.
func wantValid(t *testing.T, out string, flags []string) {
	t.Helper()
	switch {
	case slices.Contains(flags, "--json"):
		for dec := json.NewDecoder(strings.NewReader(out)); ; {
			var v map[string]any
			if err := dec.Decode(&v); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	case slices.Contains(flags, "--verbose"):
		for _, text := range []string{
			"Conntrack lookup 1/2: src=10.1.1.1:", "Conntrack lookup 1/2: src=[::0:1]:", "Conntrack lookup 2/2: nexthdr=6 flags=1",
			"Conntrack create: proxy-port=0 revnat=0 src-identity=0", "CT verdict: New, revnat=0",
			"CT verdict: Established, revnat=0", "CT verdict: Reply, revnat=0", "CT verdict: Related, revnat=0",
			"CT entry found lifetime=", "Going to the stack, policy-skip=0", "Handling ICMPv6 type=128",
			"Failed to map daddr=10.1.1.2 to identity", "Failed to map daddr.p4=[::0:2] to identity", "Delivery to ifindex ",
		} {
			if !strings.Contains(out, text) {
				t.Errorf("no %q in\n%s", text, out)
			}
		}
	}
}

// TestAttachEnforces checks that what a rule denies is dropped and told, with the identities that were given.
func TestAttachEnforces(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	echo(t, cable)
	c := start(t, cable[1], "attached to eth0, dropping what is denied\n", "attach", "eth0", "--enforce",
		"--identity", "10.1.1.0/24=77", "--deny", "ingress:77,tcp/81", "--type", "drop", "--endpoint", "9")
	if conn, err := cable[0].Dial(net.JoinHostPort(netlab.Address4(1), "81"), 300*time.Millisecond); err == nil {
		t.Error("connected")
		_ = conn.Close()
	}
	converse(t, cable)
	c.interrupt(0)
	want := `^(\d\d:\d\d:\d\d\.\d{6} xx drop \(Policy denied \(L4\) by rule 1 \(ingress:77,tcp/81\)\) flow 0x[0-9a-f]+ to endpoint 9, identity 77->77: 10.1.1.1:\d+ -> 10.1.1.2:81 tcp SYN\n)+$`
	if !regexp.MustCompile(want).MatchString(c.out.String()) {
		t.Errorf("printed\n%s", c.out.String())
	}
}

// TestAttachVanishes checks that attach goes on when an interface goes, and fails when the last one does.
func TestAttachVanishes(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	remove := func(name string) {
		t.Helper()
		err := cable[0].Do(func() error {
			l, err := netlink.LinkByName(name)
			if err != nil {
				return err
			}
			return netlink.LinkDel(l)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	c := start(t, cable[1], "attached", "attach", "lo", "eth0")
	remove("eth0") // takes the other end with it
	c.await(&c.err, "interface eth0 is gone; 1 interface left\n")
	c.interrupt(0)

	cable = newCable(t)
	c = start(t, cable[1], "attached", "attach", "eth0")
	remove("eth0")
	if code := <-c.code; code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{"interface eth0 is gone; 0 interfaces left\n", " 0 lost\n", "every interface is gone\n"} {
		if !strings.Contains(c.err.String(), text) {
			t.Errorf("did not say %q: %s", text, c.err.String())
		}
	}
}

// TestMapPrints checks that the events of someone else's programs are read from where their map is pinned, of either type.
func TestMapPrints(t *testing.T) {
	needBPF(t)
	dir := mountBPF(t)
	for _, ringBuffer := range []bool{false, true} {
		cable := newCable(t)
		echo(t, cable)
		d, err := bpf.Load(bpf.Options{RingBuffer: ringBuffer, Connections: bpf.MinConnections})
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "events")
		if err := d.Events().Pin(path); err != nil {
			t.Fatal(err)
		}
		c := start(t, cable[0], "reading "+path+"\n", "map", "--cilium", "1.5", path)
		if err := cable[1].Do(func() error { return d.Attach("eth0") }); err != nil {
			t.Fatal(err)
		}
		// The first end's thread runs the command, so the second one talks to itself and is heard.
		if err := cable[1].SendFrame(make([]byte, 60)); err != nil {
			t.Fatal(err)
		}
		c.await(&c.out, "00:00:00:00:00:00 -> 00:00:00:00:00:00 ")
		c.interrupt(0)
		if err := errors.Join(d.Events().Unpin(), d.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestMapFaults checks what is said of a path that leads to no events.
func TestMapFaults(t *testing.T) {
	needBPF(t)
	dir := mountBPF(t)
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Hash, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Pin(filepath.Join(dir, "hash")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "hash"):    ": the map is of type Hash: events come from a PerfEventArray or a RingBuf\n",
		filepath.Join(dir, "nothing"): ": nothing is pinned there; pinned in " + dir + ": hash\n",
		"/nowhere/map":                ": nothing is pinned there: there is no directory /nowhere\n",
		"/proc/self/status":           ": not a pinned map: ",
		dir:                           ": not a pinned map: ",
	} {
		var out, said bytes.Buffer
		code := run([]string{"map", path}, stdio{nil, &out, &said})
		if code != exitUsage || !strings.HasPrefix(said.String(), "bpfmon: "+path+want) {
			t.Errorf("%s: exit code %d: %s", path, code, said.String())
		}
	}
}

// mountBPF mounts a BPF file system until the end of the test.
func mountBPF(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("bpf", dir, "bpf", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// TestParseRule holds what rules can be written, and what is said of those that cannot.
func TestParseRule(t *testing.T) {
	both := func(r bpf.Rule) []bpf.Rule {
		in, out := r, r
		in.Direction, out.Direction = bpf.Ingress, bpf.Egress
		return []bpf.Rule{in, out}
	}
	prefix := netip.MustParsePrefix
	for text, want := range map[string][]bpf.Rule{
		"all":                   both(bpf.Rule{}),
		"egress:all":            {{Direction: bpf.Egress}},
		"ingress:1001,tcp/443":  {{Direction: bpf.Ingress, Identity: 1001, Proto: 6, Port: 443}},
		"all,udp":               both(bpf.Rule{Proto: 17}),
		"7,47":                  both(bpf.Rule{Identity: 7, Proto: 47}),
		"all,icmp6":             both(bpf.Rule{Proto: 58}),
		"10.0.0.0/8":            both(bpf.Rule{Prefix: prefix("10.0.0.0/8")}),
		"ingress:2001:db8::/32": {{Direction: bpf.Ingress, Prefix: prefix("2001:db8::/32")}},
		"192.0.2.1":             both(bpf.Rule{Prefix: prefix("192.0.2.1/32")}),
		"egress:2001:db8::1":    {{Direction: bpf.Egress, Prefix: prefix("2001:db8::1/128")}},
		"10.77.0.1,tcp/23":      both(bpf.Rule{Prefix: prefix("10.77.0.1/32"), Proto: 6, Port: 23}),
		"all,udp/8000-8080":     both(bpf.Rule{Proto: 17, Port: 8000, PortEnd: 8080}),
		"all,tcp/https":         both(bpf.Rule{Proto: 6, Port: 443}),
		"all,icmp/echo-reply":   both(bpf.Rule{Proto: 1, ICMPType: 1}),
		"all,icmp6/135":         both(bpf.Rule{Proto: 58, ICMPType: 136}),
		"all,vlan=100":          both(bpf.Rule{VLAN: 100}),
		"1.2.3.4,vlan=7,sctp/9": both(bpf.Rule{Prefix: prefix("1.2.3.4/32"), VLAN: 7, Proto: 132, Port: 9}),
		"4294967295,6/65535":    both(bpf.Rule{Identity: 4294967295, Proto: 6, Port: 65535}),
	} {
		got, err := parseRule(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"":                        `"" is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`,
		"0":                       "identity 0 means unknown addresses, and a rule cannot name it",
		"any":                     `"any" is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`,
		"10.0.0.1/8":              "10.0.0.1/8: the address has bits set after the prefix: write 10.0.0.0/8 or 10.0.0.1/32",
		"all,":                    `a protocol is a name such as tcp, udp, icmp, icmp6, gre or esp, or a number from 1 to 255, not ""`,
		"all,tcp/":                `a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not ""`,
		"all,tcp/0":               `a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not "0"`,
		"all,tcp/65536":           `a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not "65536"`,
		"all,gre/3":               "gre has no ports",
		"all,50/3":                "50 has no ports",
		"all,icmp/echo":           "a type of icmp is a number from 0 to 255 or one of " + icmpNames(0) + `, not "echo"`,
		"all,icmp/packet-too-big": "a type of icmp is a number from 0 to 255 or one of " + icmpNames(0) + `, not "packet-too-big"`,
		"all,44":                  "44 is the number of an IPv6 extension header: no packet has it as protocol",
		"all,tcp/90-80":           "90-80: a range of ports must end with a higher port than it starts with",
		"all,tcp/80-":             `a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not "80-"`,
		"all,tcp,udp":             `a rule takes one protocol: "udp" is one too many`,
		"all,vlan=0":              `a VLAN is a number from 1 to 4094, not "0"`,
		"all,vlan=1,vlan=2":       "a rule takes one VLAN",
		"10.0.0.0/8,icmp6":        "10.0.0.0/8,icmp6: no packet of this prefix is of this protocol",
		"fd00::/8,icmp/8":         "fd00::/8,icmp/8: no packet of this prefix is of this protocol",
		"sideways:all":            `"sideways:all" is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`,
		"fe80::1%eth0":            `"fe80::1%eth0" is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`,
	} {
		if _, err := parseRule(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// TestAttachUsage holds what is said of flags that mean nothing, with the exit code for that.
func TestAttachUsage(t *testing.T) {
	for want, args := range map[string][]string{
		`attach needs the names of interfaces, such as eth0 or veth*, or any`: {"attach"},
		`--type drop prints nothing without --enforce: nothing is dropped`:    {"attach", "lo", "--type", "drop"},
		`--capture must be from 0 to 16384, not 16385`:                        {"attach", "lo", "--capture", "16385"},
		`--aggregate is none, receive or active, not "some"`:                  {"attach", "lo", "--aggregate", "some"},
		`--record cannot be standard output: --pcapng - writes there`:         {"attach", "lo", "--record", "-"},
		`invalid argument "10.0.0.0/8" for "--identity" flag: it is CIDR=ID`: {
			"attach", "lo", "--identity", "10.0.0.0/8"},
		`invalid argument "10.0.0.0/8=0" for "--identity" flag: an identity is a number from 1 to 4294967295, not "0"`: {
			"attach", "lo", "--identity", "10.0.0.0/8=0"},
		`--buffer is a power of two from 1 to 512, not 3`:    {"attach", "lo", "--buffer", "3"},
		`--connections must be from 1024 to 16777216, not 0`: {"attach", "lo", "--connections", "0"},
		`--hook is auto, tcx or clsact, not "xdp"`:           {"attach", "lo", "--hook", "xdp"},
		`--deny 7,tcp: no --identity gives a prefix the identity 7`: {
			"attach", "lo", "--identity", "10.0.0.0/8=8", "--deny", "7,tcp"},
		`--allow all,6: --deny egress:all,tcp matches the same packets`: {
			"attach", "lo", "--deny", "egress:all,tcp", "--allow", "all,6"},
		`invalid argument "10.0.0.0/8=2" for "--identity" flag: 10.0.0.0/8 has identity 1 already`: {
			"attach", "lo", "--identity", "10.0.0.0/8=1", "--identity", "10.0.0.0/8=2"},
		`map needs the path of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events`: {"map"},
		`map takes one path, not 2`: {"map", "a", "b"},
	} {
		var out, said bytes.Buffer
		if code := run(args, stdio{nil, &out, &said}); code != exitUsage || said.String() != "bpfmon: "+want+"\n" {
			t.Errorf("%q: exit code %d: %s", args, code, said.String())
		}
	}
}

// TestAttachPushedOut holds what is said of a table of connections that was full.
func TestAttachPushedOut(t *testing.T) {
	got := pushedOut(bpf.ConnTable{Family: "IPv6", Size: 512, Entered: 2001, PushedOut: 1489})
	want := "1489 of 2001 IPv6 connections were pushed out of the full table of 512: one that goes on is new again"
	if got != want {
		t.Errorf("said %q", got)
	}
}
