// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// badInput is what each command says of what is not there or does not fit. Each exits with 2 and says the word, where it
// stands, and what there is instead. NET stands for a network namespace in which there are eth0, lo and monitor0, DIR for a
// directory with events.h and, in bpf, the pinned maps hash and ring.
var badInput = []struct{ args, want string }{
	{"attach", "attach needs the names of interfaces, such as eth0 or veth*, or any"},
	{"attach nope0", `there is no interface "nope0": there are eth0, lo, monitor0`},
	{"attach lo a-name-that-is-much-too-long", `there is no interface "a-name-that-is-much-too-long": there are eth0, lo, monitor0`},
	{"attach ''", "the name of an interface is empty: it is like eth0, veth* or any"},
	{"attach lo lo", `"lo" is given twice`},
	{"attach lo the-loopback-interface", `"lo" and "the-loopback-interface" are the same interface`},
	{"attach bad[", `"bad[" is not a pattern for names of interfaces, such as veth* or eth[0-3]`},
	{"attach monitor0", `attach to monitor0: the interface carries neither Ethernet frames nor bare IP packets: its type is "ieee802.11"`},
	{"attach lo --netns ''", "--netns needs a value: an ip-netns name, host, a file, or the ID of a process in it"},
	{"attach lo --netns no-such", `--netns "no-such": there is no network namespace of this name: names in /run/netns: `},
	{"attach lo --netns 4194305", `--netns "4194305": there is no process with this ID`},
	{"attach lo --netns DIR/nope", `--netns "DIR/nope": there is no such file`},
	{"attach lo --netns DIR/events.h", `--netns "DIR/events.h": DIR/events.h is not a network namespace, as /proc/1/ns/net is`},
	{"attach nope0 --netns NET", `there is no interface "nope0" in network namespace "NET": there are eth0, lo, monitor0`},
	{"attach lo --hook nope", `--hook is auto, tcx or clsact, not "nope"`},
	{"attach lo --aggregate nope", `--aggregate is none, receive or active, not "nope"`},
	{"attach lo --capture -1", "--capture must be from 0 to 16384, not -1"},
	{"attach lo --capture x", `invalid argument "x" for "--capture" flag: it is a whole number`},
	{"attach lo --endpoint 65536", `invalid argument "65536" for "--endpoint" flag: it is a number from 0 to 65535`},
	{"attach lo --buffer 3", "--buffer is a power of two from 1 to 512, not 3"},
	{"attach lo --identity 7", `invalid argument "7" for "--identity" flag: it is CIDR=ID`},
	{"attach lo --identity 10.0.0.0/8=0", `invalid argument "10.0.0.0/8=0" for "--identity" flag: an identity is a number from 1 to 4294967295, not "0"`},
	{"attach lo --identity 10.0.0.0/8=1 --identity 10.0.0.0/8=2", `invalid argument "10.0.0.0/8=2" for "--identity" flag: 10.0.0.0/8 has identity 1 already`},
	{"attach lo --deny nope", `invalid argument "nope" for "--deny" flag: "nope" is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`},
	{"attach lo --deny tcp/23", `invalid argument "tcp/23" for "--deny" flag: "tcp/23" does not begin with an address, a prefix, an identity or all, as "all,tcp/23" does`},
	{"attach lo --deny ingress:vlan=7", `invalid argument "ingress:vlan=7" for "--deny" flag: "vlan=7" does not begin with an address, a prefix, an identity or all, as "all,vlan=7" does`},
	{"attach lo --allow all,tcp/nope", `invalid argument "all,tcp/nope" for "--allow" flag: a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not "nope"`},
	{"attach lo --deny all,icmp/neighbor-solicitation", `invalid argument "all,icmp/neighbor-solicitation" for "--deny" flag: a type of icmp is a number from 0 to 255 or one of echo-reply, echo-request, parameter-problem, redirect, router-advertisement, router-solicitation, time-exceeded, unreachable, not "neighbor-solicitation"`},
	{"attach lo --deny 7,tcp", "--deny 7,tcp: no --identity gives a prefix the identity 7"},
	{"attach lo --deny all,tcp --allow all,tcp", "--allow all,tcp: --deny all,tcp matches the same packets"},
	{"attach lo --type nope", `invalid argument "nope" for "-t, --type" flag: unknown message type "nope", known are `},
	{"attach lo --type drop", "--type drop prints nothing without --enforce: nothing is dropped"},
	{"attach lo --filter nope==1", "filter: unknown word \"nope\"; did you mean node?\n  nope==1\n  ^~~~"},
	{"attach lo --record DIR/nope/x", `--record "DIR/nope/x": there is no directory "DIR/nope"`},
	{"attach lo --flagless", "unknown flag: --flagless; bpfmon attach --help lists the flags"},
	{"attach lo --captur 5", "unknown flag: --captur; did you mean --capture?"},
	{"attach lo --no-such-flag", "unknown flag: --no-such-flag; bpfmon attach --help lists the flags"},
	{"attach lo --metrics 127.0.0.1:22x", `--metrics "127.0.0.1:22x": "22x" is not a port, which is a number from 0 to 65535 or the name of a service; the address is HOST:PORT`},
	{"drops --metrics 127.0.0.1:70000", `--metrics "127.0.0.1:70000": "70000" is not a port, which is a number from 0 to 65535 or the name of a service; the address is HOST:PORT`},
	{"drops --metrics ::1:80", `--metrics "::1:80": too many colons in address; it is HOST:PORT, or :PORT for all addresses`},
	{"watch lo --hubble localhost:x", `--hubble "localhost:x": "x" is not a port, which is a number from 0 to 65535 or the name of a service; the address is HOST:PORT or unix:///PATH`},
	{"attach lo --hubble localhost", `--hubble "localhost": missing port in address; it is HOST:PORT or unix:///PATH`},
	{"attach lo --otlp localhost:4318", `--otlp: "localhost:4318" is not a URL such as http://localhost:4318`},
	{"attach lo -Z", "unknown shorthand flag: 'Z' in -Z"},
	{"attach lo --filter peer<3", "filter: peer is not ordered: only = and != compare it"},
	{"map", "map needs the path of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events"},
	{"map ''", "the path is empty: map needs that of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events"},
	{"map DIR/bpf/nope", "DIR/bpf/nope: nothing is pinned there; pinned in DIR/bpf: hash, ring"},
	{"map DIR/nope/events", "DIR/nope/events: nothing is pinned there: there is no directory DIR/nope"},
	{"map DIR/nothing", "DIR/nothing: nothing is pinned there: DIR is not in a BPF file system, such as that at /sys/fs/bpf"},
	{"map DIR", "DIR: not a pinned map: it is a directory: DIR is not in a BPF file system, such as that at /sys/fs/bpf"},
	{"map DIR/events.h", "DIR/events.h: not a pinned map: it is not in a BPF file system, such as that at /sys/fs/bpf"},
	{"map DIR/bpf", "DIR/bpf: not a pinned map: it is a directory; pinned in DIR/bpf: hash, ring"},
	{"map DIR/bpf/hash", "DIR/bpf/hash: the map is of type Hash: events come from a PerfEventArray or a RingBuf"},
	{"map DIR/bpf/ring --header DIR/nope.h", "DIR/nope.h: the header cannot be read: no such file or directory"},
	{"map DIR/bpf/ring --header DIR/events.h --include DIR/nope", `--include "DIR/nope": there is no such directory`},
	{"map DIR/bpf/ring --header DIR/events.h", "say with --struct of which struct the messages are: there are event, other"},
	{"map DIR/bpf/ring --header DIR/events.h --struct nope", `--struct nope: DIR/events.h: no struct is called "nope"; there are event, other`},
	{"map DIR/bpf/ring --header DIR/events.h --struct event,nope=1", `--struct: struct event has no field "nope"; it has kind, pid`},
	{"map DIR/bpf/ring --header DIR/events.h --struct event,kind=C", "--struct event,kind=C: C is neither a number nor a value of kind: there are A, B"},
	{"map DIR/bpf/ring --header DIR/events.h --struct event --filter kind==C", "filter: no kind is called \"C\"; did you mean A or B?\n  kind==C\n        ^"},
	{"map DIR/bpf/ring --header DIR/events.h --struct event --type drop", "--type is for Cilium's messages, and these are of another header: see --struct and --filter"},
	{"map DIR/bpf/ring --struct event", "--struct is for --header or --config, which say what the messages are"},
	{"map DIR/bpf/ring --config DIR/nope.yaml", "DIR/nope.yaml: the configuration cannot be read: no such file or directory"},
	{"map DIR/bpf/ring --cilium 0.1", `--cilium: unknown Cilium release "0.1": known are `},
	{"drops lo", `drops takes no arguments, and has got "lo": filters are flags, such as --port 443`},
	{"drops --host nope", `invalid argument "nope" for "--host" flag: "nope" is neither an address nor a prefix like 10.0.0.0/8`},
	{"drops --port 0", `invalid argument "0" for "--port" flag: a port is a number from 1 to 65535, not "0"`},
	{"drops --proto nope", `invalid argument "nope" for "--proto" flag: a protocol is a name such as tcp, udp, icmp, icmp6, gre or esp, or a number from 1 to 255, not "nope"`},
	{"drops --device nope0", `--device: there is no device "nope0" in any namespace: there are `},
	{"drops --counts --filter syn", "--counts and --filter cannot be used together: the kernel counts, and knows only --host, "},
	{"drops --counts --type drop", "--counts and --type cannot be used together: the kernel counts, and knows only --host, "},
	{"drops --counts --json", "--counts and --json cannot be used together: counts are printed as text, and events are not printed"},
	{"drops --rate -1", "--rate is a number of drops a second, or 0 for no bound, not -1"},
	{"drops --capture 1", "--capture is 0 or from 64 to 4096, not 1"},
	{"drops --stak", "unknown flag: --stak; did you mean --stack?"},
	{"drops --reason NO_SOKET", `--reason: this kernel has no reason "NO_SOKET": did you mean NO_SOCKET?`},
	{"drops --host 10.0.0.1/8", `invalid argument "10.0.0.1/8" for "--host" flag: `},
	{"drops --src-port x", `invalid argument "x" for "--src-port" flag: a port is a number from 1 to 65535, not "x"`},
	{"drops --rate x", `invalid argument "x" for "--rate" flag: it is a whole number`},
	{"drops --netns ''", "--netns needs a value: an ip-netns name, host, a file, or the ID of a process in it"},
	{"drops --netns NET --netns no-such", `--netns "no-such": there is no network namespace of this name: names in /run/netns: `},
	{"drops --netns 4194305", `--netns "4194305": there is no process with this ID`},
	{"drops --netns DIR/events.h", `--netns "DIR/events.h": DIR/events.h is not a network namespace, as /proc/1/ns/net is`},
	{"drops --netns /proc/self/ns/mnt", `--netns "/proc/self/ns/mnt": /proc/self/ns/mnt is not a network namespace, as /proc/1/ns/net is`},
	{"drops --for -1s", "--for is a time such as 10s, not -1s"},
	{"drops --time nope", `invalid argument "nope" for "--time" flag: `},
	{"drops --color nope", `--color must be auto, always or never, not "nope"`},
	{"drops --json=nope", `invalid argument "nope" for "-j, --json" flag: "nope" is not hubble, true or false`},
	{"drops --json --hex", "--hex and --json cannot be used together: JSON has no hex dumps"},
	{"drops --filter resaon==5", "filter: unknown word \"resaon\"; did you mean reason?\n  resaon==5\n  ^~~~~~"},
	{"drops --summary=nope", `no field is called "nope"; there are type, reason, state, `},
	{"drops --pcapng x", "--pcapng takes -, for standard output: --record FILE.pcapng writes to a file"},
	{"drops --for x", `invalid argument "x" for "--for" flag: it is a time, such as 10s or 1m30s`},
	{"drops --record DIR/nope/x.pcapng", `--record "DIR/nope/x.pcapng": there is no directory "DIR/nope"`},
	{"watch lo --record DIR/nope/x", `--record "DIR/nope/x": there is no directory "DIR/nope"`},
	{"watch", "watch needs the names of interfaces, such as eth0 or veth*, or any"},
	{"watch nope0", `there is no interface "nope0": there are eth0, lo, monitor0`},
	{"watch lo --netns no-such", `--netns "no-such": there is no network namespace of this name: names in /run/netns: `},
	{"watch lo --device lo", "--device is for drops: watch takes the interfaces as arguments, and drops are those of all devices"},
	{"watch lo --connections 16777217", "--connections must be from 1024 to 16777216, not 16777217"},
	{"watch lo --hook nope", `--hook is auto, tcx or clsact, not "nope"`},
}

