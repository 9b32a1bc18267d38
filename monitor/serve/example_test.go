// SPDX-License-Identifier: Apache-2.0

package serve_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/serve"
)

// Serve an event to a client.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "monitor.sock")
	ctx := context.Background()

	s := serve.New(serve.Options{})
	l, err := net.Listen("unix", path) // serve.Listen also protects the socket
	if err != nil {
		log.Fatal(err)
	}
	go func() { _ = s.Serve(ctx, l, serve.Session) }() // ends when the listener is closed

	conn, err := net.Dial("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	if err := s.WaitClients(ctx, 1); err != nil {
		log.Fatal(err)
	}
	if err := s.Send(&payload.Payload{Type: payload.EventSample, CPU: 3, Data: []byte("event")}); err != nil {
		log.Fatal(err)
	}

	var pl payload.Payload
	if err := payload.NewReader(conn).Next(&pl); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("CPU %d: %q\n", pl.CPU, pl.Data)
	_ = conn.Close()
	_ = l.Close()
	s.Close()
	// Output:
	// CPU 3: "event"
}
