// SPDX-License-Identifier: Apache-2.0

package event_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Decode a sample, and print its packet and every field of its message that is not 0.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Host: &event.Host{Order: binary.LittleEndian}}
	var d monitor.Decoder // or that of another wire format
	if d.Decode(&e); e.Err != nil {
		log.Fatal(e.Err)
	}
	fmt.Println(e.Msg.TypeName(), e.Packet().Flow())
	for i, f := range e.Msg.Fields() {
		if v := e.Msg.Uint(i); v != 0 {
			fmt.Println(f.Name, v)
		}
	}
	// Output:
	// drop 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
	// type 1
	// subType 133
	// source 55
	// hash 3735928559
	// origLen 54
	// capLen 54
	// srcLabel 263
	// dstLabel 104
	// dstID 55
}
