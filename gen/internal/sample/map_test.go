// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sample

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// newMap makes a map, and skips the test where that is not allowed, unless LOCKSTEP_REQUIRE says that it is.
func newMap(t *testing.T, spec *ebpf.MapSpec) *ebpf.Map {
	t.Helper()
	m, err := ebpf.NewMap(spec)
	if err != nil {
		denied := errors.Is(err, unix.EPERM) || errors.Is(err, ebpf.ErrNotSupported)
		if !denied || slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf") {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// TestMapKeys stores records with fields of a fixed byte order, and packed ones, in a map of the kernel, and reads them
// back as bytes and as records.
func TestMapKeys(t *testing.T) {
	m := newMap(t, &ebpf.MapSpec{Type: ebpf.Hash, KeySize: AddrLen, ValueSize: PackedLen, MaxEntries: 4})
	key := Addr{Net: 0x0a000001, Low: 0x1234, Ports: [2]uint16{80, 443}}
	value := Packed{Kind: 7, Value: 8, When: 0x0102030405060708, Where: key}
	if err := m.Put(key, &value); err != nil {
		t.Fatal(err)
	}
	wire := []byte{10, 0, 0, 1, 0x34, 0x12, 0, 80, 1, 187, 0, 0}
	if got := key.Append(nil); !bytes.Equal(got, wire) {
		t.Fatalf("Append: % x, want % x", got, wire)
	}
	stored, err := m.LookupBytes(wire)
	if err != nil || !bytes.Equal(stored, value.Append(nil)) {
		t.Errorf("the kernel has % x, %v under the bytes of C", stored, err)
	}
	for _, k := range []any{key, &key} {
		var got Packed
		if err := m.Lookup(k, &got); err != nil || got != value {
			t.Errorf("Lookup of a %T: %+v, %v", k, got, err)
		}
	}
	var gotKey Addr
	var gotValue Packed
	iter := m.Iterate()
	if !iter.Next(&gotKey, &gotValue) || gotKey != key || gotValue != value {
		t.Errorf("Iterate: %+v, %+v, %v", gotKey, gotValue, iter.Err())
	}
	if err := m.Delete(key); err != nil {
		t.Error(err)
	}
}

// TestMapPerCPU reads a slice of records, one for each CPU.
func TestMapPerCPU(t *testing.T) {
	m := newMap(t, &ebpf.MapSpec{Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: AddrLen, MaxEntries: 1})
	cpus, err := ebpf.PossibleCPU()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]Addr, cpus)
	for i := range values {
		values[i] = Addr{Net: uint32(i + 1), Ports: [2]uint16{1, 2}}
	}
	if err := m.Put(uint32(0), values); err != nil {
		t.Fatal(err)
	}
	var got []Addr
	if err := m.Lookup(uint32(0), &got); err != nil || !slices.Equal(got, values) {
		t.Errorf("%+v, %v, want %+v", got, err, values)
	}
	var raw [][]byte
	if err := m.Lookup(uint32(0), &raw); err != nil || len(raw) == 0 || !bytes.HasPrefix(raw[0], []byte{0, 0, 0, 1}) {
		t.Errorf("the kernel has % x, %v", raw, err)
	}
}

// TestMapBatch stores and reads keys with fields of a fixed byte order in batches, as arrays of bytes.
func TestMapBatch(t *testing.T) {
	m := newMap(t, &ebpf.MapSpec{Type: ebpf.Hash, KeySize: AddrLen, ValueSize: 4, MaxEntries: 4})
	addrs := []Addr{{Net: 0x0a000001, Ports: [2]uint16{80, 443}}, {Net: 0x0a000002, Low: 7}}
	keys := make([][AddrLen]byte, len(addrs))
	for i := range addrs {
		addrs[i].Append(keys[i][:0])
	}
	if _, err := m.BatchUpdate(keys, []uint32{1, 2}, nil); errors.Is(err, ebpf.ErrNotSupported) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	var value uint32
	for i, a := range addrs {
		if err := m.Lookup(a, &value); err != nil || value != uint32(i+1) {
			t.Errorf("%+v: %d, %v", a, value, err)
		}
	}
	got, values := make([][AddrLen]byte, 4), make([]uint32, 4)
	var cursor ebpf.MapBatchCursor
	n, err := m.BatchLookup(&cursor, got, values, nil)
	if n != 2 || err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) {
		t.Fatalf("%d keys, %v", n, err)
	}
	for i := range got[:n] {
		var a Addr
		if err := a.Decode(got[i][:]); err != nil || values[i] < 1 || values[i] > 2 || a != addrs[values[i]-1] {
			t.Errorf("%+v, %d, %v", a, values[i], err)
		}
	}
}
