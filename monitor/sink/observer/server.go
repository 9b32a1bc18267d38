// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// DefaultFlows is how many records are kept by default. It is Hubble's number.
const DefaultFlows = 4095

// DefaultClients is how many requests for flows are answered at once by default.
const DefaultClients = 4096

// Options are the options of a server. The zero value keeps DefaultFlows records and serves DefaultClients.
type Options struct {
	// Node is the name of this host.
	Node string
	// Version is what the server says it is: "bpfmon v1.2.3".
	Version string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
	// Flows is how many records are kept: no more than 64 MiB in any case.
	Flows int
	// MaxClients is how many requests for flows are answered at once.
	MaxClients int
	// Peers are the hosts that the peer service names. With nil it names this one.
	Peers *Peers
	// TLS, if not nil, is served with TLS.
	TLS *TLS
	// Report is called with each error. It may be nil.
	Report func(err error)
}

// Server keeps the last events and serves them. It is a sink: Event and Flush are for one goroutine at a time.
type Server struct {
	opts    Options
	mapper  hubble.Mapper
	ring    *ring
	http    http.Server
	started time.Time
	since   int // events since readers were woken
	address atomic.Pointer[string]
	clients atomic.Int64
	missed  atomic.Uint64
	ctx     context.Context
	stop    context.CancelFunc
	over    chan struct{} // closed when the server ends
}

// New returns a server. It serves nothing before Serve is called.
func New(opts Options) *Server {
	opts.Flows = cmp.Or(opts.Flows, DefaultFlows)
	opts.MaxClients = cmp.Or(opts.MaxClients, DefaultClients)
	if opts.Report == nil {
		opts.Report = func(error) {}
	}
	s := &Server{opts: opts, mapper: hubble.Mapper{Node: opts.Node, Interfaces: opts.Interfaces}, ring: newRing(opts.Flows), started: time.Now(), over: make(chan struct{})}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.http = http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 10 * time.Minute, MaxHeaderBytes: 64 << 10,
		ErrorLog:  log.New(io.Discard, "", 0), // what clients do wrong, such as a certificate that is not right
		Protocols: new(http.Protocols),
		HTTP2:     &http.HTTP2Config{MaxConcurrentStreams: opts.MaxClients, SendPingTimeout: 30 * time.Second, PingTimeout: 30 * time.Second, WriteByteTimeout: time.Minute},
		BaseContext: func(net.Listener) context.Context {
			return s.ctx
		},
	}
	s.http.Protocols.SetHTTP2(true)
	s.http.Protocols.SetUnencryptedHTTP2(opts.TLS == nil)
	s.http.Protocols.SetHTTP1(true) // to tell what this is
	return s
}

// Serve answers clients of a listener until Close. Its error is that of the listener.
func (s *Server) Serve(l net.Listener) error {
	address := l.Addr().String()
	if l.Addr().Network() == "unix" {
		address = "unix://" + address
	}
	s.address.Store(&address)
	var err error
	if s.opts.TLS != nil {
		s.http.TLSConfig = s.opts.TLS.config(s.opts.Report)
		err = s.http.ServeTLS(l, "", "")
	} else {
		err = s.http.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close gives clients a second to take what waits for them, and ends.
func (s *Server) Close() error {
	s.ring.end()
	close(s.over)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.http.Shutdown(ctx) // those that do not take it are cut off
	s.stop()
	return s.http.Close()
}

// Missed returns how many records clients have missed that were too slow for them, by all clients together.
func (s *Server) Missed() uint64 { return s.missed.Load() }

// Flows returns how many flows are kept.
func (s *Server) Flows() uint64 {
	kept, _, _ := s.ring.counts()
	return kept
}

func (s *Server) enter() bool {
	if s.clients.Add(1) > int64(s.opts.MaxClients) {
		s.leave()
		return false
	}
	return true
}

func (s *Server) leave() { s.clients.Add(-1) }

// wakeAfter is how many events are gathered for clients while more come at once.
const wakeAfter = 128

// Event keeps an event. The error is always nil.
func (s *Server) Event(e *event.Event) error {
	r := s.mapper.Record(e)
	if r.Kind == hubble.NoRecord {
		return nil
	}
	s.ring.add(newEntry(r))
	if s.since++; s.since >= wakeAfter {
		return s.Flush()
	}
	return nil
}

// Flush wakes clients that wait.
func (s *Server) Flush() error {
	s.since = 0
	s.ring.notify()
	return nil
}

// maxMessage is the size of the largest message. A flow that is larger goes without what makes it large.
const maxMessage = 64 << 10

// newEntry copies a record.
func newEntry(r *hubble.Record) *entry {
	var buf [1024]byte
	msg := frame(buf[:0], r.Response)
	if len(msg) > maxMessage {
		r.Flow.L7, r.Flow.Source.Labels, r.Flow.Destination.Labels = nil, nil, nil
		r.Flow.Summary = r.Flow.Summary[:min(len(r.Flow.Summary), maxMessage/4)]
		r.Agent.Text = r.Agent.Text[:min(len(r.Agent.Text), maxMessage/4)]
		r.Debug.Message = r.Debug.Message[:min(len(r.Debug.Message), maxMessage/4)]
		msg = frame(buf[:0], r.Response)
	}
	e := &entry{kind: r.Kind, time: r.Time, node: r.Node, msg: append([]byte(nil), msg...)}
	if r.Kind == hubble.IsFlow {
		e.flow = r.Flow
		e.flow.Summary = nil
	}
	return e
}

// serve answers a request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 2 || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		w.WriteHeader(http.StatusUnsupportedMediaType)
		_, _ = io.WriteString(w, "This is Hubble's API, for: hubble observe --server ADDRESS\n")
		return
	}
	serve(w, r, s.method(r.URL.Path))
}

