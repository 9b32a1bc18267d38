// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
)

// execute runs a command in this process until its output or what it says holds a text, then ends it as a signal does. With
// no text it waits for the command to end. It returns the exit code and all that was written.
func execute(t *testing.T, in io.Reader, text string, args ...string) (int, string) {
	t.Helper()
	var out syncBuffer
	cmd := newCommand(stdio{in, &out, &out})
	cmd.SetArgs(args)
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	code := make(chan int, 1)
	go func() { code <- exitCode(cmd.ExecuteContext(ctx)) }()
	if text != "" {
		until(t, text, func() bool { return strings.Contains(out.String(), text) })
		cancel(&signalError{syscall.SIGINT})
	}
	return <-code, out.String()
}

// TestNothingLeft checks that no command leaves goroutines or descriptors behind, however it ends.
func TestNothingLeft(t *testing.T) {
	dir, err := os.MkdirTemp("", "left")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	const demo = "testdata/demo.gob"
	rec, err := os.ReadFile(demo)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken.gob")
	if err := os.WriteFile(broken, rec[:len(rec)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := agenttest.Start(filepath.Join(dir, "agent.sock"), holds(rec)...)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	socket, directory, kept := filepath.Join(dir, "agent.sock"), filepath.Join(dir, "f"), filepath.Join(dir, "kept.gob")
	all := map[string]func() int{
		"replay":         func() int { code, _ := execute(t, nil, "", "replay", demo); return code },
		"replay -":       func() int { code, _ := execute(t, strings.NewReader(string(rec)), "", "replay", "-"); return code },
		"replay broken":  func() int { code, _ := execute(t, nil, "", "replay", broken); return code - exitFailure },
		"replay missing": func() int { code, _ := execute(t, nil, "", "replay", "none"); return code - exitFailure },
		"replay - interrupted": func() int {
			r, w := io.Pipe()
			go func() { _, _ = w.Write(rec) }()
			defer w.Close()
			code, _ := execute(t, r, "Endpoint regenerated", "replay", "-")
			return code - exitSignal - int(syscall.SIGINT)
		},
		"listen": func() int {
			code, _ := execute(t, nil, "Endpoint regenerated", "listen", "--cilium", "1.5", "--socket", socket)
			return code
		},
		"listen record": func() int {
			code, _ := execute(t, nil, "Lost 37", "listen", "--cilium", "1.5", "--socket", socket, "--record", kept)
			_ = os.Remove(kept) // one that exists is not replaced
			return code
		},
		"listen serve": func() int {
			code, _ := execute(t, nil, "Endpoint regenerated", "listen", "--cilium", "1.5", "--socket", socket, "--serve", directory)
			return code
		},
		"serve agent": func() int {
			code, _ := execute(t, nil, "serving", "serve", "--socket", socket, "--directory", directory)
			return code
		},
		"serve nobody": func() int {
			code, _ := execute(t, nil, "serving", "serve", demo, "--directory", directory)
			return code
		},
		"serve nowhere": func() int {
			code, _ := execute(t, nil, "", "serve", demo, "--directory", demo)
			return code - exitFailure
		},
		"serve client": func() int { return serveClient(t, directory, demo) },
	}
	for name, f := range all {
		if code := f(); code != 0 { // what is made once is made now
			t.Errorf("%s: exit code off by %d", name, code)
		}
		goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t)
		for range 10 {
			f()
		}
		until(t, name+": goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
		until(t, name+": descriptors to be closed", func() bool { return openDescriptors(t) <= descriptors })
	}
}

// holds returns steps that send bytes and hold the connection, more than are used.
func holds(b []byte) []agenttest.Step {
	var steps []agenttest.Step
	for range 200 {
		steps = append(steps, agenttest.SendAndHold(b))
	}
	return steps
}

// serveClient serves a recording to a client that reads all of it.
func serveClient(t *testing.T, directory, recording string) int {
	t.Helper()
	code := make(chan int, 1)
	go func() { c, _ := execute(t, nil, "", "serve", recording, "--directory", directory); code <- c }()
	socket := agent.Sockets(directory)[1]
	until(t, "the socket", func() bool { _, err := os.Stat(socket); return err == nil })
	conn := dial(t, socket)
	defer conn.Close()
	r, n := payload.NewMetaReader(conn), 0
	for r.Next(new(payload.Payload)) == nil {
		n++
	}
	if n != 40 {
		t.Errorf("the client read %d events", n)
	}
	return <-code
}

// openDescriptors returns how many descriptors this process has open.
func openDescriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
