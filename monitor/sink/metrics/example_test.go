// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/metrics"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Count a drop, and print its metric. A program serves the sink, which is an http.Handler.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	s, err := metrics.New(metrics.Options{Node: "node7"})
	if err != nil {
		log.Fatal(err)
	}
	_ = s.Event(&e) // never an error
	var out bytes.Buffer
	if _, err := s.WriteTo(&out); err != nil {
		log.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "hubble_drop_total{") {
			fmt.Print(line)
		}
	}
	// Output:
	// hubble_drop_total{reason="POLICY_DENIED",protocol="TCP"} 1
}