// method returns what answers a path, or nil.
func (s *Server) method(path string) method {
	queries := func(kind hubble.RecordKind, follow int) method {
		return func(ctx context.Context, request []byte, out *stream) error {
			q, err := parseQuery(request, kind, follow)
			if err != nil {
				return err
			}
			return s.run(ctx, q, out)
		}
	}
	switch path {
	case "/observer.Observer/GetFlows":
		return queries(hubble.IsFlow, 3)
	case "/observer.Observer/GetDebugEvents":
		return queries(hubble.IsDebug, 2)
	case "/observer.Observer/GetAgentEvents":
		return queries(hubble.IsAgent, 2)
	case "/observer.Observer/ServerStatus":
		return s.status
	case "/observer.Observer/GetNodes":
		return s.nodes
	case "/observer.Observer/GetNamespaces":
		return func(_ context.Context, _ []byte, out *stream) error {
			return out.message(func(dst []byte) []byte { return dst })
		}
	case "/peer.Peer/Notify":
		return s.notify
	case "/grpc.health.v1.Health/Check":
		return s.health
	}
	return nil
}

// status answers `hubble status`.
func (s *Server) status(_ context.Context, _ []byte, out *stream) error {
	kept, size, seen := s.ring.counts()
	uptime := time.Since(s.started)
	return out.message(func(dst []byte) []byte {
		dst = protobuf.AppendUint(protobuf.AppendUint(protobuf.AppendUint(dst, 1, kept), 2, size), 3, seen)
		dst = protobuf.AppendUint(dst, 4, uint64(uptime.Nanoseconds()))
		dst = protobuf.AppendString(dst, 8, s.opts.Version)
		return protobuf.AppendDouble(dst, 9, float64(seen)/max(uptime.Seconds(), 1))
	})
}

// nodes answers `hubble list nodes`: this host, and the peers, of which nothing else is known.
func (s *Server) nodes(_ context.Context, _ []byte, out *stream) error {
	kept, size, seen := s.ring.counts()
	return out.message(func(dst []byte) []byte {
		dst, at := protobuf.Begin(dst, 1)
		dst = protobuf.AppendString(protobuf.AppendString(dst, 1, s.opts.Node), 2, s.opts.Version)
		dst = protobuf.AppendUint(protobuf.AppendString(dst, 3, s.self().Address), 4, 1) // connected
		if s.opts.TLS != nil {
			var tls int
			dst, tls = protobuf.Begin(dst, 5)
			dst = protobuf.End(protobuf.AppendString(protobuf.AppendBool(dst, 1, true), 2, s.self().ServerName), tls)
		}
		dst = protobuf.AppendUint(protobuf.AppendUint(dst, 6, uint64(time.Since(s.started).Nanoseconds())), 7, kept)
		dst = protobuf.End(protobuf.AppendUint(protobuf.AppendUint(dst, 8, size), 9, seen), at)
		all, _ := s.peers()
		for _, p := range all {
			if p.Name != s.opts.Node {
				dst, at = protobuf.Begin(dst, 1)
				dst = protobuf.End(protobuf.AppendString(protobuf.AppendString(dst, 1, p.Name), 3, p.Address), at)
			}
		}
		return dst
	})
}

// health answers gRPC's health checks.
func (s *Server) health(_ context.Context, request []byte, out *stream) error {
	var service string
	err := protobuf.Each(request, func(v protobuf.Value) error {
		if v.Number == 1 {
			service = string(v.Bytes)
		}
		return nil
	})
	switch {
	case err != nil:
		return failed(codeInvalidArgument, "the request cannot be read: %v", err)
	case service != "" && service != "hubble.server.Observer" && service != "observer.Observer":
		return failed(codeNotFound, "unknown service %q", service)
	}
	return out.message(func(dst []byte) []byte { return protobuf.AppendUint(dst, 1, 1) }) // serving
}
