// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// needTool skips the test where a program is not installed, and fails it where LOCKSTEP_REQUIRE says that it is.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), name) {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// TestExtcapDrops captures with tshark, through extcap, what the kernel drops: datagrams to a port that nobody listens on.
func TestExtcapDrops(t *testing.T) {
	needBPF(t)
	needReasons(t)
	needTool(t, "tshark")
	home := t.TempDir()
	program, err := exec.LookPath("bpfmon")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".config/wireshark/extcap", ".local/lib/wireshark/extcap"} {
		dir = filepath.Join(home, dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(dir, "bpfmon")); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, "tshark", "-i", "bpfmon-drops", "-o", "extcap.bpfmon_drops.reason:NO_SOCKET",
		"-o", "extcap.bpfmon_drops.device:lo", "-o", "extcap.bpfmon_drops.filter:udp and dst port 9",
		"-c", "2", "-T", "fields", "-e", "udp.dstport", "-e", "frame.comment")
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"))
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		// Each has a socket of its own: one that an ICMP error came back to sends nothing once.
		if c, err := net.Dial("udp", "127.0.0.1:9"); err == nil {
			_, _ = c.Write([]byte("dropped")) // until it has been seen
			_ = c.Close()
		}
		select {
		case err := <-ended:
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "9\t") || !strings.Contains(lines[0], "NO_SOCKET") {
				t.Errorf("%v: %q\n%s", err, out.String(), errs.String())
			}
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
}