// loadingLine is said when the start takes a while.
const loadingLine = "bpfmon: loading the programs into the kernel, which checks them\n"

// TestBadInput holds what is said of each, and that it is said once.
func TestBadInput(t *testing.T) {
	needBPF(t)
	if _, err := os.Stat("/dev/net/tun"); err != nil {
		t.Skip(err)
	}
	cable := newCable(t)
	dir := badInputFiles(t)
	var space string
	err := cable[1].Do(func() error {
		space = netnsFile(t)
		return errors.Join(addMonitor(t), addAlternative("lo", "the-loopback-interface"))
	})
	if err != nil {
		t.Fatal(err)
	}
	where := strings.NewReplacer("DIR", dir, "NET", space, "''", "")
	for _, bad := range badInput {
		var args []string
		for _, word := range strings.Fields(bad.args) {
			args = append(args, where.Replace(word))
		}
		var out, said bytes.Buffer
		var code int
		_ = cable[1].Do(func() error {
			code = run(args, stdio{nil, &out, &said})
			return nil
		})
		got, want := strings.TrimPrefix(said.String(), loadingLine), "bpfmon: "+where.Replace(bad.want)
		if code != exitUsage || !strings.HasPrefix(got, want) || strings.Count(got, "bpfmon: ") != 1 || out.Len() > 0 {
			t.Errorf("%s: exit code %d, said\n%swant\n%s", bad.args, code, got, want)
		}
	}
}

