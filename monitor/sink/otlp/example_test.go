// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/otlp"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Send an event to a collector.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "{}")
	}))
	defer collector.Close()

	s, err := otlp.New(otlp.Options{URL: collector.URL, Node: "node7"})
	if err != nil {
		log.Fatal(err)
	}
	_ = s.Event(&e) // never an error
	if err := s.Close(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", s.Stats())
	// Output:
	// {Sent:1 Lost:0 Rejected:0}
}
