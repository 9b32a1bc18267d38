// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/serve"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
)

// Read an event of an agent: here of a server in the same program.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "monitor1_2.sock")
	ctx := context.Background()
	l, err := net.Listen("unix", path)
	if err != nil {
		log.Fatal(err)
	}
	s := serve.New(serve.Options{})
	go func() { _ = s.Serve(ctx, l, serve.Session) }()

	src, err := agent.Dial(ctx, agent.Options{
		Sockets: []string{path}, // leave it out for the agent of this host
		Report:  func(c agent.Change) { fmt.Println(c.State == agent.Connected) },
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := s.WaitClients(ctx, 1); err != nil {
		log.Fatal(err)
	}
	if err := s.Send(&payload.Payload{Type: payload.EventSample, CPU: 3, Data: []byte("event")}); err != nil {
		log.Fatal(err)
	}
	var e event.Event
	if err := src.Next(&e); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("CPU %d: %q\n", e.CPU, e.Raw)
	_ = src.Close()
	_ = l.Close()
	s.Close()
	// Output:
	// true
	// CPU 3: "event"
}