// badInputFiles makes the directory that badInput calls DIR.
func badInputFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	header := "enum kind { A = 1, B = 2 };\nstruct event { enum kind kind; unsigned int pid; };\nstruct other { unsigned int kind; };\n"
	pins := filepath.Join(dir, "bpf")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "events.h"), []byte(header), 0o600), os.Mkdir(pins, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("bpf", pins, "bpf", 0, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(pins, 0) })
	for name, spec := range map[string]*ebpf.MapSpec{
		"hash": {Type: ebpf.Hash, KeySize: 4, ValueSize: 4, MaxEntries: 1},
		"ring": {Type: ebpf.RingBuf, MaxEntries: uint32(os.Getpagesize())},
	} {
		m, err := ebpf.NewMap(spec)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		if err := m.Pin(filepath.Join(pins, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// netnsFile returns a file that stands for the calling thread's network namespace.
func netnsFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "net")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("/proc/thread-self/ns/net", file, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(file, 0) })
	return file
}

// addMonitor makes monitor0, an interface of a radio's packets, until the test ends: they are none of Ethernet or IP.
func addMonitor(t *testing.T) error {
	t.Helper()
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "monitor0"
	tun := &netlink.Tuntap{
		LinkAttrs: attrs, Mode: netlink.TUNTAP_MODE_TUN, Flags: netlink.TUNTAP_NO_PI, Queues: 1, NonPersist: true,
	}
	if err := netlink.LinkAdd(tun); err != nil {
		return err
	}
	t.Cleanup(func() { _ = tun.Fds[0].Close() })
	return unix.IoctlSetInt(int(tun.Fds[0].Fd()), unix.TUNSETLINK, unix.ARPHRD_IEEE80211)
}

