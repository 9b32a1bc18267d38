// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// FuzzCompleter checks that no record makes the completer fail, and that what it makes of one is a message that decodes, with
// as many bytes behind it as it says, and nothing in front of it touched.
func FuzzCompleter(f *testing.F) {
	const capture, stackLen = 64, 32
	record := make([]byte, sentLen+capture+stackLen)
	record[kernel.NotifyTypeOffset] = 100
	f.Add(record, uint8(0))
	full := bytes.Repeat([]byte{0xff}, len(record))
	binary.NativeEndian.PutUint32(full[kernel.NotifyCapLenOffset:], capture)
	binary.NativeEndian.PutUint32(full[kernel.NotifyStackLenOffset:], stackLen)
	f.Add(full, uint8(3))
	f.Add(record[:sentLen], uint8(0))
	c := &Completer{
		reasons: &Reasons{drop: map[uint32]string{2: "NOT_SPECIFIED"}, dropArgs: 4}, capture: capture, stackLen: stackLen,
		owners: newOwners(), places: newPlaces(), functions: map[uint64]string{},
	}
	f.Fuzz(func(t *testing.T, record []byte, front uint8) {
		before := bytes.Repeat([]byte{'x'}, int(front))
		got, err := c.Append(bytes.Clone(before), record)
		if !bytes.HasPrefix(got, before) {
			t.Fatalf("%q in front", got[:front])
		}
		got = got[front:]
		if err != nil {
			if len(got) > 0 {
				t.Errorf("%v, and %d bytes", err, len(got))
			}
			return
		}
		var m kernel.Notify
		if err := m.Decode(got); err != nil {
			t.Fatal(err)
		}
		if rest := len(got) - kernel.NotifyLen; rest != int(m.CapLen)+int(m.StackLen) {
			t.Errorf("%d bytes follow: packet %d, stack %d", rest, m.CapLen, m.StackLen)
		}
		if !bytes.Equal(got[kernel.NotifyLen:][:m.CapLen], record[sentLen:][:m.CapLen]) {
			t.Error("another packet")
		}
	})
}
