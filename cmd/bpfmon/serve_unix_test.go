// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
)

// listener is a bpfmon that listens, and what it printed.
type listener struct {
	cmd     *exec.Cmd
	printed atomic.Int64  // lines about events
	lost    atomic.Uint64 // events told as lost
	err     error         // a line that is neither
	done    chan bool
}

// startListener connects a listener to a socket, and returns when it is connected. What it prints is read once start is
// closed.
func startListener(t *testing.T, socket string, start <-chan bool) *listener {
	t.Helper()
	l := &listener{cmd: exec.Command("bpfmon", "listen", "--cilium", "1.5", "--socket", socket, "--retry", "1h", "--time", "none"), done: make(chan bool)}
	out, err := l.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := l.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.cmd.Process.Kill(); _ = l.cmd.Wait() })
	if line, err := bufio.NewReader(said).ReadString('\n'); err != nil || line != "bpfmon: connected to "+socket+"\n" {
		t.Fatalf("listen said %q, %v", line, err)
	}
	go func() {
		defer close(l.done)
		<-start
		for lines := bufio.NewScanner(out); lines.Scan(); {
			l.count(lines.Text())
		}
	}()
	return l
}

// count takes a line that was printed. The events say their numbers as their mark.
func (l *listener) count(line string) {
	var cpu int
	var lost uint64
	if n, _ := fmt.Sscanf(line, "CPU %d: Lost %d events", &cpu, &lost); n == 2 {
		l.lost.Add(lost)
		return
	}
	want := fmt.Sprintf(" flow %#x ", uint64(l.printed.Load())+l.lost.Load())
	if !strings.Contains(line, want) && l.err == nil {
		l.err = fmt.Errorf("printed %q, want%s", line, want)
	}
	l.printed.Add(1)
}

// signal sends the listener a signal.
func (l *listener) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := l.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// until waits until something is so.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

// numberedRecording writes a recording of n drops whose marks are their numbers, on one CPU, each of about 1 KiB.
func numberedRecording(t *testing.T, n int) string {
	t.Helper()
	var b []byte
	for i := range n {
		data := make([]byte, 1024)
		data[0] = 1
		binary.NativeEndian.PutUint32(data[4:], uint32(i))
		b = agenttest.AppendSession(b, i == 0, &payload.Payload{Data: data, Type: payload.EventSample})
	}
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestServeOneStopped serves a recording to eight programs in both protocols, of which one is stopped and one prints to a
// pager that is paused: these lose events and print how many; the others print every event.
func TestServeOneStopped(t *testing.T) {
	t.Parallel()
	const events, clients, stopped, paused = 8000, 8, 5, 2
	now, later := make(chan bool), make(chan bool)
	close(now)
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server := exec.Command("bpfmon", "serve", "--directory", dir, "--queue", "1000000", "--clients", fmt.Sprint(clients), numberedRecording(t, events))
	var said bytes.Buffer
	server.Stderr = &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Process.Kill()
	sockets := agent.Sockets(dir)
	until(t, "the sockets", func() bool { _, err := os.Stat(sockets[1]); return err == nil })
	var all [clients]*listener
	for i := range clients - 1 {
		start := now
		if (stopped+i)%clients == paused {
			start = later
		}
		all[(stopped+i)%clients] = startListener(t, sockets[i%2], start)
	}
	// The last comes when another is stopped.
	all[stopped].signal(t, syscall.SIGSTOP)
	all[(stopped+clients-1)%clients] = startListener(t, sockets[1], now)
	for i, l := range all {
		until(t, fmt.Sprintf("client %d", i), func() bool { return i == stopped || i == paused || l.printed.Load() == events })
	}
	time.Sleep(*stall)
	all[stopped].signal(t, syscall.SIGCONT)
	close(later)
	for _, i := range []int{stopped, paused} {
		until(t, fmt.Sprintf("client %d", i), func() bool { return uint64(all[i].printed.Load())+all[i].lost.Load() == events })
	}
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
	for i, l := range all {
		l.signal(t, syscall.SIGINT)
		<-l.done
		if lost := l.lost.Load(); l.err != nil || lost > 0 != (i == stopped || i == paused) || l.printed.Load()+int64(lost) != events {
			t.Errorf("client %d: printed %d, lost %d, %v", i, l.printed.Load(), lost, l.err)
		}
	}
	for _, i := range []int{stopped, paused} {
		want := fmt.Sprintf(" lost %d events\n", all[i].lost.Load())
		if !strings.Contains(said.String(), want) {
			t.Errorf("said %s, want %s", &said, want)
		}
	}
	if !strings.HasSuffix(said.String(), "served 8000 events to 8 clients\n") {
		t.Errorf("said %s", &said)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// dial connects to a socket.
func dial(t *testing.T, socket string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestServeBadClients has clients that leave at once, in the middle, and that send rubbish without end.
func TestServeBadClients(t *testing.T) {
	const events = 8000
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server := exec.Command("bpfmon", "serve", "--directory", dir, "--clients", "3", numberedRecording(t, events))
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Process.Kill()
	sockets := agent.Sockets(dir)
	until(t, "the sockets", func() bool { _, err := os.Stat(sockets[1]); return err == nil })
	rubbish, leaves := dial(t, sockets[0]), dial(t, sockets[1])
	go func() { // it never reads, and writes until the server closes
		for err := error(nil); err == nil; {
			_, err = rubbish.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		}
	}()
	now := make(chan bool)
	close(now)
	good := startListener(t, sockets[0], now)
	for range 20 {
		dial(t, sockets[0]).Close()
	}
	if _, err := io.CopyN(io.Discard, leaves, 100000); err != nil {
		t.Error(err)
	}
	_ = leaves.Close()
	until(t, "the good client", func() bool { return good.printed.Load() == events })
	_ = rubbish.Close() // or it would be waited for
	good.signal(t, syscall.SIGINT)
	<-good.done
	if good.err != nil || good.lost.Load() != 0 {
		t.Errorf("lost %d, %v", good.lost.Load(), good.err)
	}
	if err := server.Wait(); err != nil {
		t.Error(err)
	}
}
