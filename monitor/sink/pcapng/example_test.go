// SPDX-License-Identifier: Apache-2.0

package pcapng_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	read "github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Write an event to a pcapng file, and read it back.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	var file bytes.Buffer
	s := pcapng.New(&file, pcapng.Options{Application: "example"})
	if err := s.Event(&e); err != nil {
		log.Fatal(err)
	}
	if err := s.Flush(); err != nil {
		log.Fatal(err)
	}

	var back event.Event
	if err := read.NewReader(&file).Next(&back); err != nil {
		log.Fatal(err)
	}
	fmt.Println(bytes.Equal(back.Raw, e.Raw), back.Time == e.Time)
	// Output:
	// true true
}
