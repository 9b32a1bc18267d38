// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// taggedDatagram is one of 10.2.1.1:4000 to 10.2.1.2:4001 in VLAN 100, to everybody.
var taggedDatagram = []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x81\x00\x00\x64\x08\x00" +
	"\x45\x00\x00\x20\x00\x00\x40\x00\x40\x11\x24\xc9\x0a\x02\x01\x01\x0a\x02\x01\x02" +
	"\x0f\xa0\x0f\xa1\x00\x0c\x00\x00\x00\x00\x00\x00")

// lonelySYN asks 10.1.1.99, which is nobody, for port 80.
var lonelySYN = []byte("\xff\xff\xff\xff\xff\xff\x02\x00\x00\x00\x00\x01\x08\x00" +
	"\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06\x24\x68\x0a\x01\x01\x01\x0a\x01\x01\x63" +
	"\x0f\xa0\x00\x50\x00\x00\x00\x01\x00\x00\x00\x00\x50\x02\x10\x00\x00\x00\x00\x00")

// TestAnswers records traffic, and lets scripts/answers.sh say of it what somebody on call asks. The round trip is compared with
// tcpdump's, which sees what comes in before the datapath, and what goes out after it: its own is the longer one.
func TestAnswers(t *testing.T) {
	needBPF(t)
	needTool(t, "tcpdump")
	needTool(t, "awk")
	program, err := exec.LookPath("bpfmon") // TestMain has put it there
	if err != nil {
		t.Fatal(err)
	}
	cable := newCable(t)
	echo(t, cable)
	dir := t.TempDir()
	recording, capture := filepath.Join(dir, "today.gob"), filepath.Join(dir, "today.pcap")
	stop := startTcpdump(t, cable[1], capture)
	c := start(t, cable[1], "attached to eth0, watching only\n", "attach", "eth0", "--deny", "ingress:all,tcp/81", "--record", recording)
	if err := cable[0].Talk(net.JoinHostPort(netlab.Address4(1), "80"), []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if conn, err := cable[0].Dial(net.JoinHostPort(netlab.Address4(1), "81"), patience); err == nil { // refused: nobody listens
		_ = conn.Close()
	}
	if err := errors.Join(cable[0].SendFrame(taggedDatagram), cable[0].SendFrame(lonelySYN)); err != nil {
		t.Fatal(err)
	}
	c.await(&c.out, "10.1.1.99:80 tcp SYN") // it was sent last
	c.interrupt(0)
	stop()

	cmd := exec.Command("sh", "../../scripts/answers.sh", recording)
	cmd.Env = append(os.Environ(), "BPFMON="+program)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	parts := regexp.MustCompile(`(?m)^[a-zV].*:\n`).Split(string(out), -1)
	if len(parts) != 5 {
		t.Fatalf("%d parts:\n%s", len(parts), out)
	}
	unanswered, trips, vlan, dropped := parts[1], parts[2], parts[3], parts[4]
	if !strings.Contains(unanswered, "10.1.1.99") || strings.Contains(unanswered, "10.1.1.2:80") || strings.Contains(unanswered, "10.1.1.2:81") {
		t.Errorf("without an answer:\n%s", unanswered)
	}
	if !regexp.MustCompile(`^[^\n]* 10\.2\.1\.1:4000 -> 10\.2\.1\.2:4001 udp[^\n]*\n$`).MatchString(vlan) {
		t.Errorf("VLAN 100:\n%s", vlan)
	}
	if !regexp.MustCompile(`^[^\n]* state denied by rule 1 [^\n]* -> 10\.1\.1\.2:81 tcp SYN\n$`).MatchString(dropped) {
		t.Errorf("would be dropped:\n%s", dropped)
	}
	trip := regexp.MustCompile(`  10\.1\.1\.1:(\d+) -> 10\.1\.1\.2:80 ([0-9.]+)\n`).FindStringSubmatch(trips)
	if trip == nil {
		t.Fatalf("round trips:\n%s", trips)
	}
	mine, _ := strconv.ParseFloat(trip[2], 64) // it is a number, or 0 and an error
	theirs := tcpdumpTrip(t, capture, trip[1])
	const precision = 2 // microseconds: two times that are cut to whole ones
	if mine <= 0 || mine > theirs+precision {
		t.Errorf("round trip of %v us, and tcpdump's is %v us", mine, theirs)
	}
	t.Logf("round trip of %v us, tcpdump's is %v us", mine, theirs)
}

// startTcpdump captures at an end of a cable until stop is called.
func startTcpdump(t *testing.T, n *netlab.Namespace, file string) (stop func()) {
	t.Helper()
	cmd := exec.Command("tcpdump", "-Z", "root", "-U", "-n", "-i", "eth0", "--immediate-mode", "-w", file)
	said := &watcher{text: "listening on", seen: make(chan bool, 1)}
	cmd.Stderr = said
	if err := n.Do(cmd.Start); err != nil {
		t.Fatal(err)
	}
	ended := false
	stop = func() {
		if !ended {
			ended = true
			_ = cmd.Process.Signal(syscall.SIGINT)
			_ = cmd.Wait()
		}
	}
	t.Cleanup(stop)
	select {
	case <-said.seen:
	case <-time.After(patience):
		t.Fatal("tcpdump does not capture")
	}
	return stop
}

// tcpdumpTrip returns the microseconds from the first packet of a client's port to that of the answer, as tcpdump has it.
func tcpdumpTrip(t *testing.T, file, port string) float64 {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command("tcpdump", "-Z", "root", "-n", "-tt", "-r", file, "tcp port "+port)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	var times []int
	for line := range strings.Lines(string(out)) {
		at, _, _ := strings.Cut(line, " ")
		times = append(times, number(t, strings.Replace(at, ".", "", 1))) // in microseconds
	}
	if len(times) < 2 {
		t.Fatalf("tcpdump has\n%s", out)
	}
	return float64(times[1] - times[0])
}
