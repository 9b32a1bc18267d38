// SPDX-License-Identifier: Apache-2.0

// Package serve shares events with any number of clients, in both protocols of a monitor agent.
//
// Each client has a queue of bounded size, so a slow client loses events, and other clients lose none. Events that do not
// fit into the queue are counted. As soon as there is room again, the client is sent one lost record for each CPU, in the
// place of those events. So for each client that stays connected to the end, the events that were sent and those that were
// reported as lost are all events.
package serve

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/internal/session"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// Protocol is what a client is spoken to in.
type Protocol = payload.Protocol

// The protocols.
const (
	Session = payload.Session // 1.2: one gob session for each client
	Metas   = payload.Metas   // 1.0: a payload.Meta and a gob stream for each event
)

const (
	// defaultQueue is the bound of a client's queue in bytes.
	defaultQueue = 4 << 20
	// defaultTotal is the bound of all queues together in bytes.
	defaultTotal = 128 << 20
	// defaultClients is how many clients there may be.
	defaultClients = 1000
	// defaultPatience is how long a source that can wait does so for one client.
	defaultPatience = time.Second
	// defaultLinger is how long clients have to take what is in their queues at the end.
	defaultLinger = time.Second
)

// Options tells how to serve. The zero value works.
type Options struct {
	// Queue is how many bytes of messages wait for a client that does not take them, 0 for 4 MiB. One message that
	// is larger waits alone. Each message counts for some more than its bytes.
	Queue int
	// Total is about how many bytes of messages there may be for all clients together, 0 for 128 MiB: one half waits, the
	// other is being written. Each client may have its part: where Queue for each is more than the half, less than
	// Queue. One message that is larger than that waits alone if there is room for it in Total.
	Total int
	// Clients is how many clients there may be, 0 for 1000. More are refused.
	Clients int
	// Patience is how long WaitRoom waits for a client that takes nothing, 0 for a second.
	Patience time.Duration
	// Linger is how long Close waits for clients to take what is left, 0 for a second.
	Linger time.Duration
	// Report, if not nil, is called when clients come and go, from several goroutines.
	Report func(Event)
}

// Event says what became of a client.
type Event struct {
	Protocol Protocol
	Client   string // who it is, as "process 4711 of user 1000"; empty where the system does not say
	Change   Change
	Lost     uint64 // events that it lost, when it is gone; those that it did not take in time at the end among them
	Err      error  // why it is gone; nil at the end, and where the client closed
}

// Change is what became of a client.
type Change int

// The changes.
const (
	Came    Change = iota // it is served
	Slow                  // it does not keep up, and loses events for the first time
	Gone                  // it is no longer served
	Refused               // it is not served: there are too many
)

// Server shares events. Its methods may be called from several goroutines.
type Server struct {
	opts Options
	mu   sync.Mutex
	// clients are those connected, by protocol.
	clients [payload.Protocols]map[*client]bool
	count   int // of clients
	closed  bool
	used    used
	work    sync.WaitGroup
	changed chan struct{} // holds one if something changed since wait last looked
}

// New returns a Server without clients.
func New(opts Options) *Server {
	if opts.Queue <= 0 {
		opts.Queue = defaultQueue
	}
	if opts.Total <= 0 {
		opts.Total = defaultTotal
	}
	if opts.Clients <= 0 {
		opts.Clients = defaultClients
	}
	if opts.Linger <= 0 {
		opts.Linger = defaultLinger
	}
	if opts.Patience <= 0 {
		opts.Patience = defaultPatience
	}
	s := &Server{opts: opts, changed: make(chan struct{}, 1)}
	s.used.most = int64(opts.Total)
	s.used.atOnce = min(writeSize, opts.Total/2/opts.Clients)
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
	for _, c := range s.offer(pl) {
		s.report(Event{Protocol: c.proto, Client: c.who, Change: Slow})
	}
}

// offer gives an event to all clients, and returns those that lose one for the first time.
func (s *Server) offer(pl *payload.Payload) (slow []*client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for p, clients := range s.clients {
		if len(clients) == 0 {
			continue
		}
		msg := encode(Protocol(p), pl) // once, for all of them
		for c := range clients {
			if c.offer(msg, pl) {
				slow = append(slow, c)
			}
		}
	}
	return slow
}

// encode returns the message of an event. That of a session needs the type to have been sent before.
func encode(p Protocol, pl *payload.Payload) []byte {
	if p == Session {
		return session.AppendMessage(nil, session.Timed, (*session.Message)(pl))
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

// isTemporary reports whether the next client may be accepted although this one was not.
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
	who := peer(conn)
	c, slow := s.admit(conn, p)
	if c == nil {
		_ = conn.Close()
		s.report(Event{Protocol: p, Client: who, Change: Refused})
		return
	}
	s.wake()
	for _, c := range slow {
		s.report(Event{Protocol: c.proto, Client: c.who, Change: Slow})
	}
	s.report(Event{Protocol: p, Client: who, Change: Came})
	go func() {
		defer s.work.Done()
		err := c.run()
		s.mu.Lock()
		delete(s.clients[p], c)
		s.count--
		s.share()
		s.mu.Unlock()
		s.wake()
		s.report(Event{Protocol: p, Client: who, Change: Gone, Lost: c.total(), Err: err})
	}()
}

// admit makes a connection a client, unless there are too many or no more are taken. It returns the clients that lose
// events for the first time since each now has less memory.
func (s *Server) admit(conn net.Conn, p Protocol) (c *client, slow []*client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.count == s.opts.Clients {
		return nil, nil
	}
	s.count++
	slow = s.share()
	c = newClient(conn, p, s.part(), &s.used, s.wake)
	s.clients[p][c] = true
	s.work.Add(1)
	return c, slow
}

// part returns how much may wait for a client.
func (s *Server) part() int { return min(s.opts.Queue, s.opts.Total/2/max(s.count, 1)) }

// share gives each client its part, and returns those that lose events for the first time with it.
func (s *Server) share() (slow []*client) {
	for _, clients := range s.clients {
		for c := range clients {
			if c.setBound(s.part()) {
				slow = append(slow, c)
			}
		}
	}
	return slow
}

// used is what the messages of all clients cost.
type used struct {
	sum    atomic.Int64
	most   int64
	atOnce int // what the messages may cost that are written to one client at once
}

func (u *used) add(cost int) { u.sum.Add(int64(cost)) }

// fits reports whether there is room for so much.
func (u *used) fits(cost int) bool { return u.sum.Load()+int64(cost) <= u.most }

func (s *Server) report(e Event) {
	if s.opts.Report != nil {
		s.opts.Report(e)
	}
}

// Clients returns how many clients there are.
func (s *Server) Clients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
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
