// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Print an event as a line with its time.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	s := text.New(os.Stdout, text.Options{Time: text.UTC}) // or Style: event.Style{Form: event.JSON}
	if err := s.Event(&e); err != nil {
		log.Fatal(err)
	}
	if err := s.Flush(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(text.TimeFormats())
	// Output:
	// 2026-11-27T13:05:09.123456789Z xx drop (Policy denied (L3)) flow 0xdeadbeef to endpoint 55, identity 263->104: 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
	// [none clock utc epoch delta relative]
}
