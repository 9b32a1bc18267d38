// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// coder is what every struct has.
type coder interface {
	Decode([]byte) error
	DecodeOrder([]byte, binary.ByteOrder) error
	Append([]byte) []byte
	AppendOrder([]byte, binary.ByteOrder) []byte
}

// coders are the structs, with what they are in C.
var coders = []struct {
	name string
	size int
	min  int // what Decode needs at least
	make func() coder
	pads []int // bytes that C does not use
}{
	{"all", AllLen, AllLen, func() coder { return new(All) }, []int{
		2, 3, 25, 38, 39, 52, 53, 54, 55, 78, 79, 90, 91, 98, 99, 105, 106, 107, 108, 109, 110, 111,
	}},
	{"packed", PackedLen, PackedLen, func() coder { return new(Packed) }, []int{23, 24}},
	{"addr", AddrLen, AddrLen, func() coder { return new(Addr) }, []int{10, 11}},
	{"flow", FlowLen, FlowLen, func() coder { return new(Flow) }, []int{38, 39}},
	{"all.point", AllPointLen, AllPointLen, func() coder { return new(AllPoint) }, []int{6, 7}},
	{"bits", BitsLen, BitsLen, func() coder { return new(Bits) }, []int{5, 6, 7, 9, 12, 13, 14, 15}},
	{"bits_packed", BitsPackedLen, BitsPackedLen, func() coder { return new(BitsPacked) }, []int{
		14, 15, 16, 18, 21, 22, 23, 24, 38, 39, 40, 42, 45, 46, 47, 48,
	}},
	{"bits_small", BitsSmallLen, BitsSmallLen, func() coder { return new(BitsSmall) }, nil},
	{"grown", GrownLen, GrownMinLen, func() coder { return new(Grown) }, nil},
	{"wide", BroadLen, BroadLen, func() coder { return new(Broad) }, []int{
		8, 9, 10, 11, 12, 13, 14, 15, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 93, 94, 95,
	}},
}

// orders are the byte orders, and one that is nobody's.
var orders = []binary.ByteOrder{binary.LittleEndian, binary.BigEndian, binary.NativeEndian, ownOrder{}}

// ownOrder is a big-endian order of another type.
type ownOrder struct{ binary.ByteOrder }

func (ownOrder) Uint16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }

func randomBytes(r *rand.Rand, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}

// canonical clears what a struct does not keep: padding, and all of a truth value but its truth.
func canonical(data []byte, pads []int, isAll bool) []byte {
	data = bytes.Clone(data)
	for _, i := range pads {
		data[i] = 0
	}
	if isAll {
		data[AllOnOffset] = min(data[AllOnOffset], 1)
	}
	return data
}

// TestRoundTrip decodes random bytes and encodes them again, in every order.
func TestRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range coders {
		for range 200 {
			data := randomBytes(r, c.size+r.IntN(3))
			for _, i := range c.pads {
				data[i] = 0
			}
			want := canonical(data[:c.size], c.pads, c.name == "all")
			for _, order := range orders {
				n := c.make()
				if err := n.DecodeOrder(data, order); err != nil {
					t.Fatal(err)
				}
				got := n.AppendOrder([]byte("head"), order)
				if diff := cmp.Diff(append([]byte("head"), want...), got); diff != "" {
					t.Fatalf("%s, %T (-want +got):\n%s", c.name, order, diff)
				}
			}
			n := c.make()
			if err := n.Decode(data); err != nil {
				t.Fatal(err)
			}
			if got := n.Append(nil); !bytes.Equal(got, want) {
				t.Fatalf("%s in this machine's order: got %x, want %x", c.name, got, want)
			}
		}
	}
}

// TestPadding has bytes in what pads, in data and in memory: Decode keeps none, and Append writes zeros.
func TestPadding(t *testing.T) {
	for _, c := range coders {
		if strings.HasPrefix(c.name, "bits") {
			continue // the unused bits beside bit-fields are kept
		}
		n := c.make()
		data := bytes.Repeat([]byte{0xff}, c.size)
		if err := n.Decode(data); err != nil {
			t.Fatal(err)
		}
		if got, want := n.Append(nil), canonical(data, c.pads, c.name == "all"); !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x", c.name, got, want)
		}
	}
	var n Flow
	if err := n.Decode(bytes.Repeat([]byte{0xff}, FlowLen)); err != nil {
		t.Fatal(err)
	}
	memory := (*[FlowLen]byte)(unsafe.Pointer(&n))
	if memory[37] != 0xff || memory[38] != 0 || memory[39] != 0 {
		t.Errorf("after Decode the memory is %x", memory)
	}
	memory[39] = 1
	if got := n.Append(nil); got[39] != 0 {
		t.Errorf("Append writes what pads in memory: %x", got)
	}
}

