// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// TestSink gives events to clients as a sink does.
func TestSink(t *testing.T) {
	f := newFixture(t, Options{Linger: patience})
	conn := f.dial(Session)
	sink := f.server.Sink()
	for n := range 100 {
		pl, e := numberedEvent(n), new(event.Event)
		pl.Lend(e)
		if err := errors.Join(sink.Event(e), sink.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	go f.server.Close()
	var c count
	c.read(conn, Session)
	if c.got.Load() != 100 || c.err != nil {
		t.Errorf("the client has %d, %v", c.got.Load(), c.err)
	}
}

// TestWaitRoom sends as fast as the clients take it: nobody loses anything, but for one that is stopped.
func TestWaitRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events, clients, stopped = 5000, 4, 2
		f := newPipes(t, Options{Queue: 64 << 10, Linger: patience, Patience: 2 * time.Second})
		var counts [clients]count
		var ends [clients]chan bool
		for i := range counts {
			conn := f.dial(Protocol(i % int(payload.Protocols)))
			ends[i] = make(chan bool)
			go func() {
				defer close(ends[i])
				if i == stopped {
					f.wait("the others", func() bool { return counts[0].got.Load() == events })
				}
				counts[i].read(conn, Protocol(i%int(payload.Protocols)))
			}()
		}
		if err := f.server.WaitClients(t.Context(), clients); err != nil {
			t.Fatal(err)
		}
		for n := range events {
			pl := numberedEvent(n)
			if err := errors.Join(f.server.WaitRoom(t.Context(), pl), f.server.Send(pl)); err != nil {
				t.Fatal(err)
			}
		}
		go f.server.Close()
		for i := range counts {
			<-ends[i]
			checkCount(t, i, &counts[i], events, i == stopped)
		}
	})
}

// TestWaitEnds ends waits for clients, and for one without room.
func TestWaitEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newPipes(t, Options{Queue: 1000, Patience: time.Hour})
		cause := errors.New("cause")
		ended := func(wait func(ctx context.Context) error) {
			t.Helper()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Minute, func() { cancel(cause) })
			if err := wait(ctx); !errors.Is(err, cause) {
				t.Errorf("got %v", err)
			}
		}
		ended(func(ctx context.Context) error { return f.server.WaitClients(ctx, 1) })
		ended(func(ctx context.Context) error { return f.server.WaitRoom(ctx, numberedEvent(0)) })
		conn := f.dial(Metas)
		ended(func(ctx context.Context) error {
			for n := 0; ; n++ {
				if err := errors.Join(f.server.WaitRoom(ctx, numberedEvent(n)), f.server.Send(numberedEvent(n))); err != nil {
					return err
				}
			}
		})
		_ = conn.Close() // of a client that goes there is no more to wait for
		f.wait("the client to go", func() bool { return f.server.Clients() == 0 })
	})
}

// TestWaitTaken checks that the wait is over when the client has read everything, what it is told is lost included, and
// not before.
func TestWaitTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newPipes(t, Options{Queue: 64 << 10})
		conn := f.dial(Session)
		const events = 5000 // more than the queue holds
		for n := range events {
			if err := f.server.Send(numberedEvent(n)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := f.server.WaitTaken(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the wait for a client that reads nothing: %v", err)
		}
		var all, lost uint64
		r := payload.NewReader(conn)
		for pl := new(payload.Payload); all < events; {
			if err := r.Next(pl); err != nil {
				t.Fatal(err)
			}
			all += max(pl.Lost, 1)
			lost += pl.Lost
		}
		if err := f.server.WaitTaken(t.Context()); err != nil || all != events || lost == 0 {
			t.Errorf("the wait for a client that has read %d of %d, %d lost: %v", all, events, lost, err)
		}
		f.server.Close()
		if err := r.Next(new(payload.Payload)); !errors.Is(err, io.EOF) {
			t.Errorf("behind the last event: %v", err)
		}
	})
}

// TestConcurrentUse calls all methods at once, as the documentation allows; it is for the race detector.
func TestConcurrentUse(t *testing.T) {
	f := newFixture(t, Options{Queue: 10 << 10, Patience: time.Millisecond, Linger: time.Second})
	var senders, clients sync.WaitGroup
	some := make(chan bool)
	for i := range 4 {
		clients.Go(func() {
			conn, err := f.connect(Protocol(i % int(payload.Protocols)))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = io.CopyN(io.Discard, conn, 50000<<i) // the last leave with the server
		})
		senders.Go(func() {
			for n := range 1000 {
				_ = f.server.Send(numberedEvent(n))
				_ = f.server.Clients()
				if i == 0 && n == 300 {
					close(some)
				}
			}
		})
	}
	senders.Go(func() {
		for n := range 1000 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			_ = f.server.WaitRoom(ctx, numberedEvent(n))
			cancel()
		}
	})
	senders.Go(func() {
		<-some
		f.server.Close()
	})
	senders.Wait()
	clients.Wait()
	if n := f.server.Clients(); n != 0 {
		t.Errorf("%d clients are left", n)
	}
}
