// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// patience is how long a test waits for something that must happen.
const patience = time.Minute

// fixture is a server that listens in both protocols.
type fixture struct {
	*testing.T
	server  *Server
	connect func(Protocol) (net.Conn, error)
	stop    context.CancelFunc
	done    sync.WaitGroup

	mu     sync.Mutex
	events []Event
}

// newFixture starts a server on sockets.
func newFixture(t *testing.T, opts Options) *fixture {
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := func(p Protocol) string { return filepath.Join(dir, fmt.Sprint(p)) }
	var listeners [payload.Protocols]net.Listener
	for p := range listeners {
		if listeners[p], err = net.Listen("unix", path(Protocol(p))); err != nil {
			t.Fatal(err)
		}
	}
	return start(t, opts, listeners, func(p Protocol) (net.Conn, error) { return net.Dial("unix", path(p)) })
}

// newPipes starts a server on pipes, which hold nothing of what is written to them and have no descriptors: in a
// testing/synctest bubble its clock stands still while anybody can go on.
func newPipes(t *testing.T, opts Options) *fixture {
	var listeners [payload.Protocols]net.Listener
	for p := range listeners {
		listeners[p] = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	}
	return start(t, opts, listeners, func(p Protocol) (net.Conn, error) {
		client, server := net.Pipe()
		listeners[p].(*pipes).conns <- server
		return client, nil
	})
}

func start(t *testing.T, opts Options, listeners [payload.Protocols]net.Listener, connect func(Protocol) (net.Conn, error)) *fixture {
	f := &fixture{T: t, connect: connect}
	opts.Report = func(e Event) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.events = append(f.events, e)
	}
	f.server = New(opts)
	var ctx context.Context
	ctx, f.stop = context.WithCancel(t.Context())
	for p, l := range listeners {
		f.done.Go(func() {
			if err := f.server.Serve(ctx, l, Protocol(p)); err != nil {
				t.Error(err)
			}
		})
	}
	t.Cleanup(func() {
		f.stop()
		f.server.Close()
		f.done.Wait()
	})
	return f
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipes) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *pipes) Addr() net.Addr { return nil }

// dial connects a client and waits until the server has it.
func (f *fixture) dial(p Protocol) net.Conn {
	f.Helper()
	before := f.server.Clients()
	conn, err := f.connect(p)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = conn.Close() })
	f.wait("the client", func() bool { return f.server.Clients() > before })
	return conn
}

// wait waits until something is so.
func (f *fixture) wait(what string, ok func() bool) {
	f.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			f.Fatalf("waited for %s in vain", what)
		}
	}
}

// event returns the event with a number: a sample of about a KiB, on one of four CPUs.
func numberedEvent(n int) *payload.Payload {
	data := binary.LittleEndian.AppendUint64(bytes.Repeat([]byte{4}, 1000), uint64(n))
	return &payload.Payload{Data: data, CPU: n % 4, Type: payload.EventSample}
}

// count is what a client received.
type count struct {
	next uint64       // the first event
	got  atomic.Int64 // events
	lost [4]uint64    // by CPU
	err  error
}

// read reads a connection to its end. Events must come in order, and each gap must be told before what follows it.
func (c *count) read(conn net.Conn, p Protocol) {
	var r interface{ Next(*payload.Payload) error } = payload.NewReader(conn)
	if p == Metas {
		r = payload.NewMetaReader(conn)
	}
	next, lost := c.next, uint64(0)
	for pl := new(payload.Payload); ; {
		if err := r.Next(pl); err != nil {
			if !errors.Is(err, io.EOF) {
				c.err = err
			}
			return
		}
		if pl.Type == payload.RecordLost {
			c.lost[pl.CPU] += pl.Lost
			lost += pl.Lost
			continue
		}
		if n := binary.LittleEndian.Uint64(pl.Data[1000:]); n != next+lost {
			c.err = errors.New("an event is missing that was not told as lost")
		}
		next++
		c.got.Add(1)
	}
}

