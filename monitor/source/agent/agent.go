// SPDX-License-Identifier: Apache-2.0

// Package agent reads the events that a monitor agent serves on a Unix socket, in protocol 1.2 or 1.0, and
// connects again when the connection ends.
package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

const (
	// Directory is where an agent has its sockets.
	Directory = "/var/run/cilium"
	// DefaultRetry is how long a client waits before it connects again.
	DefaultRetry = 12 * time.Second
)

// Sockets returns the sockets of an agent in the order to try them: protocol 1.2, then 1.0.
func Sockets(directory string) (paths []string) {
	for p := range payload.Protocols {
		paths = append(paths, p.Socket(directory))
	}
	return paths
}

// Options tells how to listen. The zero value listens to the agent of this host.
type Options struct {
	// Sockets are paths of Unix sockets, to be tried in this order each time. None means Sockets(Directory).
	// What protocol a socket speaks is seen from the first bytes that it sends, not from its name.
	Sockets []string
	// Retry is how long to wait before connecting again, zero for DefaultRetry.
	Retry time.Duration
	// Now returns the time, nil for time.Now.
	Now func() time.Time
	// Report, if not nil, is called with each change of the connection, by the goroutine that calls Dial or
	// Next.
	Report func(Change)
}

// Source is the events of an agent, a source.Source. It never ends by itself: when the connection ends it
// waits and connects again.
type Source struct {
	opts   Options
	ctx    context.Context
	cancel context.CancelCauseFunc
	pl     payload.Payload

	conn   net.Conn // nil between connections
	socket string   // of conn
	unhook func() bool
	stream stream // nil until the protocol of conn is known
	down   string // the failure to connect that was reported last
	err    error  // the error that ended the source

	arrived int64 // when the last event arrived
	burst   bool  // the next event was already here then
}

var _ source.Source = (*Source)(nil)

// stream is a payload.Reader or payload.MetaReader.
type stream interface {
	Next(*payload.Payload) error
	Ready() bool
}

