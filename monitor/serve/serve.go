// SPDX-License-Identifier: Apache-2.0

// Package serve shares events with any number of clients, in both protocols of a monitor agent.
//
// A client that does not keep up loses events of its own and nobody else's: each has a queue with a bound, and
// what finds no room there is counted. As soon as there is room again the client is sent lost records, one for
// each CPU, that stand where the events would have stood. So for every client that stays to the end, the events it
// was sent and those that it was told are lost make up all that there were.
package serve

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// Protocol is what a client is spoken to in.
type Protocol int

// The protocols.
const (
	Session Protocol = iota // 1.2: one gob session for each client
	Metas                   // 1.0: a payload.Meta and a gob stream for each event
	protocols
)

const (
	// defaultQueue is the bound of a client's queue in bytes.
	defaultQueue = 4 << 20
	// defaultPatience is how long a source that can wait does so for one client.
	defaultPatience = time.Second
	// defaultLinger is how long clients have to take what is in their queues at the end.
	defaultLinger = time.Second
)

// Options tells how to serve. The zero value works.
type Options struct {
	// Queue is how many bytes of messages wait for a client that does not take them, 0 for 4 MiB. One message that
	// is larger waits alone.
	Queue int
	// Patience is how long WaitRoom waits for a client that takes nothing, 0 for a second.
	Patience time.Duration
	// Linger is how long Close waits for clients to take what is left, 0 for a second.
	Linger time.Duration
	// Report, when not nil, is told of clients that come and go, from several goroutines.
	Report func(Event)
}

// Event is a client that came or went.
type Event struct {
	Protocol Protocol
	Gone     bool
	Lost     uint64 // events that it lost, when it is gone; those that it did not take in time at the end among them
	Err      error  // why it is gone; nil at the end, and where the client closed
}

// Server shares events. Its methods may be called from several goroutines.
type Server struct {
	opts Options
	mu   sync.Mutex
	// clients are those connected, by protocol.
	clients [protocols]map[*client]bool
	closed  bool
	work    sync.WaitGroup
	changed chan struct{} // holds one if something changed since wait last looked
}

// New returns a Server without clients.
func New(opts Options) *Server {
	if opts.Queue <= 0 {
		opts.Queue = defaultQueue
	}
	if opts.Linger <= 0 {
		opts.Linger = defaultLinger
	}
	if opts.Patience <= 0 {
		opts.Patience = defaultPatience
	}
	s := &Server{opts: opts, changed: make(chan struct{}, 1)}
	for p := range s.clients {
		s.clients[p] = make(map[*client]bool)
	}
	return s
}

// Send gives an event to every client there is. It does not wait for them, and keeps no reference to pl. It refuses an
// event over payload.MaxSize with a *payload.SizeError; all clients are then told that it is lost.
func (s *Server) Send(pl *payload.Payload) error {
	if len(pl.Data) > payload.MaxSize {
		s.send(&payload.Payload{CPU: pl.CPU, Lost: 1, Type: payload.RecordLost})
		return &payload.SizeError{Size: uint64(len(pl.Data))}
	}
	s.send(pl)
	return nil
}

func (s *Server) send(pl *payload.Payload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, clients := range s.clients {
		if len(clients) == 0 {
			continue
		}
		msg := encode(Protocol(p), pl) // once, for all of them
		for c := range clients {
			c.offer(msg, pl)
		}
	}
}

// encode returns the message of an event. That of a session needs the type to have been sent before.
func encode(p Protocol, pl *payload.Payload) []byte {
	if p == Session {
		return payload.AppendMessage(nil, pl)
	}
	msg, err := pl.BuildMessage()
	if err != nil {
		return nil // too large, which Send has seen to
	}
	return msg
}

// Serve accepts clients until the listener is closed or ctx is done, when it closes the listener and returns nil. Clients
// outlive it: they end with Close.
func (s *Server) Serve(ctx context.Context, l net.Listener, p Protocol) error {
	defer context.AfterFunc(ctx, func() { _ = l.Close() })()
	for {
		conn, err := l.Accept()
		switch {
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return nil
		case err != nil && !isTemporary(err):
			return err
		case err != nil:
			sleep(ctx, 10*time.Millisecond) // until there are descriptors again
		default:
			s.add(conn, p)
		}
	}
}

// isTemporary tells whether the next client may be accepted although this one was not.
func isTemporary(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary()
}

// sleep waits, not longer than until ctx is done.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// add makes a connection a client.
func (s *Server) add(conn net.Conn, p Protocol) {
	c := newClient(conn, p, s.opts.Queue, s.wake)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = conn.Close()
		return
	}
	s.clients[p][c] = true
	s.work.Add(1)
	s.mu.Unlock()
	s.wake()
	s.report(Event{Protocol: p})
	go func() {
		defer s.work.Done()
		err := c.run()
		s.mu.Lock()
		delete(s.clients[p], c)
		s.mu.Unlock()
		s.wake()
		s.report(Event{Protocol: p, Gone: true, Lost: c.total(), Err: err})
	}()
}

func (s *Server) report(e Event) {
	if s.opts.Report != nil {
		s.opts.Report(e)
	}
}

// Clients returns how many clients there are.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, clients := range s.clients {
		n += len(clients)
	}
	return n
}

// Close takes no more clients, gives those there are some time to take what waits for them, and closes their connections.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	for _, clients := range s.clients {
		for c := range clients {
			c.finish(s.opts.Linger)
		}
	}
	s.mu.Unlock()
	s.work.Wait()
}