// addAlternative gives an interface another name.
func addAlternative(name, alternative string) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return netlink.LinkAddAltName(l, alternative)
}

// TestNoRights checks what is said to those who lack a capability: which, once, and nothing of what does not help. They run
// as another user, with the capabilities that are named.
func TestNoRights(t *testing.T) {
	needBPF(t)
	program := forEverybody(t)
	loading := "load the datapath: loading BPF programs needs root or the capabilities BPF, PERFMON and NET_ADMIN " +
		"(try sudo; in a container, run it privileged): the process lacks "
	tracing := "watch the kernel: loading tracing programs needs root or the capabilities BPF and PERFMON " +
		"(try sudo; in a container, run it privileged): the process lacks "
	for _, c := range []struct {
		rights     []uintptr
		args, want string
		code       int
	}{
		{nil, "attach lo", loading + "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN", exitFailure},
		{[]uintptr{unix.CAP_BPF, unix.CAP_NET_ADMIN}, "attach lo " + smallTables, loading + "CAP_PERFMON", exitFailure},
		{[]uintptr{unix.CAP_BPF, unix.CAP_PERFMON}, "attach lo " + smallTables, loading + "CAP_NET_ADMIN", exitFailure},
		{nil, "attach nope0", `there is no interface "nope0": there are `, exitUsage},
		{nil, "attach lo --netns 1", `--netns "1": entering a network namespace needs root or the capability SYS_ADMIN, and SYS_PTRACE ` +
			"for that of another user's process (try sudo): the process lacks CAP_SYS_ADMIN, CAP_SYS_PTRACE", exitFailure},
		{nil, "drops --netns 1", `--netns "1": reading the network namespace of another user's process needs root or the capability SYS_PTRACE ` +
			"(try sudo): the process lacks CAP_SYS_PTRACE", exitFailure},
		{nil, "drops", tracing + "CAP_BPF, CAP_PERFMON", exitFailure},
		{[]uintptr{unix.CAP_BPF}, "drops", tracing + "CAP_PERFMON", exitFailure},
		{nil, "watch lo", tracing + "CAP_BPF, CAP_PERFMON", exitFailure},
	} {
		cmd := exec.Command(program, strings.Fields(c.args)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}, AmbientCaps: c.rights}
		cmd.Dir = "/"
		var said bytes.Buffer
		cmd.Stderr = &said
		_ = cmd.Run() // the exit code says it
		got := strings.TrimPrefix(said.String(), loadingLine)
		if cmd.ProcessState.ExitCode() != c.code || !strings.HasPrefix(got, "bpfmon: "+c.want) || strings.Count(got, "\n") != 1 ||
			c.code == exitFailure && got != "bpfmon: "+c.want+"\n" {
			t.Errorf("%s with the capabilities %v: exit code %d, said\n%swant\n%s", c.args, c.rights, cmd.ProcessState.ExitCode(), got, c.want)
		}
	}
}

// forEverybody returns bpfmon as a file that every user may run.
func forEverybody(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "bpfmon")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program := filepath.Join(dir, "bpfmon") // by this name the test's program runs the command: TestMain
	if err := errors.Join(os.WriteFile(program, binary, 0o700), os.Chmod(program, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	return program
}

// TestAttachNetns watches an interface of another network namespace, from outside, and names it as it is called there.
func TestAttachNetns(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	echo(t, cable)
	var space string
	_ = cable[1].Do(func() error { space = netnsFile(t); return nil })
	c := start(t, nil, "attached to eth0, watching only\n", "attach", "eth0", "--netns", space)
	converse(t, cable)
	c.interrupt(0)
	wantLine(t, c.out.String(), `-> stack .* state new ifindex eth0: 10\.1\.1\.1:\d+ -> 10\.1\.1\.2:80 tcp SYN$`)
	wantLine(t, c.out.String(), `<- stack .* state reply ifindex eth0: 10\.1\.1\.2:80 -> 10\.1\.1\.1:\d+ tcp SYN, ACK$`)
}
