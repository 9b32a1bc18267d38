// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring_test

import (
	"context"
	"fmt"
	"log"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// Read a map that another program made and pinned. It needs root, so it is not run as a test.
func Example() {
	events, err := ebpf.LoadPinnedMap("/sys/fs/bpf/my_events", nil)
	if err != nil {
		log.Fatal(err)
	}
	src, err := ring.New(context.Background(), events, ring.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	var e event.Event // its memory is reused
	for {
		if err := src.Next(&e); err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.CPU, len(e.Raw), e.Lost)
	}
}

func ExampleMapTypeError() {
	fmt.Println(&ring.MapTypeError{Type: ebpf.Hash})
	// Output:
	// the map is of type Hash: events come from a PerfEventArray or a RingBuf
}