// TestDecodeSetsEveryField decodes into used memory.
func TestDecodeSetsEveryField(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range coders {
		data := randomBytes(r, c.size)
		fresh, used := c.make(), c.make()
		if err := errors.Join(used.Decode(randomBytes(r, c.size)), used.Decode(data), fresh.Decode(data)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fresh.Append(nil), used.Append(nil)) {
			t.Errorf("%s: Decode leaves something of what was there", c.name)
		}
	}
}

func TestOrders(t *testing.T) {
	data := make([]byte, AllLen)
	data[AllS32Offset], data[AllS32Offset+3] = 0x80, 1
	data[AllGridOffset+10], data[AllGridOffset+11] = 2, 3
	data[AllAddrsOffset+AddrLen+AddrNetOffset] = 4
	data[AllAddrsOffset+AddrLen+AddrLowOffset] = 5
	data[AllPointOffset+AllPointYOffset] = 6
	data[AllF32Offset], data[AllF32Offset+1] = 0x3f, 0x80
	var little, big All
	if err := errors.Join(little.DecodeOrder(data, binary.LittleEndian), big.DecodeOrder(data, binary.BigEndian)); err != nil {
		t.Fatal(err)
	}
	type values struct {
		S32  int32
		Grid uint16
		Net  uint32
		Low  uint16
		Y    uint16
		F32  float32
	}
	of := func(a All) values {
		return values{a.S32, a.Grid[1][2], a.Addrs[1].Net, a.Addrs[1].Low, a.Point.Y, a.F32}
	}
	if diff := cmp.Diff(values{0x01000080, 0x0302, 4 << 24, 5, 6, 4.6006e-41}, of(little)); diff != "" {
		t.Errorf("little-endian (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(values{-0x7fffffff, 0x0203, 4 << 24, 5, 6 << 8, 1}, of(big)); diff != "" {
		t.Errorf("big-endian (-want +got):\n%s", diff)
	}
}

func TestShort(t *testing.T) {
	for _, c := range coders {
		for have := range c.min {
			n := c.make()
			err := n.Decode(make([]byte, have))
			var short *ShortError
			if !errors.As(err, &short) {
				t.Fatalf("%s: %d bytes: %v", c.name, have, err)
			}
			if diff := cmp.Diff(&ShortError{Struct: c.name, Need: c.min, Have: have}, short); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			if err := n.DecodeOrder(make([]byte, have), binary.BigEndian); !errors.As(err, &short) {
				t.Fatalf("%s: DecodeOrder: %v", c.name, err)
			}
		}
	}
	err := new(Packed).Decode(nil)
	if err == nil || err.Error() != "packed: need 25 bytes, have 0" {
		t.Errorf("got %v", err)
	}
}

func TestViews(t *testing.T) {
	var ip IP
	ip.SetV4(0x01020304)
	ip.SetHi(binary.LittleEndian, 0x05060708)
	if got, want := ip.Raw(), [16]uint8{1, 2, 3, 4, 8, 7, 6, 5}; got != want {
		t.Errorf("bytes %v, want %v", got, want)
	}
	if got := ip.Lo(binary.LittleEndian); got != 0x04030201 {
		t.Errorf("lo %#x", got)
	}
	if got, want := ip.Words(binary.BigEndian), [4]uint32{0x01020304, 0x08070605}; got != want {
		t.Errorf("words %#x, want %#x", got, want)
	}
	at := Addr{Net: 9, Low: 8, Ports: [2]uint16{7, 6}}
	ip.SetAt(at)
	if got := ip.At(); got != at {
		t.Errorf("at %v, want %v", got, at)
	}
	ip.SetWords(binary.LittleEndian, [4]uint32{1, 2, 3, 4})
	ip.SetRaw(ip.Raw())
	if got := ip.V4(); got != 1<<24 {
		t.Errorf("v4 %#x", got)
	}
	n := Flow{Src: ip}
	n.Union.SetMark(binary.NativeEndian, 77)
	var back Flow
	if err := back.Decode(n.Append(nil)); err != nil || back != n {
		t.Errorf("round trip: %v, %v", back, err)
	}
}

func TestNameString(t *testing.T) {
	for text, want := range map[string]string{"": "", "eth0": "eth0", "a\x00b": "a", "0123456789abcdefg": "0123456789abcdef"} {
		var n All
		copy(n.Name[:], text)
		if got := n.NameString(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDecodeDoesNotAllocate(t *testing.T) {
	var n All
	data := make([]byte, AllLen)
	out := make([]byte, 0, AllLen)
	if allocs := testing.AllocsPerRun(100, func() {
		_ = n.Decode(data)
		_ = n.DecodeOrder(data, binary.BigEndian)
		_ = n.DecodeOrder(data, binary.LittleEndian)
		out = n.AppendOrder(n.Append(out[:0])[:0], binary.BigEndian)
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range coders {
		f.Add(make([]byte, c.size), true)
	}
	f.Fuzz(func(t *testing.T, data []byte, big bool) {
		var order binary.ByteOrder = binary.LittleEndian
		if big {
			order = binary.BigEndian
		}
		for _, c := range coders {
			n := c.make()
			if err := n.DecodeOrder(data, order); (err != nil) != (len(data) < c.min) {
				t.Fatalf("%s: %d bytes: %v", c.name, len(data), err)
			} else if err != nil {
				continue
			}
			have := data[:min(len(data), c.size)]
			if n, ok := n.(*Grown); ok {
				have = data[:n.Present(data)]
			}
			want := canonical(append(bytes.Clone(have), make([]byte, c.size-len(have))...), c.pads, c.name == "all")
			if got := canonical(n.AppendOrder(nil, order), c.pads, false); !bytes.Equal(got, want) {
				t.Fatalf("%s: got %x, want %x", c.name, got, want)
			}
		}
	})
}

// TestUnionBits looks for the bits of a union's fields in its integers, in both byte orders: C counts them from
// the lowest bit on little-endian machines, and from the highest on others.
func TestUnionBits(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 200 {
		var w Word
		copy(w[:], randomBytes(r, WordLen))
		for _, big := range []bool{false, true} {
			order := binary.ByteOrder(binary.LittleEndian)
			if big {
				order = binary.BigEndian
			}
			field := func(at, width int) uint32 { // of the first four bytes
				if big {
					at = 32 - at - width
				}
				return w.All(order) >> at & (1<<width - 1)
			}
			half := func(at, width int) uint16 { // of the first two
				if big {
					at = 16 - at - width
				}
				return order.Uint16(w[:]) >> at & (1<<width - 1)
			}
			want := []any{field(0, 12), int32(field(0, 5)) << 27 >> 27, field(0, 1) == 1, half(0, 3), half(3, 13)}
			got := []any{w.Low(order), w.Top(order), w.On(order), w.A(order), w.B(order)}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%x, big-endian %v (-want +got):\n%s", w, big, diff)
			}
			unionBitsSet(t, w, order)
		}
	}
}

// unionBitsSet sets the bit-fields of a union to others and back.
func unionBitsSet(t *testing.T, w Word, order binary.ByteOrder) {
	t.Helper()
	was := w
	low, b, on, small, huge := w.Low(order), w.B(order), w.On(order), w.Small(order), w.Huge(order)
	w.SetLow(order, ^low)
	w.SetB(order, ^b)
	w.SetSmall(order, BitsSmall{})
	w.SetHuge(order, Uint128{Lo: 1, Hi: 2})
	if got := w.Huge(order); got != (Uint128{Lo: 1, Hi: 2}) || got == huge {
		t.Fatalf("huge: %v", got)
	}
	w.SetHuge(order, huge)
	w.SetSmall(order, small)
	w.SetB(order, b)
	w.SetLow(order, low)
	w.SetOn(order, on)
	if w != was {
		t.Fatalf("set back: %x, was %x", w, was)
	}
}

// TestGrown decodes what senders of all versions send, and every cut between them.
func TestGrown(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	ends := []int{GrownMinLen, GrownLevelEnd, GrownBitsEnd, GrownWhereEnd, GrownFromEnd}
	for size := GrownMinLen; size <= GrownLen+4; size++ {
		data, whole := randomBytes(r, size), 0
		for _, end := range ends {
			if end <= size {
				whole = end
			}
		}
		if got := new(Grown).Present(data); got != whole {
			t.Errorf("%d bytes: %d present, want %d", size, got, whole)
		}
		want := append(bytes.Clone(data[:whole]), make([]byte, GrownLen-whole)...)
		for _, order := range orders {
			n := Grown{Level: 1, Where: [8]byte{2}, From: 3} // of an earlier message
			if err := n.DecodeOrder(data, order); err != nil {
				t.Fatal(err)
			}
			if got := n.AppendOrder(nil, order); !bytes.Equal(got, want) {
				t.Errorf("%d bytes: got %x, want %x", size, got, want)
			}
		}
	}
	if got := new(Grown).Present(make([]byte, GrownMinLen-1)); got != 0 {
		t.Errorf("too short: %d present", got)
	}
}

func TestUint128(t *testing.T) {
	data := make([]byte, BroadLen)
	for i := range 16 {
		data[BroadMaskOffset+i], data[BroadSumOffset+16+i] = byte(i+1), byte(0xf0+i)
	}
	var little, big Broad
	if err := errors.Join(little.DecodeOrder(data, binary.LittleEndian), big.DecodeOrder(data, binary.BigEndian)); err != nil {
		t.Fatal(err)
	}
	if want := (Uint128{Hi: 0x100f0e0d0c0b0a09, Lo: 0x0807060504030201}); little.Mask != want {
		t.Errorf("little-endian: %x", little.Mask)
	}
	if want := (Uint128{Hi: 0x0102030405060708, Lo: 0x090a0b0c0d0e0f10}); big.Mask != want {
		t.Errorf("big-endian: %x", big.Mask)
	}
	if got := little.Sum[1]; got != (Int128{Hi: -0x0001020304050608, Lo: 0xf7f6f5f4f3f2f1f0}) {
		t.Errorf("signed, little-endian: %x", got)
	}
}

// TestElements decodes the elements that follow a struct.
func TestElements(t *testing.T) {
	hops := []Addr{{Net: 1, Low: 2}, {Net: 3, Ports: [2]uint16{4, 5}}}
	data := (&Broad{Count: 2}).Append(nil)[:BroadHopsOffset]
	for i := range hops {
		data = hops[i].Append(data)
	}
	var n Broad
	if err := n.Decode(data); err != nil {
		t.Fatal(err)
	}
	rest := n.Hops(data)
	for i := range n.Count {
		var hop Addr
		if err := hop.Decode(rest[int(i)*AddrLen:]); err != nil || hop != hops[i] {
			t.Errorf("hop %d: %v, %v", i, hop, err)
		}
	}
	if n.Hops(data[:BroadHopsOffset-1]) != nil {
		t.Error("elements of what is too short")
	}
}

// BenchmarkDecode decodes and encodes in both orders, and, as the yardstick, with encoding/binary.
func BenchmarkDecode(b *testing.B) {
	data := make([]byte, AllLen)
	foreign := binary.ByteOrder(binary.BigEndian)
	if isNative(foreign) {
		foreign = binary.LittleEndian
	}
	for _, c := range coders {
		n := c.make()
		b.Run(c.name+"/native", func(b *testing.B) {
			for b.Loop() {
				_ = n.Decode(data)
			}
		})
		b.Run(c.name+"/foreign", func(b *testing.B) {
			for b.Loop() {
				_ = n.DecodeOrder(data, foreign)
			}
		})
		b.Run(c.name+"/append", func(b *testing.B) {
			out := make([]byte, 0, AllLen)
			for b.Loop() {
				out = n.Append(out[:0])
			}
		})
		if c.name == "all" || c.name == "packed" || c.name == "addr" {
			b.Run(c.name+"/encoding-binary", func(b *testing.B) {
				for b.Loop() {
					if _, err := binary.Decode(data, binary.NativeEndian, n); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
