// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a terminal of the kernel's without a window: what a program draws on it is read from the master.
type terminal struct {
	t             *testing.T
	master, slave *os.File

	mu    sync.Mutex
	drawn bytes.Buffer
	more  chan bool // something was drawn
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd()) // which blocks from here on
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &terminal{t: t, master: master, slave: slave, more: make(chan bool, 1)}
	p.resize(100, 30)
	go p.read()
	t.Cleanup(func() { _, _ = p.slave.Close(), p.master.Close() })
	return p
}

func (p *terminal) resize(width, height uint16) {
	if err := unix.IoctlSetWinsize(int(p.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: height, Col: width}); err != nil {
		p.t.Fatal(err)
	}
}

func (p *terminal) read() {
	b := make([]byte, 4096)
	for {
		n, err := p.master.Read(b)
		p.mu.Lock()
		p.drawn.Write(b[:n])
		p.mu.Unlock()
		select {
		case p.more <- true:
		default:
		}
		if err != nil {
			return
		}
	}
}

// keys types, after it has forgotten what was drawn.
func (p *terminal) keys(keys string) {
	p.mu.Lock()
	p.drawn.Reset()
	p.mu.Unlock()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// text returns what was drawn.
func (p *terminal) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.drawn.String()
}

// waitFor waits until a text was drawn.
func (p *terminal) waitFor(text string) {
	p.t.Helper()
	for end := time.After(patience); ; {
		all := p.text()
		if strings.Contains(all, text) {
			return
		}
		select {
		case <-p.more:
		case <-end:
			p.t.Fatalf("%q is not drawn: %q", text, all)
		}
	}
}

// start starts bpfmon on the terminal.
func (p *terminal) start(args ...string) *exec.Cmd {
	p.t.Helper()
	cmd := exec.Command("bpfmon", args...)
	cmd.Env = append(os.Environ(), "TERM=xterm")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // it has ended unless the test failed
	return cmd
}

func (p *terminal) modes() unix.Termios {
	m, err := unix.IoctlGetTermios(int(p.slave.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return *m
}

// TestTop draws a recording on a terminal: tables, filter, sizes, and the terminal as it was at the end.
func TestTop(t *testing.T) {
	p := newTerminal(t)
	before := p.modes()
	cmd := p.start("top", "replay", filepath.Join("testdata", "demo.gob"))
	p.waitFor("Policy denied (L3)")
	p.waitFor(" end ")
	if p.modes() == before {
		t.Error("keys are not passed on singly")
	}
	p.keys("2")
	p.waitFor("10.0.1.15 -> 10.0.2.33  Policy denied (L3)")
	p.keys("/nothing\r")
	p.waitFor("filter: nothing")
	p.waitFor("  none")
	p.keys("\x1b4s")
	p.waitFor("s sort: count")
	p.waitFor("sender")
	p.keys("")
	p.resize(40, 10)
	p.waitFor("\x1b[H")
	p.keys("q")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	p.waitFor("\x1b[?25h\x1b[?1049l")
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
}

// TestTopSignal ends top from outside, and by what goes wrong: the terminal is given back, and what was said is printed behind.
func TestTopSignal(t *testing.T) {
	p := newTerminal(t)
	before := p.modes()
	cmd := p.start("top", "listen", "--socket", filepath.Join(t.TempDir(), "none.sock"))
	p.waitFor("none.sock")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code is that of listen
	p.waitFor("bpfmon: ")
	if p.modes() != before {
		t.Error("the terminal is not as it was")
	}
}

// TestTopNoTerminal: top draws on terminals only, and shares no flag about lines.
func TestTopNoTerminal(t *testing.T) {
	for want, args := range map[string][]string{
		"standard output is not one: bpfmon replay prints lines": {"replay", "testdata/demo.gob"},
		"--json says how lines are printed":                      {"replay", "testdata/demo.gob", "--json"},
		"top needs a command that has events: drops, ":           {},
		"top needs a command that has events, not \"cat\"":       {"cat"},
	} {
		out, err := exec.Command("bpfmon", append([]string{"top"}, args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(string(out), want) {
			t.Errorf("%v: %v, %s", args, err, out)
		}
	}
}
