// SPDX-License-Identifier: Apache-2.0

package filter_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Compile expressions, and compare an event with them.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	var d monitor.Decoder
	schema := &filter.Schema{Messages: d.Messages()}
	e := event.Event{Kind: event.Sample, Raw: raw, Host: &event.Host{Order: binary.LittleEndian}}
	d.Decode(&e)
	for _, expr := range []string{
		"type drop and dst net 10.0.0.0/8",
		"tcp and port 443",
		"srcLabel = 263",
		"type drop and prot 80",
	} {
		f, err := filter.Compile(expr, schema)
		if err != nil {
			fmt.Println(err) // what is wrong, and where
			continue
		}
		fmt.Println(f, f.Match(&e))
	}
	// Output:
	// type drop and dst net 10.0.0.0/8 true
	// tcp and port 443 false
	// srcLabel = 263 true
	// filter: unknown word "prot"; did you mean port or proto?
	//   type drop and prot 80
	//                 ^~~~
}
