// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"bytes"
	"slices"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// FuzzTrailer takes the trailer off records that anybody may have written: what is in front of it stays, and one that is too
// short is left alone.
func FuzzTrailer(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, trailerLen-1))
	f.Add((&trailer{Time: 1 << 63, CPU: 1<<32 - 1}).Append([]byte("a message")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := record{data: slices.Clone(data), cpu: event.UnknownCPU}
		if err := r.cutTrailer(); err != nil {
			t.Fatal(err)
		}
		if len(data) < trailerLen {
			if !bytes.Equal(r.data, data) || r.cpu != event.UnknownCPU || r.time != 0 {
				t.Errorf("%x: %+v", data, r)
			}
			return
		}
		again := (&trailer{Time: uint64(r.time), CPU: uint32(r.cpu)}).Append(slices.Clone(r.data))
		if whole := len(data) - 4; !bytes.Equal(again[:whole], data[:whole]) { // behind it is padding
			t.Errorf("%x: %+v", data, r)
		}
		var c Clock
		c.wall(r.time)
	})
}
