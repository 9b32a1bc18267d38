// SPDX-License-Identifier: Apache-2.0

package pcapng_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	write "github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/source/pcapng"
)

// dropped is a drop notification as a little-endian host sends it: a TCP SYN that the policy denies.
const dropped = "01853700efbeadde3600000036000000070100006800000037000000000000000a0a0a0a0a0a0200000000010800" +
	"450000281c460000400600000a0000010a0000029c4000500000000100000000" + "5002faf0c0de0000"

// Read the events of a pcapng file.
func Example() {
	raw, err := hex.DecodeString(dropped)
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: raw, Time: 1_795_784_709_123_456_789, CPU: 1, Host: &event.Host{Order: binary.LittleEndian}}
	new(monitor.Decoder).Decode(&e)
	var file bytes.Buffer
	s := write.New(&file, write.Options{})
	if err := errors.Join(s.Event(&e), s.Event(&event.Event{Kind: event.Lost, Lost: 3}), s.Flush()); err != nil {
		log.Fatal(err)
	}

	for r := pcapng.NewReader(&file); ; {
		var e event.Event
		if err := r.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		fmt.Println(len(e.Raw), "bytes,", e.Lost, "lost")
	}
	// Output:
	// 86 bytes, 0 lost
	// 0 bytes, 3 lost
}
