// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"math/rand/v2"
	"testing"
)

// plain are packets of which Quick returns the flow.
var plain = [][]byte{
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 40, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
		0x1f, 0x90, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x12, 1, 0, 0, 0, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0, 53, 0, 8, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60, 0, 0, 0, 0, 20, 6, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x1f, 0x90, 0x15, 0x38, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0},
	{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 58, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x1f, 0x90, 0x12, 0xb5, 0, 38, 0, 0,
		8, 0, 0, 0, 0, 0, 7, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 6, 0, 0, 0, 0, 0, 0, 0, 0},
}

// TestQuick changes bytes of packets and cuts them off: wherever Quick returns a flow, Flows returns it and no other.
func TestQuick(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var p, whole Packet
	quick := 0
	for i := range 200_000 {
		b := append([]byte(nil), plain[i%len(plain)]...)
		for range r.IntN(3) {
			b[r.IntN(len(b))] = byte(r.IntN(256))
		}
		b = b[:len(b)-r.IntN(2)*r.IntN(len(b))]
		link := LinkEthernet
		if r.IntN(4) == 0 && len(b) > 14 {
			b, link = b[14:], LinkIP
		}
		p.Reset(b, link)
		f := p.Quick()
		if f == nil {
			continue
		}
		quick++
		whole.Reset(b, link)
		flows := whole.Flows()
		if len(flows) != 1 {
			t.Fatalf("%x: a flow of %d", b, len(flows))
		}
		w := flows[0]
		want := Flow{Src: w.Src, Dst: w.Dst, SrcPort: w.SrcPort, DstPort: w.DstPort, Proto: w.Proto, TTL: w.TTL,
			HasPorts: w.HasPorts, HasFlags: w.HasFlags, Flags: w.Flags}
		if *f != want && (w.HasFlags || f.HasFlags) || f.HasPorts != w.HasPorts || f.Src != w.Src || f.Dst != w.Dst || f.SrcPort != w.SrcPort ||
			f.DstPort != w.DstPort || f.Proto != w.Proto || f.TTL != w.TTL {
			t.Fatalf("%x: %+v, want %+v", b, *f, want)
		}
		if w.HasICMP || w.Fragment != NotFragmented || w.HasSPI || w.HasKey {
			t.Fatalf("%x: not plain", b)
		}
	}
	if quick < 50_000 {
		t.Errorf("only %d packets were plain", quick)
	}
}
