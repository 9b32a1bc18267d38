// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"io"
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

	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/internal/thread"
)

// here is the flag for the network namespace that the command runs in: other tests, also other packages', drop packets too.
const here = "--netns=/proc/thread-self/ns/net"

// lose makes the kernel drop datagrams and connections to ports where nothing listens.
func lose(t *testing.T, cable netlab.Cable) {
	t.Helper()
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
		if err := cable[0].Send(net.JoinHostPort(address, "4242"), []byte("nobody takes this")); err != nil {
			t.Fatal(err)
		}
		conn, err := cable[0].Dial(net.JoinHostPort(address, "4243"), time.Minute)
		if err == nil {
			t.Error("connected to a port where nothing listens", conn.Close())
		}
	}
	if err := cable[0].Settle(); err != nil {
		t.Fatal(err)
	}
}

// TestDropsPrints checks that each drop is printed with what is known of it, in every form, that its recording prints the same
// in both formats, and that the end sums up.
func TestDropsPrints(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} { // the ends know each other then
		if err := cable[0].Ping(address); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ flags, file string }{
		{"", "a.gob"}, {"", "a.pcapng"}, {"--json --stack", "a.gob"}, {"--verbose --stack", "a.gob"}, {"--hex --raw-tracepoint", "a.gob"},
	} {
		flags := strings.Fields(c.flags)
		file := filepath.Join(t.TempDir(), c.file)
		run := start(t, cable[1], "bpfmon: ", append([]string{"drops", here, "--port", "4242", "--port", "4243", "--record", file}, flags...)...)
		lose(t, cable)
		run.interrupt(0)
		out, said := run.out.String(), run.err.String()
		if flag := "--json"; slices.Contains(flags, flag) {
			wantDropObjects(t, out)
		} else {
			const reason = ` xx (NO_SOCKET|drop) eth0[^:]*: `
			wantLine(t, out, reason+`10\.1\.1\.1:\d+ -> 10\.1\.1\.2:4242 udp, length 59 in \w+\+0x`)
			wantLine(t, out, reason+`10\.1\.1\.1:\d+ -> 10\.1\.1\.2:4243 tcp SYN, length 74 in \w+\+0x`)
			wantLine(t, out, reason+`\[fd00:1::1\]:\d+ -> \[fd00:1::2\]:4242 udp, length 79 in \w+\+0x`)
		}
		if slices.Contains(flags, "--stack") && !slices.Contains(flags, "--json") {
			wantLine(t, out, `^    [\w.]+\+0x[0-9a-f]+$`)
		}
		for _, text := range []string{"bpfmon: 4 events\n", "bpfmon: by peer:\n", " 10.1.1.1 -> 10.1.1.2:4242 udp, at "} {
			if !strings.Contains(said, text) {
				t.Errorf("%v did not say %q:\n%s", flags, text, said)
			}
		}
		if got := replay(t, cable[1], file, slices.DeleteFunc(flags, func(f string) bool {
			return f == "--stack" || f == "--raw-tracepoint"
		})); got != out {
			t.Errorf("%v: the recording %s prints\n%s\nand live it was\n%s", flags, c.file, got, out)
		}
	}
}

