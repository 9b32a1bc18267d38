// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

var update = flag.Bool("update", false, "write the recording")

// recording is the committed one.
const recording = "../../testdata/demo.gob"

// write writes the story as a recording.
func write(w io.Writer) error {
	session := payload.NewWriter(w)
	for _, pl := range Story() {
		if err := session.Write(&pl); err != nil {
			return err
		}
	}
	return nil
}

// TestRecording checks that the committed recording is the story. What the agent sends is compared decoded: gob
// numbers types in the order in which the process meets them.
func TestRecording(t *testing.T) {
	if *update {
		var buf bytes.Buffer
		if err := errors.Join(write(&buf), os.WriteFile(recording, buf.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(recording)
	if err != nil {
		t.Fatal(err)
	}
	r := payload.NewReader(bytes.NewReader(b))
	for i, want := range Story() {
		var got payload.Payload
		if err := r.Next(&got); err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		if diff := cmp.Diff(decoded(t, want), decoded(t, got)); diff != "" {
			t.Errorf("event %d (-story +recording; write it with -update):\n%s", i, diff)
		}
	}
	if err := r.Next(new(payload.Payload)); !errors.Is(err, io.EOF) {
		t.Errorf("behind the story: %v", err)
	}
}

// decoded returns the parts of an event that must be equal.
func decoded(t *testing.T, pl payload.Payload) []any {
	t.Helper()
	all := []any{pl.CPU, pl.Lost, pl.Type}
	if len(pl.Data) == 0 {
		return all
	}
	switch pl.Data[0] {
	case api.MessageTypeAgent:
		var n api.AgentNotify
		if err := n.Decode(pl.Data); err != nil {
			t.Fatal(err)
		}
		return append(all, n)
	case api.MessageTypeAccessLog:
		var n monitor.LogRecordNotify
		if err := n.Decode(pl.Data); err != nil {
			t.Fatal(err)
		}
		return append(all, n)
	}
	return append(all, pl.Data)
}

// TestPackets checks that each packet of the story is what it would be on a wire: whole, with right checksums.
func TestPackets(t *testing.T) {
	seen := 0
	for i, pl := range Story() {
		if len(pl.Data) == 0 || pl.Data[0] != api.MessageTypeTrace && pl.Data[0] != api.MessageTypeDrop {
			continue
		}
		packet := gopacket.NewPacket(pl.Data[monitor.TraceNotifyLen:], layers.LayerTypeEthernet, gopacket.Default)
		ip, ok := packet.NetworkLayer().(*layers.IPv4)
		if !ok {
			t.Fatalf("event %d: %v", i, packet)
		}
		whole := int(ip.Length)+etherLen == len(packet.Data())
		if whole == packet.Metadata().Truncated || whole && packet.ErrorLayer() != nil {
			t.Errorf("event %d: %v", i, packet)
		}
		if sum := checksum(ip.Contents); sum != 0 {
			t.Errorf("event %d: IP checksum is off by %#x", i, sum)
		}
		if whole {
			seen++
			if sum := transportChecksum(ip); sum != 0 {
				t.Errorf("event %d: transport checksum is off by %#x", i, sum)
			}
		}
	}
	if seen < 10 {
		t.Errorf("%d packets were whole", seen)
	}
}

// checksum returns the Internet checksum of b, 0 if one inside it is right.
func checksum(b []byte) uint16 {
	var sum uint32
	for i, c := range b {
		if i%2 == 0 {
			sum += uint32(c) << 8
		} else {
			sum += uint32(c)
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// transportChecksum is checksum of what an IPv4 packet holds, with the pseudo header before it.
func transportChecksum(ip *layers.IPv4) uint16 {
	n := len(ip.Payload)
	pseudo := append(append([]byte{}, ip.SrcIP...), ip.DstIP...)
	pseudo = append(pseudo, 0, byte(ip.Protocol), byte(n>>8), byte(n))
	return checksum(append(pseudo, ip.Payload...))
}