// Dial connects to the agent. It fails if none of the sockets can be connected to: an agent that was never there
// is not waited for. The source ends when ctx is cancelled.
func Dial(ctx context.Context, opts Options) (*Source, error) {
	if len(opts.Sockets) == 0 {
		opts.Sockets = Sockets(Directory)
	}
	if opts.Retry == 0 {
		opts.Retry = DefaultRetry
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Source{opts: opts}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	if err := s.dial(); err != nil {
		s.cancel(os.ErrClosed)
		return nil, err
	}
	return s, nil
}

// dial connects to the first socket that can be connected to.
func (s *Source) dial() error {
	var errs []error
	var dialer net.Dialer
	for _, path := range s.opts.Sockets {
		conn, err := dialer.DialContext(s.ctx, "unix", path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.conn, s.socket, s.stream, s.down = conn, path, nil, ""
		s.unhook = context.AfterFunc(s.ctx, func() { _ = conn.Close() })
		s.report(Change{State: Connected, Socket: path})
		return nil
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return &DialError{Errs: errs}
}

// Next waits for the next event, through any number of connections. Agents send no time: an event without one has the
// time of its arrival. Next returns the cause of the end after Close or the end of the context; all else is reported as a
// Change.
func (s *Source) Next(e *event.Event) error {
	s.pl.Borrow(e)
	if s.err == nil {
		s.err = s.await(&s.pl)
	}
	if s.err != nil {
		s.pl = payload.Payload{Data: s.pl.Data[:0]}
	} else if s.pl.Time == 0 {
		s.pl.Time = s.now()
	}
	s.pl.Lend(e)
	return s.err
}

// now returns the time of arrival of an event. Events that arrived together have one: the clock is read after a wait only.
func (s *Source) now() int64 {
	if s.arrived == 0 || !s.burst {
		s.arrived = s.opts.Now().UnixNano()
	}
	s.burst = s.Ready()
	return s.arrived
}

// await reads the next event, through any number of connections.
func (s *Source) await(pl *payload.Payload) error {
	for {
		err := s.next(pl)
		switch {
		case err == nil:
			return nil
		case s.ctx.Err() != nil:
			return context.Cause(s.ctx)
		}
		s.hangUp(err)
		if err := s.reconnect(); err != nil {
			return err
		}
	}
}

// next reads from the connection there is.
func (s *Source) next(pl *payload.Payload) error {
	if s.stream == nil {
		stream, err := recognize(s.conn)
		if err != nil {
			return err
		}
		s.stream = stream
	}
	return s.stream.Next(pl)
}

// hangUp closes the connection that ended with err.
func (s *Source) hangUp(err error) {
	s.unhook()
	_ = s.conn.Close()
	s.conn, s.stream = nil, nil
	s.report(Change{State: Disconnected, Socket: s.socket, Err: err, Retry: s.opts.Retry})
}

// reconnect waits and connects, until that works or the source ends. A failure is reported once, not each time.
func (s *Source) reconnect() error {
	for {
		if err := s.wait(); err != nil {
			return err
		}
		err := s.dial()
		if err == nil {
			return nil
		}
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		if s.down != err.Error() {
			s.down = err.Error()
			s.report(Change{State: Unreachable, Err: err, Retry: s.opts.Retry})
		}
	}
}

// wait waits for the time between two connections.
func (s *Source) wait() error {
	timer := time.NewTimer(s.opts.Retry)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-s.ctx.Done():
		return context.Cause(s.ctx)
	}
}

func (s *Source) report(c Change) {
	if s.opts.Report != nil {
		s.opts.Report(c)
	}
}

// Elsewhere reports whether the agent is known to be in another network namespace than this program: then the indexes of
// interfaces in its messages are not those of this program's. It is about the connection there is.
func (s *Source) Elsewhere() bool { return s.conn != nil && elsewhere(s.conn, s.socket) }

// Ready reports whether an event is here.
func (s *Source) Ready() bool { return s.stream != nil && s.stream.Ready() }

// Close closes the connection and ends a Next that waits.
func (s *Source) Close() error {
	s.cancel(os.ErrClosed) // closes the connection
	return nil
}

// DialError reports that none of the sockets could be connected to.
type DialError struct {
	Errs []error // one for each socket, in the order tried
}

// Error joins the errors in one line.
func (e *DialError) Error() string {
	text := "no agent to listen to"
	for i, err := range e.Errs {
		sep := "; "
		if i == 0 {
			sep = ": "
		}
		text += sep + err.Error()
	}
	return text
}

// Unwrap returns the errors.
func (e *DialError) Unwrap() []error { return e.Errs }

// State is what became of a connection.
type State int

// The states.
const (
	Connected    State = iota // connected to Socket
	Disconnected              // the connection to Socket ended with Err; a new one is tried after Retry
	Unreachable               // a new connection failed with Err; it is tried again every Retry
)

// Change is a change of the connection.
type Change struct {
	State  State
	Socket string
	Err    error // io.EOF where the agent closed the connection between messages
	Retry  time.Duration
}

// String tells the change in a line.
func (c Change) String() string {
	switch c.State {
	case Connected:
		return "connected to " + c.Socket
	case Disconnected:
		return fmt.Sprintf("%s: %s, connecting again in %v", c.Socket, c.reason(), c.Retry)
	default:
		return fmt.Sprintf("%v, trying every %v", c.Err, c.Retry)
	}
}

// reason tells in words why a connection ended.
func (c Change) reason() string {
	var cut *payload.TruncatedError
	switch {
	case errors.Is(c.Err, io.EOF) && !errors.As(c.Err, &cut):
		return "the agent closed the connection"
	case errors.As(c.Err, &cut):
		return fmt.Sprintf("the connection broke off inside a message (%v)", cut)
	default:
		return c.Err.Error()
	}
}
