// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
)

var (
	faults    = flag.Duration("faults", 0, "go on injecting faults for so long, with one seed after the other")
	faultSeed = flag.Uint64("faultseed", 1, "the first seed of the faults")
)

// TestFaults runs the programs while things go wrong: they are killed, the disk gets full, there are no descriptors, agents
// lie, clients stall. Whatever happens, no program crashes or hangs, recordings are whole but for the last message of a
// program that was killed, and no loss is hidden.
//
// What goes wrong, and in which order, depends on the seeds alone: those from -faultseed on.
//
//	go test -run TestFaults ./cmd/bpfmon -faults 2m -faultseed 1
func TestFaults(t *testing.T) {
	if emulated {
		t.Skip("an emulator is in the way of limits and signals")
	}
	kinds := []struct {
		name string
		run  func(*chaos)
	}{
		{"killed", (*chaos).killed},
		{"full disk", (*chaos).fullDisk},
		{"descriptors", (*chaos).descriptors},
		{"lies", (*chaos).lies},
		{"stalls", (*chaos).stalls},
		{"interrupted", (*chaos).interrupted},
	}
	end, rounds := time.Now().Add(*faults), 0
	for seed := *faultSeed; ; seed++ {
		for _, kind := range kinds {
			t.Run(kind.name, func(t *testing.T) {
				t.Logf("seed %d", seed)
				kind.run(newChaos(t, seed))
			})
		}
		if rounds++; t.Failed() || !time.Now().Before(end) {
			t.Logf("rounds: %d, the last with -faultseed %d", rounds, seed)
			return
		}
	}
}

// chaos is one round: a directory with sockets, and an agent in it.
type chaos struct {
	*testing.T
	*rand.Rand
	dir, socket string
}

func newChaos(t *testing.T, seed uint64) *chaos {
	t.Helper()
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &chaos{t, rand.New(rand.NewPCG(seed, 0)), dir, filepath.Join(dir, "agent")}
}

// path returns the name of a file in the directory.
func (c *chaos) path(name string) string { return filepath.Join(c.dir, name) }

// agent starts an agent.
func (c *chaos) agent(steps ...agenttest.Step) {
	c.Helper()
	server, err := agenttest.Start(c.socket, steps...)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(server.Close)
}

