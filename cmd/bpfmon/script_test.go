// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// patience is how long a script waits for something that must happen.
const patience = time.Minute

func checkCode(ts *testscript.TestScript, want string, got int) {
	if want != strconv.Itoa(got) {
		ts.Fatalf("exit code %d, want %s", got, want)
	}
}

// during runs a program, sends it a signal once its standard output or error holds a text, and checks its exit
// code: during TEXT SIGNAL CODE PROGRAM ARG... Its input is the file in, if there is one, and then stays open.
// Its output is left in the files out and err.
func during(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: during text signal code program [arg...]")
	}
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}
	code, err := runUntil(ts, args[0], signals[args[1]], args[3:])
	ts.Check(err)
	checkCode(ts, args[2], code)
}

// runUntil does the work of during and returns the exit code.
func runUntil(ts *testscript.TestScript, text string, signal os.Signal, args []string) (int, error) {
	program, err := lookPath(ts, args[0])
	if err != nil {
		return 0, err
	}
	out, errs := &watcher{text: text, seen: make(chan bool, 1)}, &watcher{text: text, seen: make(chan bool, 1)}
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir, cmd.Env = ts.Getenv("WORK"), append(os.Environ(), "PATH="+ts.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = out, errs
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if b, err := os.ReadFile(ts.MkAbs("in")); err == nil {
		go func() { _, _ = stdin.Write(b) }()
	}
	late := false
	select {
	case <-out.seen:
	case <-errs.seen:
	case <-time.After(patience):
		late = true
	}
	_ = cmd.Process.Signal(signal)
	_ = cmd.Wait() // the exit code says it all
	_ = os.WriteFile(ts.MkAbs("out"), out.all.Bytes(), 0o600)
	_ = os.WriteFile(ts.MkAbs("err"), errs.all.Bytes(), 0o600)
	if late {
		return 0, fmt.Errorf("did not print %q; standard output:\n%s\nstandard error:\n%s", text, &out.all, &errs.all)
	}
	return cmd.ProcessState.ExitCode(), nil
}

// lookPath finds a program where the script does.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range strings.Split(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		if path, err := exec.LookPath(dir + string(os.PathSeparator) + name); err == nil {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}

// watcher gathers what is written to it and tells when a text was in it.
type watcher struct {
	mu   sync.Mutex
	all  bytes.Buffer
	text string
	seen chan bool
}

func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all.Write(p)
	if bytes.Contains(w.all.Bytes(), []byte(w.text)) {
		select {
		case w.seen <- true:
		default:
		}
	}
	return len(p), nil
}

// appears waits until a file is there: appears FILE
func appears(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears file")
	}
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := os.Lstat(ts.MkAbs(args[0])); err == nil {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%s does not appear", args[0])
		}
	}
}

// startAgent starts an agent that does a step with each connection: agent SOCKET STEP... A step is the name of a
// recording, or nothing, after any of these, each with a colon: "hold" to keep the connection open, "again" to send it
// again and again until the client or the script ends, "1.0" to send it in that protocol, and a number to send only so
// many bytes. After the last step the agent sends nothing.
func startAgent(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: agent socket [step...]")
	}
	var steps []agenttest.Step
	for _, arg := range args[1:] {
		steps = append(steps, agentStep(ts, strings.Split(arg, ":")))
	}
	server, err := agenttest.Start(ts.MkAbs(args[0]), steps...)
	ts.Check(err)
	ts.Defer(server.Close)
}

func agentStep(ts *testscript.TestScript, words []string) agenttest.Step {
	send := agenttest.Send
	last := len(words) - 1
	var b []byte
	if words[last] != "" {
		b = []byte(ts.ReadFile(words[last]))
	}
	for _, word := range words[:last] {
		n, err := strconv.Atoi(word)
		switch {
		case word == "hold":
			send = agenttest.SendAndHold
		case word == "again":
			send = sendAgain
		case word == "1.0":
			b = metas(ts, b)
		case err == nil:
			b = b[:n]
		default:
			ts.Fatalf("step %v: unknown word %q", words, word)
		}
	}
	return send(b)
}

// sendAgain sends bytes again and again: a client of the client that connects at any time gets all of them.
func sendAgain(b []byte) agenttest.Step {
	return func(ctx context.Context, conn net.Conn) {
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		for {
			if _, err := conn.Write(b); err != nil {
				return
			}
			time.Sleep(10 * time.Millisecond) // leave the machine to others
		}
	}
}

// within checks that the lines of a file stand in another, one after the other: within FILE IN
func within(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: within file in")
	}
	part, all := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	if part == "" || !strings.Contains("\n"+all, "\n"+part) {
		ts.Fatalf("%s does not have the lines of %s:\n%s\n%s", args[1], args[0], all, part)
	}
}

// metas returns a recording as a connection of protocol 1.0.
func metas(ts *testscript.TestScript, recording []byte) []byte {
	var all []payload.Payload
	for r := payload.NewReader(bytes.NewReader(recording)); ; {
		var pl payload.Payload
		err := r.Next(&pl)
		if errors.Is(err, io.EOF) {
			break
		}
		ts.Check(err)
		all = append(all, pl)
	}
	b, err := agenttest.Metas(all...)
	ts.Check(err)
	return b
}

// cut writes the first bytes of a file to another: cut BYTES FROM TO. Negative counts leave so many off the end.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: cut bytes from to")
	}
	b := ts.ReadFile(args[1])
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	if n < 0 {
		n += len(b)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(b[:n]), 0o600))
}

// repeat writes a file several times to another: repeat TIMES FROM TO
func repeat(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat times from to")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), bytes.Repeat([]byte(ts.ReadFile(args[1])), n), 0o600))
}

// huge writes a file that says it is a message of four GiB: huge FILE
func huge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: huge file")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte{0xfb, 1, 0, 0, 0, 0, 1, 1}, 0o600))
}
