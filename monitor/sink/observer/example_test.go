// SPDX-License-Identifier: Apache-2.0

package observer_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"net"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Serve events to Hubble's programs: "hubble observe --server localhost:4245" prints them.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	s := observer.New(observer.Options{Node: "node7"})
	l, err := net.Listen("tcp", "localhost:0") // a program says :4245
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Serve(l) }()
	_ = s.Event(&e) // never an error
	_ = s.Flush()
	fmt.Println(s.Flows(), "flow kept")
	_ = s.Close()
	<-done
	// Output:
	// 1 flow kept
}