// wantDropObjects checks that each object says who, where and why.
func wantDropObjects(t *testing.T, out string) {
	t.Helper()
	n := 0
	for dec := json.NewDecoder(strings.NewReader(out)); ; n++ {
		var v struct {
			Type, Kind, Device, Function, Summary string
			Stack                                 []string
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		if v.Type != "kernel" || v.Kind != "drop" || v.Device != "eth0" || !bytes.Contains(raw, []byte(`"dstPort":424`)) ||
			len(v.Stack) < 3 || !strings.HasPrefix(v.Stack[0], v.Function) || v.Summary == "" {
			t.Errorf("%s", raw)
		}
	}
	if n != 4 {
		t.Errorf("%d objects in\n%s", n, out)
	}
}

// TestDropsOutputs checks that the other outputs take the kernel's messages: clients, summaries, pcapng, filters, and counts.
func TestDropsOutputs(t *testing.T) {
	needReasons(t)
	cable := newCable(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "drops.gob")
	c := start(t, cable[1], "watching drops", "drops", here, "--port", "4242", "--port", "4243", "--port", "4244",
		"--record", file, "--serve", dir, "--filter", `kernel.reason == "NO_SOCKET" && udp && not port 4244`)
	client := start(t, nil, "", "listen", "--directory", dir) // a namespace runs one thing at a time
	for deadline := time.Now().Add(patience); client.out.String() == ""; time.Sleep(10 * time.Millisecond) {
		// That it is connected does not say that the server knows it.
		if err := cable[0].Send(net.JoinHostPort(netlab.Address4(1), "4244"), []byte("is anybody there?")); err != nil || time.Now().After(deadline) {
			t.Fatalf("%v, and the client says\n%s", err, client.err.String())
		}
	}
	lose(t, cable)
	client.await(&client.out, "[fd00:1::2]:4243 tcp SYN")
	c.interrupt(0)
	client.interrupt(0)
	if n := strings.Count(c.out.String(), " udp, length "); n != 2 || strings.Contains(c.out.String(), "tcp") {
		t.Errorf("the filter lets pass\n%s", c.out.String())
	}
	if n := len(regexp.MustCompile(`(?m) xx NO_SOCKET .*:424[23] `).FindAllString(client.out.String(), -1)); n != 4 {
		t.Errorf("a client gets\n%s", client.out.String())
	}
	for want, args := range map[string][]string{
		"\x0a\x0d\x0d\x0a": {"--pcapng", "-"},
		"NO_SOCKET":        {"--summary=reason", "--filter", "tcp"},
		`"count":4`:        {"--summary=reason", "--json", "--filter", "not port 4244"},
		"10.1.1.2:4243":    {"--filter", "kernel.kind == drop && dst.port == 4243", "--short"},
	} {
		var out, said bytes.Buffer
		code := run(append([]string{"replay", file}, args...), stdio{nil, &out, &said})
		if code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%q: exit code %d, no %q in\n%s\n%s", args, code, want, out.String(), said.String())
		}
	}
	c = start(t, cable[1], "watching drops", "drops", here, "--counts", "--reason", "no_socket", "--dst-port", "4242")
	lose(t, cable)
	c.interrupt(0)
	if !regexp.MustCompile(`^2 events\n +1  NO_SOCKET in [^\n]+\n +1  NO_SOCKET in [^\n]+\nby peer:\n`).MatchString(c.out.String()) {
		t.Errorf("counts\n%s", c.out.String())
	}
	c = start(t, cable[1], "watching drops", "drops", here, "--dst-port", "4242", "--filter", "host 10.1.1.2")
	lose(t, cable)
	c.interrupt(0)
	if strings.Count(c.out.String(), "\n") != 1 || !regexp.MustCompile(`(?s)counts of all drops, also of those that are filtered out:\n`+
		`bpfmon: 2 events\n.*by peer, of the printed events only:\nbpfmon: +1  NO_SOCKET eth0@\d+ 10\.1\.1\.1 -> 10\.1\.1\.2:4242 udp, at [^\n]+\nbpfmon: \d+ rejected`).MatchString(c.err.String()) {
		t.Errorf("counts behind a filter\n%s\n%s", c.out.String(), c.err.String())
	}
}

