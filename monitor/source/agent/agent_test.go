// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
)

const retry = 20 * time.Millisecond

// arrival is when every event arrives.
var arrival = time.Unix(1789000000, 5)

var (
	one = payload.Payload{Data: []byte{4, 1}, CPU: 1, Type: payload.EventSample}
	two = payload.Payload{CPU: 2, Lost: 22, Type: payload.RecordLost}
)

// fixture is a directory for sockets, and what the source reported.
type fixture struct {
	*testing.T
	dir      string
	changes  []agent.Change
	onChange func(agent.Change) // called, if not nil, by the goroutine of the source
}

func newFixture(t *testing.T) *fixture {
	dir, err := os.MkdirTemp("", "agent") // t.TempDir is too long a name for a socket on some systems
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return &fixture{T: t, dir: dir}
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, name) }

// serve starts an agent.
func (f *fixture) serve(name string, steps ...agenttest.Step) *agenttest.Server {
	f.Helper()
	s, err := agenttest.Start(f.path(name), steps...)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(s.Close)
	return s
}

// dial connects to the agent of the directory.
func (f *fixture) dial(ctx context.Context) *agent.Source {
	f.Helper()
	s, err := agent.Dial(ctx, agent.Options{
		Sockets: agent.Sockets(f.dir),
		Retry:   retry,
		Now:     func() time.Time { return arrival },
		Report: func(c agent.Change) {
			f.changes = append(f.changes, c)
			if f.onChange != nil {
				f.onChange(c)
			}
		},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	return s
}

// want reads payloads and compares them.
func (f *fixture) want(s *agent.Source, want ...payload.Payload) {
	f.Helper()
	for i := range want {
		e := event.Event{Raw: []byte("stale"), Lost: 1}
		if err := s.Next(&e); err != nil {
			f.Fatalf("payload %d: %v", i, err)
		}
		expected := want[i]
		if expected.Time == 0 {
			expected.Time = arrival.UnixNano()
		}
		var got payload.Payload
		got.Of(&e)
		if diff := cmp.Diff(expected, got, cmpopts.EquateEmpty()); diff != "" {
			f.Fatalf("payload %d (-want +got):\n%s", i, diff)
		}
	}
}

// wantChanges compares what was reported, with the directory's name left out.
func (f *fixture) wantChanges(want ...string) {
	f.Helper()
	var got []string
	for _, c := range f.changes {
		got = append(got, strings.ReplaceAll(c.String(), f.dir+string(filepath.Separator), ""))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		f.Errorf("changes (-want +got):\n%s", diff)
	}
}

// metas is agenttest.Metas.
func (f *fixture) metas(payloads ...payload.Payload) []byte {
	f.Helper()
	b, err := agenttest.Metas(payloads...)
	if err != nil {
		f.Fatal(err)
	}
	return b
}

func TestProtocols(t *testing.T) {
	f := newFixture(t)
	f.serve("monitor1_2.sock", agenttest.SendAndHold(agenttest.Session(one, two, one)))
	f.want(f.dial(t.Context()), one, two, one)

	old := newFixture(t)
	old.serve("monitor.sock", agenttest.SendAndHold(old.metas(one, two, one)))
	old.want(old.dial(t.Context()), one, two, one)
	old.wantChanges("connected to monitor.sock")
}

// TestFirstByteByByte sends slowly: the protocol is recognized from the first bytes however they arrive.
func TestFirstByteByByte(t *testing.T) {
	f := newFixture(t)
	slowly := func(b []byte) agenttest.Step {
		return func(_ context.Context, conn net.Conn) {
			for i := range b {
				if _, err := conn.Write(b[i : i+1]); err != nil {
					return
				}
			}
		}
	}
	f.serve("monitor1_2.sock", slowly(agenttest.Session(one, two)), slowly(f.metas(one, two)))
	f.want(f.dial(t.Context()), one, two, one, two)
}

func TestReconnects(t *testing.T) {
	f := newFixture(t)
	session := agenttest.Session(one, two)
	f.serve("monitor1_2.sock",
		agenttest.Send(session),                // ends between messages
		agenttest.Send(session[:75]),           // ends inside the second
		agenttest.Send(session[:10]),           // ends inside the type
		agenttest.Send(nil),                    // ends at once
		agenttest.Send(f.metas(two, one)),      // is another version now
		agenttest.Send(f.metas(two, one)[:40]), // which breaks off as well
		agenttest.Send([]byte("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\nServer: another\r\n\r\n")),
		agenttest.Send([]byte{0x80, 0, 0, 0, 7}),
		agenttest.SendAndHold(session))
	f.want(f.dial(t.Context()), one, two, one, two, one, one, two)
	closed := "monitor1_2.sock: the agent closed the connection, connecting again in 20ms"
	f.wantChanges("connected to monitor1_2.sock", closed,
		"connected to monitor1_2.sock", "monitor1_2.sock: the connection broke off inside a message (cut off at byte 75, in the message that begins at byte 69), connecting again in 20ms",
		"connected to monitor1_2.sock", "monitor1_2.sock: the connection broke off inside a message (cut off at byte 10, in the message that begins at byte 0), connecting again in 20ms",
		"connected to monitor1_2.sock", closed,
		"connected to monitor1_2.sock", closed,
		"connected to monitor1_2.sock", "monitor1_2.sock: the connection broke off inside a message (cut off at byte 40, in the message that begins at byte 0), connecting again in 20ms",
		"connected to monitor1_2.sock", "monitor1_2.sock: corrupt message at byte 0: type 42 is not a type of payloads, connecting again in 20ms",
		"connected to monitor1_2.sock", "monitor1_2.sock: corrupt message at byte 0: malformed message length, connecting again in 20ms",
		"connected to monitor1_2.sock")
}

// TestRestart stops the agent and, once the source has found none there, starts an older one.
func TestRestart(t *testing.T) {
	f := newFixture(t)
	server := f.serve("monitor1_2.sock", agenttest.SendAndHold(agenttest.Session(one)))
	s := f.dial(t.Context())
	f.want(s, one)
	server.Close()
	f.onChange = func(c agent.Change) {
		if c.State == agent.Unreachable {
			f.serve("monitor.sock", agenttest.SendAndHold(f.metas(two)))
		}
	}
	f.want(s, two)
	f.wantChanges("connected to monitor1_2.sock",
		"monitor1_2.sock: the agent closed the connection, connecting again in 20ms",
		"no agent to listen to: dial unix monitor1_2.sock: connect: no such file or directory; "+
			"dial unix monitor.sock: connect: no such file or directory, trying every 20ms",
		"connected to monitor.sock")
}

func TestNoAgent(t *testing.T) {
	f := newFixture(t)
	if err := os.WriteFile(f.path("monitor.sock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := agent.Dial(t.Context(), agent.Options{Sockets: agent.Sockets(f.dir)})
	var dial *agent.DialError
	if !errors.As(err, &dial) || len(dial.Errs) != 2 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Dial: %v", err)
	}
}

func TestEnds(t *testing.T) {
	cause := errors.New("cause")
	for name, c := range map[string]struct {
		step agenttest.Step
		end  func(*agent.Source, context.CancelCauseFunc)
		want error
	}{
		"close while reading":  {agenttest.SendAndHold(nil), func(s *agent.Source, _ context.CancelCauseFunc) { _ = s.Close() }, os.ErrClosed},
		"cancel while reading": {agenttest.SendAndHold(nil), func(_ *agent.Source, c context.CancelCauseFunc) { c(cause) }, cause},
		"cancel in a message":  {agenttest.SendAndHold([]byte{1, 2, 3}), func(_ *agent.Source, c context.CancelCauseFunc) { c(cause) }, cause},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.serve("monitor1_2.sock", c.step)
			ctx, cancel := context.WithCancelCause(t.Context())
			s := f.dial(ctx)
			time.AfterFunc(retry, func() { c.end(s, cancel) })
			for range 2 {
				wantEnd(t, s, c.want)
			}
			f.wantChanges("connected to monitor1_2.sock")
		})
	}
}

// TestEndsWhileWaiting closes a source that waits before it connects again: it would wait for longer than the test may
// take.
func TestEndsWhileWaiting(t *testing.T) {
	f := newFixture(t)
	f.serve("monitor1_2.sock", agenttest.Send(nil))
	waits := make(chan bool)
	s, err := agent.Dial(t.Context(), agent.Options{Sockets: agent.Sockets(f.dir), Retry: 1000 * time.Hour, Report: func(c agent.Change) {
		if c.State == agent.Disconnected {
			close(waits)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-waits; _ = s.Close() }()
	for range 2 {
		wantEnd(t, s, os.ErrClosed)
	}
}

// wantEnd checks that Next returns an error, and nothing of what was in the payload before.
func wantEnd(t *testing.T, s *agent.Source, want error) {
	t.Helper()
	e := event.Event{Raw: []byte("stale"), CPU: 1, Lost: 2, Kind: event.Sample, Time: 3}
	if err := s.Next(&e); !errors.Is(err, want) || len(e.Raw) > 0 || e.CPU != 0 || e.Lost != 0 || e.Kind != 0 || e.Time != 0 {
		t.Errorf("Next: %v with %+v, want %v", err, &e, want)
	}
}

// TestNothingLeft counts goroutines: none outlives its source.
func TestNothingLeft(t *testing.T) {
	f := newFixture(t)
	f.serve("monitor1_2.sock")
	before := runtime.NumGoroutine()
	for range 20 {
		if err := f.dial(t.Context()).Close(); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(time.Minute); runtime.NumGoroutine() > before; {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestManyConnections reads through lost connections of both protocols and invalid bytes.
func TestManyConnections(t *testing.T) {
	f := newFixture(t)
	session := agenttest.Session(one, two)
	f.serve("monitor1_2.sock", agenttest.Send(session), agenttest.Send(session[:75]), agenttest.Send([]byte{7, 7, 7}),
		agenttest.Send(f.metas(two, one)), agenttest.SendAndHold(session))
	f.want(f.dial(t.Context()), one, two, one, two, one, one, two)
}

// TestTimeOfTheSender: a time that the sender knows is kept.
func TestTimeOfTheSender(t *testing.T) {
	f := newFixture(t)
	dated := one
	dated.Time = 17
	f.serve("monitor1_2.sock", agenttest.SendAndHold(agenttest.Session(dated, dated)))
	f.want(f.dial(t.Context()), dated, dated)
}

func TestReady(t *testing.T) {
	f := newFixture(t)
	f.serve("monitor1_2.sock", agenttest.SendAndHold(agenttest.Session(one, two)))
	s := f.dial(t.Context())
	if s.Ready() {
		t.Error("ready before the first event")
	}
	f.want(s, one)
	// The two were sent as one and arrive as one, but for the bytes that told the protocol.
	if !s.Ready() {
		t.Error("not ready with the second event here")
	}
	f.want(s, two)
	if s.Ready() {
		t.Error("ready without an event")
	}
}
