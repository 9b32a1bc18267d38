// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// FuzzCompile checks that no expression makes the compiler fail other than with an error that shows it, that what compiles
// prints as an expression that means the same, and that the compiled form agrees with the plain evaluator.
func FuzzCompile(f *testing.F) {
	for _, r := range introduction.rows {
		f.Add(r.code, uint64(1))
	}
	for _, expr := range []string{
		"a or b and c", "not port 80 or 443", `reason "x*" or (drop.delta < -3)`, "src or dst portrange 1-2", "inner (vlan 3 or outer tcp.dst.port http)",
		"ether src 0:0:0:0:0:1", "host 10.0.0.1 and 10.0.0.2", "type {1, drop}", `"`, "net 10/8", "ip6 proto 6", "!!!!syn", "cpu>=0x10", "time >= 12:05 and time < 2026-11-27T12:05:09.5Z", "time 23:59-00:10", "verdict {forwarded, audit} and not verdict != d*",
	} {
		f.Add(expr, uint64(7))
	}
	f.Fuzz(func(t *testing.T, expr string, seed uint64) {
		one, err := Compile(expr, schema)
		var typed *Error
		if errors.As(err, &typed) {
			if typed.Pos < 0 || typed.End < typed.Pos || typed.End > len(expr) || !strings.Contains(err.Error(), "^") {
				t.Fatalf("%+v", typed)
			}
		}
		_ = Complete(expr, schema)
		if err != nil || one.expr == "" {
			return
		}
		tree, err := parse(expr, newVocabulary(schema))
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		tree.text(&b)
		two, err := Compile(b.String(), schema)
		if err != nil {
			t.Fatalf("%q prints as %q: %v", expr, b.String(), err)
		}
		random := rand.New(rand.NewPCG(seed, 0))
		for range 20 {
			e := randomEvent(random)
			want := naive(tree, e) != isFalse
			if one.Match(e) != want || two.Match(e) != want {
				t.Fatalf("%q, as %q, %+v: %v and %v, want %v", expr, b.String(), e.Msg, one.Match(e), two.Match(e), want)
			}
			if want && !one.Wants(e.Raw[0]) {
				t.Fatalf("%q: matches type %d and does not want it", expr, e.Raw[0])
			}
		}
	})
}

// randomEvent returns a sample with small numbers, so that terms match often.
func randomEvent(r *rand.Rand) *event.Event {
	m := dropMessage()
	if r.IntN(2) == 0 {
		m = traceMessage()
	}
	for i := range m.values {
		m.values[i] = r.Uint64N(4)
		if m.fields[i].Kind == event.KindInt && r.IntN(2) == 0 {
			m.values[i] = -m.values[i]
		}
	}
	m.text = []string{"", "a", "web.shop", "b*"}[r.IntN(4)]
	m.packet = randomPacket(r)
	e := sampleOf(m)
	e.CPU = r.IntN(4) - 1
	if r.IntN(4) != 0 { // around 2026-11-27T12:05Z, by seconds
		e.Time = (1795781100 + r.Int64N(180) - 60 + 86400*(r.Int64N(3)-1)) * int64(time.Second)
	}
	switch r.IntN(10) {
	case 0:
		e.SetMessage(nil, errors.New("too short"))
	case 1:
		e.SetMessage(nil, nil)
		e.Raw[0] = byte(r.IntN(256))
	}
	return e
}

// randomPacket returns a frame with addresses, ports and flags of few values, or none.
func randomPacket(r *rand.Rand) []byte {
	if r.IntN(4) == 0 {
		return nil
	}
	addresses := [][4]byte{{10, 0, 0, 1}, {10, 0, 0, 2}, {192, 168, 0, 1}}
	ports := []uint16{1, 2, 80, 443}
	var vlans []uint16
	if r.IntN(3) == 0 {
		vlans = []uint16{uint16(r.IntN(4))}
	}
	tcp := frame(addresses[r.IntN(3)], addresses[r.IntN(3)], ports[r.IntN(4)], ports[r.IntN(4)], uint8(r.IntN(256)), vlans...)
	if r.IntN(2) == 0 {
		return tcp
	}
	return otherPacket(r, tcp[len(tcp)-40:])
}

// otherPacket returns a frame made from a TCP segment in IPv4: in IPv6, with another protocol, a fragment, or in a tunnel.
func otherPacket(r *rand.Rand, ip []byte) []byte {
	const transport = 20
	ethernet := []byte{byte(r.IntN(4)), 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}
	if ethernet[0] == 3 {
		copy(ethernet, "\xff\xff\xff\xff\xff\xff")
	}
	switch r.IntN(5) {
	case 0:
		next, from := byte(6), byte(r.IntN(3))
		if from == 1 {
			next = 58
		}
		six := append([]byte{0x60, 0, 0, 0, 0, 20, next, 64}, make([]byte, 32)...)
		six[8], six[23], six[24], six[39] = 0xfd, from, 0xfd-from/2, 2
		return slices.Concat(ethernet, []byte{0x86, 0xdd}, six, ip[transport:])
	case 1:
		ip[9] = 1 // ICMP, of the type of a port's upper byte
	case 2:
		ip[9] = 17
	case 3:
		ip[7] = 3 // an offset
	case 4:
		outer := slices.Clone(ip[:transport])
		outer[3], outer[9], outer[15] = 60, 4, 2
		ip = slices.Concat(outer, ip)
	}
	return slices.Concat(ethernet, []byte{8, 0}, ip)
}
