// SPDX-License-Identifier: Apache-2.0

// Package agenttest is a monitor agent for tests: a server on a real Unix socket that does with each connection
// what the test says, right or wrong.
package agenttest

import (
	"bytes"
	"context"
	"io"
	"net"
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// Step is what the server does with one connection, which it closes after that. The context ends with the server.
type Step func(ctx context.Context, conn net.Conn)

// Send sends bytes as they are, and closes the connection.
func Send(b []byte) Step {
	return func(_ context.Context, conn net.Conn) { _, _ = conn.Write(b) }
}

// SendAndHold sends bytes and keeps the connection open until the client or the server closes.
func SendAndHold(b []byte) Step {
	return func(ctx context.Context, conn net.Conn) {
		_, _ = conn.Write(b)
		defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
		_, _ = io.Copy(io.Discard, conn)
	}
}

// Session returns payloads as a connection of protocol 1.2 sends them.
func Session(payloads ...payload.Payload) []byte {
	var b []byte
	for i := range payloads {
		b = AppendSession(b, i == 0, &payloads[i])
	}
	return b
}

// AppendSession appends the message of one payload, after the definition of its type where first is set.
func AppendSession(dst []byte, first bool, pl *payload.Payload) []byte {
	var b bytes.Buffer
	w := payload.NewWriter(&b)
	_ = w.Write(pl) // a buffer does not fail
	if !first {
		b.Reset()
		_ = w.Write(pl)
	}
	return append(dst, b.Bytes()...)
}

// Metas returns payloads as a connection of protocol 1.0 sends them.
func Metas(payloads ...payload.Payload) ([]byte, error) {
	var buf bytes.Buffer
	for i := range payloads {
		if err := payload.WriteMetaPayload(&buf, &payload.Meta{}, &payloads[i]); err != nil {
			return nil, err
		}
	}
	return buf.Bytes(), nil
}

// Server is a running agent.
type Server struct {
	listener net.Listener
	cancel   context.CancelFunc
	done     sync.WaitGroup
}

// Start listens at path and does one step with each connection, in order, one connection at a time. Connections
// after the last step are held open and sent nothing.
func Start(path string, steps ...Step) (*Server, error) {
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{listener: listener, cancel: cancel}
	s.done.Go(func() { s.serve(ctx, steps) })
	return s, nil
}

func (s *Server) serve(ctx context.Context, steps []Step) {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		step := SendAndHold(nil)
		if len(steps) > 0 {
			step, steps = steps[0], steps[1:]
		}
		step(ctx, conn)
		_ = conn.Close()
	}
}

// Close removes the socket, closes the connection there is, and waits for the server to end.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.cancel()
	s.done.Wait()
}
