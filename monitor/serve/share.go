// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"context"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// Sink returns a sink that gives each event to the server's clients. What clients do not take is theirs to lose: the sink
// returns no error.
func (s *Server) Sink() sink.Sink { return &serverSink{server: s} }

// serverSink gives events to a server.
type serverSink struct {
	server *Server
	pl     payload.Payload
}

func (s *serverSink) Event(e *event.Event) error {
	s.pl.Of(e)
	_ = s.server.Send(&s.pl) // its clients were told
	return nil
}

// Flush does nothing: clients get events as they come.
func (s *serverSink) Flush() error { return nil }

// WaitClients waits until there are so many clients, and else returns the cause of the context's end. Only one
// goroutine at a time may wait for clients, for room, or for what they take.
func (s *Server) WaitClients(ctx context.Context, n int) error {
	return s.wait(ctx, func() bool { return s.Clients() >= n })
}

// WaitRoom waits until an event can be sent and no client loses it, and else returns the cause of the context's end. It
// is for sources that can wait, such as recordings. For a client that takes nothing for as long as Options.Patience it
// waits no longer, and if there are no clients until there is one.
func (s *Server) WaitRoom(ctx context.Context, pl *payload.Payload) error {
	return s.wait(ctx, func() bool { return s.hasRoom(len(pl.Data) + overhead) })
}

// WaitTaken waits until every client there is has taken all that it was sent, lost records included, and else returns the
// cause of the context's end. It is for the end of a source that can wait; Close gives less time.
func (s *Server) WaitTaken(ctx context.Context) error { return s.wait(ctx, s.allTaken) }

// allTaken reports whether no client has anything left to take.
func (s *Server) allTaken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, clients := range s.clients {
		for c := range clients {
			if !c.done() {
				return false
			}
		}
	}
	return true
}

// overhead is more than what a message takes beside the event's data, in bytes.
const overhead = 256

// wait waits until a condition holds, which changes when clients come, go, or take what waits for them.
func (s *Server) wait(ctx context.Context, ok func() bool) error {
	for !ok() {
		again := time.NewTimer(s.opts.Patience / 4) // a client may have run out of it
		select {
		case <-s.changed:
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return context.Cause(ctx)
		}
		again.Stop()
	}
	return nil
}

// hasRoom reports whether there are clients, and a message of size bytes need not wait for one of them.
func (s *Server) hasRoom(size int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, clients := range s.clients {
		for c := range clients {
			n++
			if !c.hasRoom(size, s.opts.Patience) {
				return false
			}
		}
	}
	return n > 0
}

// wake makes wait look again.
func (s *Server) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}
