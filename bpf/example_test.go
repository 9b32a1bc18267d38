// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/netip"
	"os"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// Print the packets of an interface. It needs root, so it is not run as a test.
func Example() {
	d, err := bpf.Load(bpf.Options{Aggregation: bpf.AggregateActive})
	var setup *bpf.SetupError
	if errors.As(err, &setup) && setup.Problem == bpf.NoPermission {
		log.Fatal("run this as root: ", err)
	} else if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Attach("eth0"); err != nil {
		log.Fatal(err)
	}

	src, err := ring.New(context.Background(), d.Events(), ring.Options{Lost: d.Lost})
	if err != nil {
		log.Fatal(err)
	}
	out := text.New(os.Stdout, text.Options{Style: event.Style{Form: event.Info}})
	run := pipeline.Pipeline{Source: src, Decoder: new(monitor.Decoder), Selected: []sink.Sink{out}}
	if _, err := run.Run(); err != nil && !errors.Is(err, io.EOF) {
		log.Fatal(err)
	}
}

func ExampleCheckPrefix() {
	fmt.Println(bpf.CheckPrefix(netip.MustParsePrefix("10.1.0.0/16")))
	fmt.Println(bpf.CheckPrefix(netip.MustParsePrefix("10.1.2.0/16")))
	// Output:
	// <nil>
	// 10.1.2.0/16: the address has bits set after the prefix: write 10.1.0.0/16 or 10.1.2.0/32
}
