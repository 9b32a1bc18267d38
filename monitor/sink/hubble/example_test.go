// SPDX-License-Identifier: Apache-2.0

package hubble_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Write an event as a line of Hubble's JSON.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	s := hubble.NewSink(os.Stdout, "node7", nil)
	if err := s.Event(&e); err != nil {
		log.Fatal(err)
	}
	if err := s.Flush(); err != nil {
		log.Fatal(err)
	}

	var m hubble.Mapper
	f := &m.Record(&e).Flow
	fmt.Println(f.Reason, f.Src, f.L4.DstPort)
	// Output:
	// {"flow":{"time":"2026-11-27T13:05:09.123456789Z","verdict":"DROPPED","drop_reason":133,"ethernet":{"source":"02:00:00:00:00:01","destination":"0a:0a:0a:0a:0a:0a"},"IP":{"source":"10.0.0.1","destination":"10.0.0.2","ipVersion":"IPv4"},"l4":{"TCP":{"source_port":40000,"destination_port":80,"flags":{"SYN":true}}},"source":{"identity":263},"destination":{"ID":55,"identity":104},"Type":"L3_L4","node_name":"node7","event_type":{"type":1,"sub_type":133},"traffic_direction":"INGRESS","drop_reason_desc":"POLICY_DENIED","Summary":"TCP Flags: SYN"},"node_name":"node7","time":"2026-11-27T13:05:09.123456789Z"}
	// Policy denied (L3) 10.0.0.1 80
}
