// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// plain are packets that Plain knows, and one in a tunnel.
var plain = [][]byte{
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x1f, 0x90, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x12, 1, 0, 0, 0, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0, 53, 0, 8, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x1f, 0x90, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 58, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x12, 0xb5, 0, 38, 0, 0,
		8, 0, 0, 0, 0, 0, 7, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 0, 0, 0, 0, 0, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 30, 0, 1, 0, 0, 64, 1, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 1, 2, 0, 8, 0, 0, 7, 7},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 8, 58, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 128, 0, 1, 2, 0, 0, 0, 1},
}

// clean returns f without what does not count.
func (f Plain) clean() Plain {
	if !f.HasPorts {
		f.SrcPort, f.DstPort = 0, 0
	}
	if !f.HasFlags {
		f.Flags = 0
	}
	if !f.HasICMP {
		f.ICMPType, f.ICMPCode = 0, 0
	}
	return f
}

// TestPlain changes bytes of packets and cuts them off: wherever a packet is said to be plain, Flows returns the same and no
// other flow.
func TestPlain(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var p Packet
	known := 0
	for i := range 200_000 {
		b := append([]byte(nil), plain[i%len(plain)]...)
		for range r.IntN(3) {
			b[r.IntN(len(b))] = byte(r.IntN(256))
		}
		if r.IntN(20) == 0 {
			b[12], b[13] = 0, 1
		}
		b = b[:len(b)-r.IntN(2)*r.IntN(len(b))]
		link := LinkEthernet
		if r.IntN(4) == 0 && len(b) > 14 {
			b, link = b[14:], LinkIP
		}
		p.Reset(b, link)
		plain := p.Plain()
		if plain == nil {
			continue
		}
		got, want := plain.clean(), Plain{}
		known++
		flows := p.Flows()
		if len(flows) != 1 || len(p.Tunnels()) > 0 {
			t.Fatalf("%x: a flow of %d", b, len(flows))
		}
		if want.fill(&flows[0]); got != want {
			t.Fatalf("%x: %+v, want %+v", b, got, want)
		}
		if again := p.Plain(); again == nil || *again != want {
			t.Fatalf("%x: %+v when parsed, want %+v", b, again, want)
		}
	}
	if known < 60_000 {
		t.Errorf("only %d packets were plain", known)
	}
}

// TestHalves compares addresses with their halves.
func TestHalves(t *testing.T) {
	for text, want := range map[string]Halves{
		"10.0.0.1":        {0, 0x0a000001},
		"::ffff:10.0.0.1": {0, 0xffff0a000001},
		"fd00::2":         {0xfd00 << 48, 2},
	} {
		if got := HalvesOf(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %x, want %x", text, got, want)
		}
	}
}
