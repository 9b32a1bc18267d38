// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// Print why and where the kernel drops packets. It needs root, so it is not run as a test.
func Example() {
	reasons, err := kdrop.LoadReasons()
	if err != nil {
		log.Fatal(err)
	}
	watch, err := kdrop.Load(kdrop.Options{}, reasons)
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = watch.Close() }()
	if err := watch.Attach(); err != nil {
		log.Fatal(err)
	}
	src, err := kdrop.NewSource(context.Background(), watch, kdrop.SourceOptions{})
	if err != nil {
		log.Fatal(err)
	}
	var d kernel.Decoder
	for {
		var e event.Event
		if err := src.Next(&e); err != nil {
			log.Fatal(err)
		}
		if d.Decode(&e); e.Kind == event.Lost {
			fmt.Println("lost", e.Lost)
		} else if n, ok := e.Msg.(*kernel.Notify); ok {
			fmt.Println(n.ReasonString(), n.DeviceString(), e.Packet().Flow())
		}
	}
}

// Count the drops of one network namespace by reason and port, until ctx is cancelled. It needs root.
func ExampleFilter() {
	count := func(ctx context.Context, inode uint32) error {
		watch, err := kdrop.Load(kdrop.Options{Filter: kdrop.Filter{Namespaces: []uint32{inode}}}, nil)
		if err != nil {
			return err // a *kdrop.SetupError says what the machine or the caller lacks
		}
		defer func() { _ = watch.Close() }()
		src, err := kdrop.NewSource(ctx, watch, kdrop.SourceOptions{}) // ends with the cause of ctx when that is cancelled
		if err != nil {
			return err
		}
		defer func() { _ = src.Close() }()
		if err := watch.Attach(); err != nil {
			return err
		}
		decoder := new(kernel.Decoder)
		counts, err := summary.New(summary.Options{By: "reason,dst.port", Messages: decoder.Messages()})
		if err != nil {
			return err
		}
		run := pipeline.Pipeline{Source: src, Decoder: decoder, Selected: []sink.Sink{counts}}
		if _, err := run.Run(); !errors.Is(err, context.Cause(ctx)) {
			return err
		}
		return counts.Write(os.Stdout)
	}
	_ = count
}

// A program that cannot watch the kernel says what to do.
func ExampleSetupError() {
	err := &kdrop.SetupError{Subject: "watch dropped packets", Problem: kdrop.NoPermission}
	fmt.Println(err)
	// Output:
	// watch dropped packets: loading tracing programs needs root or the capabilities BPF and PERFMON (try sudo; in a container, run it privileged)
}