// TestOneStopped has eight clients of which one does not read: it loses events, and is told how many of each CPU; the
// others lose none.
func TestOneStopped(t *testing.T) {
	const events, clients, stopped = 5000, 8, 3
	f := newFixture(t, Options{Queue: 64 << 10, Linger: patience})
	var counts [clients]count
	var conns [clients]net.Conn
	var reading sync.WaitGroup
	for i := range conns {
		conns[i] = f.dial(Protocol(i % int(payload.Protocols)))
		if i != stopped {
			reading.Go(func() { counts[i].read(conns[i], Protocol(i%int(payload.Protocols))) })
		}
	}
	for n := range events {
		if err := f.server.Send(numberedEvent(n)); err != nil {
			t.Fatal(err)
		}
		if n%32 == 0 { // no faster than those that read
			f.wait("the readers", func() bool {
				for i := range counts {
					if i != stopped && counts[i].got.Load() <= int64(n) {
						return false
					}
				}
				return true
			})
		}
	}
	reading.Go(func() { counts[stopped].read(conns[stopped], Protocol(stopped%int(payload.Protocols))) })
	f.stop()
	f.server.Close()
	reading.Wait()
	for i := range counts {
		checkCount(t, i, &counts[i], events, i == stopped)
	}
}

// checkCount checks that events received and events told as lost make up all, for each CPU as far as that can be seen.
func checkCount(t *testing.T, i int, c *count, events int, stopped bool) {
	t.Helper()
	var lost uint64
	for _, n := range c.lost {
		lost += n
		if stopped && (n < 100 || n > uint64(events)/4) {
			t.Errorf("client %d was told that %d events of a CPU were lost", i, n)
		}
	}
	if c.err != nil || uint64(c.got.Load())+lost != uint64(events) || stopped != (lost > 0) {
		t.Errorf("client %d: %d received and %d lost of %d, %v", i, c.got.Load(), lost, events, c.err)
	}
}

// TestLostRecordWithoutEvent checks that a client learns of a loss although nothing happens after it.
func TestLostRecordWithoutEvent(t *testing.T) {
	f := newFixture(t, Options{Queue: 10 << 10})
	conn := f.dial(Session)
	const events = 1000
	for n := range events {
		if err := f.server.Send(numberedEvent(n)); err != nil {
			t.Fatal(err)
		}
	}
	r := payload.NewReader(conn)
	var all uint64
	for pl := new(payload.Payload); all < events; {
		if err := r.Next(pl); err != nil {
			t.Fatal(err)
		}
		all += max(pl.Lost, 1)
	}
	if all != events {
		t.Errorf("received and lost %d, want %d", all, events)
	}
}

// TestLostRecordIsLost checks that a lost record of the source counts as the events that it stands for.
func TestLostRecordIsLost(t *testing.T) {
	c := newClient(nil, Session, 100, &used{most: 10000}, func() {})
	full := numberedEvent(0)
	c.offer(encode(Session, full), full)
	record := &payload.Payload{CPU: 2, Lost: 41, Type: payload.RecordLost}
	c.offer(encode(Session, record), record)
	c.offer(encode(Session, numberedEvent(2)), numberedEvent(2))
	batch, _, err := c.next()
	if err != nil {
		t.Fatal(err)
	}
	want := encode(Session, &payload.Payload{CPU: 2, Lost: 42, Type: payload.RecordLost})
	if len(batch) != 2 || !bytes.Equal(batch[1], want) || c.total() != 42 {
		t.Errorf("queue %x, %d lost", batch, c.total())
	}
}

// TestTotal has clients that never read, one after the other, and checks what the messages of all cost, that each keeps its
// part, and that of a client that reads nothing is lost.
func TestTotal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, total, events = 300, 4 << 20, 30
		f := newPipes(t, Options{Total: total, Queue: 1 << 20, Clients: clients, Linger: time.Second})
		var c count
		var reading sync.WaitGroup
		conn, n := f.dial(Session), 0
		reading.Go(func() { c.read(conn, Session) })
		for i := range clients - 1 {
			f.dial(Protocol(i % int(payload.Protocols)))
			for range events {
				if err := f.server.Send(numberedEvent(n)); err != nil {
					t.Fatal(err)
				}
				n++
				synctest.Wait() // the good client has read it
			}
			if used := f.server.used.sum.Load(); used > total {
				t.Fatalf("%d clients: %d bytes wait", i+1, used)
			}
		}
		late, err := f.connect(Metas)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := late.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("a client too many: %v", err)
		}
		if used := f.server.used.sum.Load(); used < total/2 {
			t.Errorf("%d bytes wait, which is little", used)
		}
		f.server.Close()
		reading.Wait()
		checkCount(t, 0, &c, n, false)
		if used := f.server.used.sum.Load(); used != 0 {
			t.Errorf("%d bytes are left", used)
		}
		changes := map[Change]int{}
		for _, e := range f.events {
			changes[e.Change]++
		}
		if changes[Came] != clients || changes[Gone] != clients || changes[Refused] != 1 || changes[Slow] < clients/2 {
			t.Errorf("reported %v", changes)
		}
	})
}