// syncBuffer is a buffer that may be written and read by several goroutines.
type syncBuffer struct {
	mu  sync.Mutex
	all strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// program is one that runs, and all that it printed.
type program struct {
	cmd *exec.Cmd
	out syncBuffer
}

// start starts bpfmon, with limits as the shell's ulimit sets them. It ends with the test if not before.
func (c *chaos) start(limit string, args ...string) *program {
	c.Helper()
	p := &program{}
	script := `exec bpfmon "$@"`
	if limit != "" {
		script = "ulimit " + limit + "; " + script
	}
	p.cmd = exec.Command("sh", append([]string{"-c", script, "sh"}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// end sends a signal, waits for the program, and checks that it did not crash and that its exit code is one of some.
func (c *chaos) end(p *program, s os.Signal, codes ...int) {
	c.Helper()
	if s != nil {
		_ = p.cmd.Process.Signal(s) // it may have ended
	}
	late := time.AfterFunc(2*patience, func() { _ = p.cmd.Process.Signal(syscall.SIGQUIT) })
	err := p.cmd.Wait()
	late.Stop()
	exit := new(exec.ExitError)
	if err != nil && !errors.As(err, &exit) {
		c.Fatal(err)
	}
	out := p.out.String()
	if code := p.cmd.ProcessState.ExitCode(); !slices.Contains(codes, code) || strings.Contains(out, "goroutine ") || strings.Contains(out, "panic: ") {
		c.Fatalf("%v: exit code %d, want %v:\n%s", p.cmd.Args, code, codes, tail(out))
	}
}

// tail returns the end of a text.
func tail(s string) string { return s[max(0, len(s)-4000):] }

// until waits until a program has printed a text.
func (c *chaos) until(p *program, text string) {
	c.Helper()
	until(c.T, text, func() bool { return strings.Contains(p.out.String(), text) })
}

// events returns a session of n numbered events.
func events(n int) []byte {
	var b []byte
	for i := range n {
		data := fmt.Appendf([]byte{1}, "%0*d", 31+i%200, i) // a drop too short to be one, which is printed as such
		b = agenttest.AppendSession(b, i == 0, &payload.Payload{Data: data, CPU: i % 4, Type: payload.EventSample})
	}
	return b
}

// endless sends sessions until the client is gone.
func endless(ctx context.Context, conn net.Conn) {
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	for b, err := events(100), error(nil); err == nil; {
		_, err = conn.Write(b)
		time.Sleep(100 * time.Microsecond) // or it is all that the machine does
	}
}

// recordings returns the paths of the recordings in the directory.
func (c *chaos) recordings() []string {
	c.Helper()
	files, err := filepath.Glob(c.path("r*"))
	if err != nil {
		c.Fatal(err)
	}
	return files
}

// checkRecordings checks that each recording in the directory replays to its end, and that there are some.
func (c *chaos) checkRecordings() {
	c.Helper()
	c.checkRecordingsBut("")
}

// checkRecordingsBut does so, and lets the recording in one file end inside a message if replay says where.
func (c *chaos) checkRecordingsBut(cut string) {
	c.Helper()
	files := c.recordings()
	if len(files) == 0 {
		c.Fatal("no recordings")
	}
	for _, path := range files {
		info, err := os.Stat(path)
		if err != nil || info.Mode() != 0o600 {
			c.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if info.Size() == 0 { // it had not begun
			continue
		}
		p := c.start("", "replay", path)
		if path != cut {
			c.end(p, nil, 0)
			continue
		}
		c.end(p, nil, 0, 1)
		if end := fmt.Sprintf("bpfmon: %s: cut off at byte %d", path, info.Size()); p.cmd.ProcessState.ExitCode() == 1 && !strings.Contains(p.out.String(), end) {
			c.Errorf("%s: want %q:\n%s", path, end, tail(p.out.String()))
		}
	}
}

// recordArgs returns the arguments of listen that record in one of the ways there are.
func (c *chaos) recordArgs() []string {
	args := []string{"listen", "--socket", c.socket, "--retry", "1ms", "--record", c.path([]string{"r.gob", "r.pcapng"}[c.IntN(2)])}
	if c.IntN(2) == 0 {
		args = append(args, "--rotate", []string{"5K", "50K", "10ms"}[c.IntN(3)], "--keep", "10")
	}
	return args
}

// killed kills recorders at any time, also while they continue a recording: each leaves whole files, but for the last message
// of the one that it wrote to, since the kernel ends a write to a file between two pages. The next one removes what is there
// of that message.
func (c *chaos) killed() {
	c.agent(slices.Repeat([]agenttest.Step{endless}, 10)...)
	args := c.recordArgs()
	record := args[slices.Index(args, "--record")+1]
	for range 3 {
		p := c.start("", append(args, "--append")...)
		c.until(p, "connected to")
		until(c.T, "a recording", func() bool { return len(c.recordings()) > 0 })
		time.Sleep(time.Duration(c.IntN(50)) * time.Millisecond) // at any time, so not a wait for anything
		c.end(p, syscall.SIGKILL, -1)
		c.checkRecordingsBut(record)
	}
	p := c.start("", append(args, "--append")...)
	c.until(p, "connected to")
	c.end(p, syscall.SIGINT, 0)
	c.checkRecordings()
}

// fullDisk records to a disk that gets full: a limit stands for it. The recording ends, and not the events.
func (c *chaos) fullDisk() {
	c.agent(endless, endless)
	p := c.start(fmt.Sprintf("-f %d", c.IntN(200)), "listen", "--socket", c.socket, "--record", c.path([]string{"r.gob", "r.pcapng"}[c.IntN(2)]))
	c.until(p, "recording ended, ")
	before := len(p.out.String())
	until(c.T, "more events", func() bool { return len(p.out.String()) > before+100000 })
	c.end(p, syscall.SIGINT, 1)
	c.checkRecordings()
}

// descriptors leaves programs too few of them: they say so or work, and end.
func (c *chaos) descriptors() {
	c.agent(slices.Repeat([]agenttest.Step{agenttest.SendAndHold(events(1000))}, 20)...)
	recording := c.path("in")
	if err := os.WriteFile(recording, events(1000), 0o600); err != nil {
		c.Fatal(err)
	}
	for _, args := range [][]string{
		{"replay", recording},
		{"listen", "--socket", c.socket, "--record", c.path("out.gob"), "--rotate", "1K", "--keep", "3"},
		{"serve", "--directory", c.path("f"), "--socket", c.socket},
		{"listen", "--socket", c.socket, "--serve", c.path("g")},
	} {
		p := c.start(fmt.Sprintf("-n %d", 4+c.IntN(20)), args...)
		done := make(chan bool)
		go func() { // as many clients as there may be, and more
			defer close(done)
			for range 30 {
				conn, err := net.Dial("unix", agent.Sockets(c.path("f"))[0])
				if err == nil {
					defer conn.Close()
				}
			}
		}()
		<-done
		time.Sleep(time.Duration(c.IntN(30)) * time.Millisecond) // at any time
		c.end(p, syscall.SIGINT, 0, 1, 2, 130, -1)               // the last if it had not begun
	}
}

// damaged returns a session that was changed in some places.
func (c *chaos) damaged() []byte {
	b := events(1 + c.IntN(50))
	for range 1 + c.IntN(5) {
		at := c.IntN(len(b) + 1)
		switch c.IntN(6) {
		case 0:
			b = b[:at] // the end is missing
		case 1:
			b = slices.Insert(b, at, []byte{0xf8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}...) // a length without end
		case 2:
			b = slices.Insert(b, at, []byte{0xfc, 3, 0xff, 0xff, 0xff}...) // one of 64 MiB
		case 3:
			b = slices.Insert(b, at, bytes.Repeat([]byte{byte(c.Uint32())}, c.IntN(5000))...)
		default:
			if at < len(b) {
				b[at] ^= 1 << c.IntN(8)
			}
		}
	}
	return b
}

// drip sends bytes in pieces.
func (c *chaos) drip(b []byte) agenttest.Step {
	var pieces [][]byte
	for len(b) > 0 {
		n := 1 + c.IntN(len(b))
		pieces, b = append(pieces, b[:n]), b[n:]
	}
	return func(_ context.Context, conn net.Conn) {
		for _, piece := range pieces {
			if _, err := conn.Write(piece); err != nil {
				return
			}
			time.Sleep(time.Millisecond) // so that it arrives by itself
		}
	}
}

// lies has agents that send anything: what is whole is printed and recorded, memory stays, and the one that is right in the end
// is heard.
func (c *chaos) lies() {
	var steps []agenttest.Step
	for range 20 {
		steps = append(steps, c.drip(c.damaged()))
	}
	last := events(3)
	last = agenttest.AppendSession(last, false, &payload.Payload{Lost: 4711, Type: payload.RecordLost})
	c.agent(append(steps, agenttest.SendAndHold(last))...)
	p := c.start("", c.recordArgs()...)
	c.until(p, "Lost 4711 events")
	if peak := peakMemory(c.T, p.cmd.Process.Pid); !raceDetector && peak > 256<<20 {
		c.Errorf("%d MiB of memory", peak>>20)
	}
	c.end(p, syscall.SIGINT, 0)
	c.checkRecordings()
}

// stalls serves a recording to clients that read, stall, leave and send rubbish: those that read get all events, or are told
// which they lost.
func (c *chaos) stalls() {
	const n = 5000
	recording, directory := c.path("in"), c.path("f")
	if err := os.WriteFile(recording, events(n), 0o600); err != nil {
		c.Fatal(err)
	}
	p := c.start("", "serve", recording, "--directory", directory, "--clients", "8", "--queue", fmt.Sprint(1000<<c.IntN(12)))
	sockets := agent.Sockets(directory)
	until(c.T, "the sockets", func() bool { _, err := os.Stat(sockets[1]); return err == nil })
	type result struct {
		events, lost uint64
		err          error
	}
	results := make(chan result, 8)
	for i := range 8 {
		conn := dial(c.T, sockets[i%2])
		defer conn.Close()
		_ = conn.SetReadDeadline(time.Now().Add(2 * patience))
		kind, some, pause := c.IntN(4), c.IntN(100000), time.Duration(c.IntN(300))*time.Millisecond
		go func() {
			var r result
			switch {
			case i < 2:
				r.events, r.lost, r.err = receive(conn, i%2 == 1, 0)
			case kind == 0:
				r.events, r.lost, r.err = receive(conn, i%2 == 1, pause)
			case kind == 1:
				_, _ = conn.Read(make([]byte, some+1))
				_ = conn.Close()
				r.events = n
			case kind == 2:
				_, _ = conn.Read(make([]byte, 1)) // all are here now
				_, _ = conn.Write(bytes.Repeat([]byte("rubbish"), some))
				_ = conn.Close()
				r.events = n
			default:
				_, _ = conn.Read(make([]byte, 1))
				time.Sleep(pause)
				_ = conn.Close()
				r.events = n
			}
			results <- r
		}()
	}
	for range 8 {
		if r := <-results; r.err != nil || r.events+r.lost != n {
			c.Errorf("received %d and lost %d of %d: %v", r.events, r.lost, n, r.err)
		}
	}
	c.end(p, nil, 0)
}

// receive counts what a client is sent, with a pause in the middle.
func receive(conn net.Conn, metas bool, pause time.Duration) (events, lost uint64, err error) {
	var r interface{ Next(*payload.Payload) error } = payload.NewReader(conn)
	if metas {
		r = payload.NewMetaReader(conn)
	}
	for pl := new(payload.Payload); ; {
		if err := r.Next(pl); err != nil {
			if strings.HasSuffix(err.Error(), "EOF") {
				err = nil
			}
			return events, lost, err
		}
		if pl.Type == payload.RecordLost {
			lost += pl.Lost
			continue
		}
		if events++; events == 1000 {
			time.Sleep(pause)
		}
	}
}

// interrupted stops, continues and interrupts programs with signals that mean nothing to them, while they read and write.
func (c *chaos) interrupted() {
	c.agent(endless, endless)
	p := c.start("", append(c.recordArgs(), "--serve", c.path("f"))...)
	c.until(p, "connected to")
	c.until(p, "serving on")
	conn := dial(c.T, agent.Sockets(c.path("f"))[0])
	defer conn.Close()
	for range 200 {
		s := []syscall.Signal{syscall.SIGURG, syscall.SIGWINCH, syscall.SIGCHLD, syscall.SIGSTOP, syscall.SIGCONT}[c.IntN(5)]
		if err := p.cmd.Process.Signal(s); err != nil {
			c.Fatal(err)
		}
		if s == syscall.SIGSTOP {
			_ = p.cmd.Process.Signal(syscall.SIGCONT)
		}
	}
	var got uint64
	r := payload.NewReader(conn)
	for pl := new(payload.Payload); got < 1000; got++ {
		if err := r.Next(pl); err != nil {
			c.Fatal(err)
		}
	}
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	c.end(p, syscall.SIGINT, 0)
	c.checkRecordings()
}