// TestDropsNamespace checks that --netns selects the drops of a network namespace, by a file, a process and "host".
func TestDropsNamespace(t *testing.T) {
	needReasons(t)
	cable := newCable(t)
	var files, numbers [2]string
	for i, n := range cable {
		err := n.Do(func() error {
			files[i] = netnsFile(t)
			var st unix.Stat_t
			err := unix.Stat(files[i], &st)
			numbers[i] = strconv.FormatUint(st.Ino, 10)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	self := strconv.Itoa(os.Getpid())
	for _, values := range [][]string{{files[1], files[0], "pid " + self}, {files[0], self, "host"}, {numbers[1]}, {numbers[0]}} {
		want := "0 events\n"
		if values[0] == files[1] || values[0] == numbers[1] {
			want = "2 events\n"
		}
		args := []string{"drops", "--counts", "--dst-port", "4242"}
		for _, v := range values {
			args = append(args, "--netns", v)
		}
		c := start(t, cable[1], "watching drops", args...)
		lose(t, cable)
		c.interrupt(0)
		if out := c.out.String(); !strings.HasPrefix(out, want) {
			t.Errorf("%q counts\n%s", values, out)
		}
	}
}

// TestDropsUsage holds what is said of flags that mean nothing, with the exit code for that.
func TestDropsUsage(t *testing.T) {
	for want, args := range map[string][]string{
		`drops takes no arguments, and has got "eth0": filters are flags, such as --port 443`: {"drops", "eth0"},
		`--capture is 0 or from 64 to 4096, not 63`:                                           {"drops", "--capture", "63"},
		`--rate is a number of drops a second, or 0 for no bound, not -1`:                     {"drops", "--rate", "-1"},
		`--for is a time such as 10s, not -1s`:                                                {"drops", "--for", "-1s"},
		`invalid argument "0" for "--port" flag: a port is a number from 1 to 65535, not "0"`: {"drops", "--port", "0"},
		`invalid argument "10.0.0.1/8" for "--host" flag: 10.0.0.1/8: the address has bits set after the prefix: write 10.0.0.0/8 or 10.0.0.1/32`: {
			"drops", "--host", "10.0.0.1/8"},
		`invalid argument "http" for "--proto" flag: a protocol is a name such as tcp, udp, icmp, icmp6, gre or esp, or a number from 1 to 255, not "http"`: {
			"drops", "--proto", "http"},
		`--port is given 9 times: at most 8 values can be looked for`:        append([]string{"drops"}, slices.Repeat([]string{"--port", "1"}, 9)...),
		`watch needs the names of interfaces, such as eth0 or veth*, or any`: {"watch"},
		`--device is for drops: watch takes the interfaces as arguments, and drops are those of all devices`: {
			"watch", "lo", "--device", "lo"},
		`"[" is not a pattern for names of interfaces, such as veth* or eth[0-3]`: {"watch", "["},
	} {
		var out, said bytes.Buffer
		if code := run(args, stdio{nil, &out, &said}); code != exitUsage || said.String() != "bpfmon: "+want+"\n" {
			t.Errorf("%q: exit code %d: %s", args, code, said.String())
		}
	}
}

// TestDropsUnknown holds what is said of reasons, devices and filters that there are not, and that the shell completes those
// that there are.
func TestDropsUnknown(t *testing.T) {
	needReasons(t)
	for want, args := range map[string][]string{
		`^bpfmon: --reason: this kernel has no reason "NO_SOCKETS": did you mean NO_SOCKET\?\n$`:                            {"--reason", "NO_SOCKETS"},
		`^bpfmon: --reason: this kernel has no reason "NOSUCHTHINGATALL": it has \d+ others; --list-reasons prints them\n$`: {"--reason", "NOSUCHTHINGATALL"},
		`^bpfmon: --device: there is no device "eth9999" in any namespace: there are .*\blo\b.*\n$`:                         {"--device", "eth9999"},
		`^bpfmon: filter: messages of type kernel have no field "reasons"; did you mean reason\?\n`:                         {"--filter", "kernel.reasons == 1"},
	} {
		var out, said bytes.Buffer
		code := run(append([]string{"drops"}, args...), stdio{nil, &out, &said})
		if code != exitUsage || !regexp.MustCompile(want).MatchString(said.String()) {
			t.Errorf("%q: exit code %d: %s", args, code, said.String())
		}
	}
	for args, want := range map[string]string{
		"drops --reason NO_": "NO_SOCKET\n", "drops --device l": "lo\n", "watch lo --proto u": "udp\n", "drops --list-reasons": "",
		"attach a": "any\n", "watch any l": "lo\n",
	} {
		var out, said bytes.Buffer
		run(append([]string{"__complete"}, strings.Fields(args)...), stdio{nil, &out, &said})
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("%s: completes\n%s", args, out.String())
		}
	}
}

// TestDropsWithoutRights checks what is said to who may not use BPF.
func TestDropsWithoutRights(t *testing.T) {
	needBPF(t)
	for _, args := range [][]string{{"drops"}, {"watch", "lo"}} {
		var out, said bytes.Buffer
		code := make(chan int)
		thread.Go(func() {
			header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
			var none [2]unix.CapUserData
			if err := unix.Capset(&header, &none[0]); err != nil {
				t.Error(err)
			}
			code <- run(args, stdio{nil, &out, &said})
		})
		if got := <-code; got != exitFailure || !strings.Contains(said.String(), "needs root or the capabilities BPF and PERFMON") {
			t.Errorf("%q: exit code %d: %s", args, got, said.String())
		}
	}
}

// TestDropsLab runs the script that drops packets in every way that is usual, and checks that the counts are the kernel's.
func TestDropsLab(t *testing.T) {
	needReasons(t)
	if testing.Short() {
		t.Skip("it takes half a minute")
	}
	for _, tool := range []string{"go", "sh", "ip", "nft", "awk", "ping", "sysctl"} {
		if ok, err := hasProgram(tool); err != nil {
			t.Fatal(err)
		} else if !ok {
			t.Skipf("no %s", tool)
		}
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "./cmd/bpfmon", "./cmd/bpfmon/internal/dropslab")
	script := exec.Command("sh", "scripts/drops-lab.sh")
	script.Env = append(os.Environ(), "BIN="+bin)
	for _, cmd := range []*exec.Cmd{build, script} {
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
		}
		t.Logf("%s", out)
	}
}

// TestReportOfDevice checks that the counts at the end are said to be of all drops where --device has rejected some that the kernel
// had counted.
func TestReportOfDevice(t *testing.T) {
	for filtered := range uint64(2) {
		var o dropsOptions
		o.live.stats.Filtered = filtered
		if r := o.report(kdrop.Stats{}, new(kdrop.Source)); r.filtered != (filtered > 0) {
			t.Errorf("%d events rejected: %t", filtered, r.filtered)
		}
	}
}