// TestLessRoom has clients come while others have full queues: what these lose of them is told where it is missing.
func TestLessRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events = 200
		f := newPipes(t, Options{Total: 200 << 10, Linger: time.Hour})
		conns := []net.Conn{f.dial(Session)}
		for n := range events {
			if n%50 == 10 {
				conns = append(conns, f.dial(Protocol(len(conns)%int(payload.Protocols))))
			}
			if err := f.server.Send(numberedEvent(n)); err != nil {
				t.Fatal(err)
			}
		}
		go f.server.Close()
		for i, conn := range conns {
			var c count
			first := max(0, 50*(i-1)+10)
			c.next = uint64(first)
			if i == 0 {
				c.next = 0
			}
			c.read(conn, Protocol(i%int(payload.Protocols)))
			var lost uint64
			for _, n := range c.lost {
				lost += n
			}
			if c.err != nil || lost == 0 || uint64(c.got.Load())+lost != uint64(events-first) && i > 0 || i == 0 && uint64(c.got.Load())+lost != events {
				t.Errorf("client %d: %d received and %d lost, %v", i, c.got.Load(), lost, c.err)
			}
		}
	})
}

// TestManyCPUs counts the losses of more CPUs than there are, as a source may send them that lies.
func TestManyCPUs(t *testing.T) {
	c := newClient(nil, Session, 1, &used{}, func() {})
	for n := range 10 * maxLostCPUs {
		c.offer(nil, &payload.Payload{CPU: n, Type: payload.EventSample})
	}
	var sum uint64
	for _, n := range c.lost {
		sum += n
	}
	if len(c.lost) > maxLostCPUs || sum != 10*maxLostCPUs {
		t.Errorf("%d lost of %d CPUs", sum, len(c.lost))
	}
}

func TestTooLarge(t *testing.T) {
	f := newFixture(t, Options{})
	r := payload.NewMetaReader(f.dial(Metas))
	var size *payload.SizeError
	if err := f.server.Send(&payload.Payload{Data: make([]byte, payload.MaxSize+1), CPU: 1}); !errors.As(err, &size) {
		t.Errorf("Send: %v", err)
	}
	var pl payload.Payload
	if err := r.Next(&pl); err != nil || pl.Lost != 1 || pl.CPU != 1 || pl.Type != payload.RecordLost {
		t.Errorf("received %+v, %v", pl, err)
	}
}

// TestClientsThatMisbehave has clients that leave at once and that send rubbish. Another sees every event, and nothing
// of them stays.
func TestClientsThatMisbehave(t *testing.T) {
	f := newFixture(t, Options{})
	before := runtime.NumGoroutine()
	var c count
	good := f.dial(Session)
	done := make(chan bool)
	go func() { c.read(good, Session); close(done) }()
	const events = 200
	for n := range events {
		if n%4 == 0 {
			conn, err := f.connect(Protocol(n / 4 % int(payload.Protocols)))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
			_ = conn.Close()
		}
		if err := f.server.Send(numberedEvent(n)); err != nil {
			t.Fatal(err)
		}
	}
	f.wait("the events", func() bool { return c.got.Load() == events })
	f.wait("the others to be gone", func() bool { return f.server.Clients() == 1 })
	_ = good.Close()
	<-done
	f.wait("all to be gone", func() bool { return f.server.Clients() == 0 })
	f.wait("the goroutines", func() bool { return runtime.NumGoroutine() <= before })
}

// TestCloseDoesNotWaitForEver closes with a client that reads one event and no more: what it has not got is lost.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newPipes(t, Options{Linger: time.Minute})
		conn := f.dial(Session)
		const events = 3000
		for n := range events {
			if err := f.server.Send(numberedEvent(n)); err != nil {
				t.Fatal(err)
			}
		}
		r, pl := payload.NewReader(conn), new(payload.Payload)
		if err := r.Next(pl); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		f.server.Close()
		if d := time.Since(begin); d != time.Minute {
			t.Errorf("Close took %v", d)
		}
		if err := f.server.Send(numberedEvent(1)); err != nil || f.server.Clients() != 0 {
			t.Errorf("after Close: %d clients, %v", f.server.Clients(), err)
		}
		got := uint64(1)
		for r.Next(pl) == nil {
			got++
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		last := f.events[len(f.events)-1]
		if len(f.events) != 2 || last.Change != Gone || !errors.Is(last.Err, os.ErrDeadlineExceeded) || got+last.Lost != events {
			t.Errorf("the client has %d events, reported %+v", got, f.events)
		}
	})
}
