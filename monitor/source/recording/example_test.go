// SPDX-License-Identifier: Apache-2.0

package recording_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// Record an event, and read the recording.
func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "node7.gob")
	rec, err := recording.Create(path, recfile.Options{}, func(err error) { log.Print(err) })
	if err != nil {
		log.Fatal(err)
	}
	s := rec.Sink()
	if err := errors.Join(s.Event(&event.Event{Kind: event.Sample, CPU: 3, Time: 1, Raw: []byte("event")}), s.Flush(), rec.Close()); err != nil {
		log.Fatal(err)
	}

	src, err := recording.Open(context.Background(), path)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	for {
		var e event.Event
		if err := src.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err) // where a recording breaks off, it names the byte
		}
		fmt.Printf("CPU %d: %q\n", e.CPU, e.Raw)
	}
	// Output:
	// CPU 3: "event"
}
