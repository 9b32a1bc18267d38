// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/ringbuf"
)

// TestWatch gives packets to the program in the kernel and decodes what it sends.
func TestWatch(t *testing.T) {
	var objs flowsObjects
	if err := loadFlowsObjects(&objs, nil); err != nil {
		t.Fatal(err)
	}
	defer objs.Close()
	if err := block(objs.Blocked, "10.1.0.0/16"); err != nil {
		t.Fatal(err)
	}
	ring, err := ringbuf.NewReader(objs.Events)
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close()
	for _, tt := range []struct {
		saddr [4]byte
		want  string
	}{
		{[4]byte{10, 1, 2, 3}, "verdict=BLOCK saddr=167838211 daddr=3232235777 bytes=64"},
		{[4]byte{10, 2, 2, 3}, "verdict=PASS saddr=167903747 daddr=3232235777 bytes=64"},
	} {
		packet := make([]byte, 64)
		packet[12], packet[14] = 8, 0x45 // IPv4
		copy(packet[26:], tt.saddr[:])
		copy(packet[30:], []byte{192, 168, 1, 1})
		if _, err := objs.Watch.Run(&ebpf.RunOptions{Data: packet}); err != nil {
			t.Fatal(err)
		}
		record, err := ring.Read() // the program has sent it
		if err != nil {
			t.Fatal(err)
		}
		var f Flow
		if err := f.Decode(record.RawSample); err != nil || f.String() != tt.want {
			t.Errorf("%v, %v, want %s", f, err, tt.want)
		}
	}
}
