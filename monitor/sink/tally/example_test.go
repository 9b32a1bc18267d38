// SPDX-License-Identifier: Apache-2.0

package tally_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/tally"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Count drops, and print those of each reason.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	s := tally.New(tally.Options{Node: "node7"})
	for range 3 {
		_ = s.Event(&e) // never an error
	}
	for _, row := range s.Reasons.Top(10) {
		fmt.Println(row.Text, row.Events)
	}
	for _, row := range s.Ports.Top(10) {
		fmt.Println("protocol", row.Proto, "port", row.Port, row.Events)
	}
	// Output:
	// Policy denied (L3) 3
	// protocol 6 port 80 3
}
