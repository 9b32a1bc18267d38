// SPDX-License-Identifier: Apache-2.0

package pipeline_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log"
	"net/netip"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// Count the TCP packets of a recording that were dropped, by the port and the network that they were going to.
func Example() {
	src, err := recording.Open(context.Background(), "../../cmd/bpfmon/testdata/live.gob")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = src.Close() }()

	type target struct {
		network netip.Prefix
		port    uint16
	}
	drops := map[target]int{}
	count := sink.Func(func(e *event.Event) error {
		_, isDrop := e.Msg.(*monitor.DropNotify)
		if p := e.Packet(); isDrop && p != nil {
			if f := p.Flow(); f != nil && f.IsTCP() && f.HasPorts {
				network, _ := f.Dst.Prefix(f.Dst.BitLen() / 2)
				drops[target{network, f.DstPort}]++
			}
		}
		return nil
	})
	run := pipeline.Pipeline{
		Source:   src,
		Decoder:  new(monitor.Decoder),
		Host:     &event.Host{Order: binary.LittleEndian}, // that it was recorded on
		Selected: []sink.Sink{count},
	}
	stats, err := run.Run()
	if err != nil {
		log.Fatal(err)
	}
	for t, n := range drops {
		fmt.Printf("%d to %s port %d\n", n, t.network, t.port)
	}
	fmt.Println(stats.Selected, "events,", stats.Lost, "lost")
	// Unordered output:
	// 1 to 10.1.0.0/16 port 23
	// 1 to fd00:1::/64 port 23
	// 38 events, 0 lost
}
