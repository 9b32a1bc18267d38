// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
)

// listenTo starts an agent that sends the demo's events again and again, and returns its socket.
func listenTo(t *testing.T) string {
	t.Helper()
	demo, err := os.ReadFile(filepath.Join("testdata", "demo.gob"))
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "a.sock")
	server, err := agenttest.Start(socket, sendAgain(demo))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return socket
}

// TestHangupReopens renames the recording of a command without a terminal, and sends SIGHUP: it goes on in a new file, and both
// are whole.
func TestHangupReopens(t *testing.T) {
	for _, name := range []string{"r.gob", "r.pcapng"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			out := &watcher{text: "Lost 37", seen: make(chan bool, 1)}
			cmd := exec.Command("bpfmon", "listen", "--cilium", "1.5", "--socket", listenTo(t), "--record", path)
			cmd.Stdout, cmd.Stderr = out, out
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }() // it has ended unless the test fails
			<-out.seen
			old := filepath.Join(filepath.Dir(path), "old-"+name)
			if err := os.Rename(path, old); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
				t.Fatal(err)
			}
			until(t, "the next file", func() bool { info, err := os.Stat(path); return err == nil && info.Size() > 0 })
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, &out.all)
			}
			for _, file := range []string{old, path} {
				if out, err := exec.Command("bpfmon", "replay", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "drop (Policy denied") && file == old {
					t.Errorf("%s: %v: %.500s", file, err, out)
				}
			}
		})
	}
}

// TestHangupEnds: the end of the terminal ends the command, and SIGHUP alone does not.
func TestHangupEnds(t *testing.T) {
	p := newTerminal(t)
	path := filepath.Join(t.TempDir(), "r.gob")
	cmd := p.start("listen", "--cilium", "1.5", "--socket", listenTo(t), "--record", path)
	p.waitFor("Lost 37")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	until(t, "the next file", func() bool { _, err := os.Stat(path); return err == nil })
	_, _ = p.slave.Close(), p.master.Close() // the kernel sends SIGHUP
	_ = cmd.Wait()                           // it ends: by the signal, or as nobody reads its output
}

// TestHangupReplay: replay does not go on.
func TestHangupReplay(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	demo, err := os.ReadFile(filepath.Join("testdata", "demo.gob"))
	if err == nil {
		_, err = w.Write(demo)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := &watcher{text: "Lost 37", seen: make(chan bool, 1)}
	cmd := exec.Command("bpfmon", "replay", "-")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r, out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-out.seen
	_ = cmd.Process.Signal(syscall.SIGHUP)
	if _ = cmd.Wait(); cmd.ProcessState.ExitCode() != 128+1 {
		t.Errorf("%v", cmd.ProcessState)
	}
}
