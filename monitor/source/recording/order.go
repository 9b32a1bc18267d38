// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"context"
	"encoding/binary"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

const (
	// orderEvents is how many events are looked at for their byte order.
	orderEvents = 10000
	// orderVotes is how many of them have to say the same, if there are so many that say anything.
	orderVotes = 100
)

// ByteOrder returns the byte order of the host that the recording at path was made on, if that is certain, else nil.
//
// It looks at messages about packets, at the start of the recording. Their captured length says how many bytes follow,
// and read in the wrong order it is off by far. The order is certain if it fits that of at least one message, and no
// message that is looked at fits the other order only. What is not a regular file is not looked at, as it could not be
// read again. Faults of the recording are left to those who read it.
func ByteOrder(ctx context.Context, path string) binary.ByteOrder {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	src, err := Open(ctx, path)
	if err != nil {
		return nil
	}
	defer src.Close() //nolint:errcheck // nothing was written to it
	little, big := 0, 0
	e, d := new(event.Event), new(monitor.Decoder)
	for n := 0; n < orderEvents && little+big < orderVotes && src.Next(e) == nil; n++ {
		if e.Host != nil {
			return nil // the recording says it
		}
		isLittle, isBig := fits(d, e, littleEndian), fits(d, e, bigEndian)
		if isLittle && !isBig {
			little++
		}
		if isBig && !isLittle {
			big++
		}
	}
	switch {
	case little > 0 && big == 0:
		return littleEndian.Order
	case big > 0 && little == 0:
		return bigEndian.Order
	}
	return nil
}

// Hosts of either byte order.
var (
	littleEndian = &event.Host{Order: binary.LittleEndian}
	bigEndian    = &event.Host{Order: binary.BigEndian}
)

// ringPadding is the most bytes that a ring adds to a message.
const ringPadding = 7

// fits reports whether the lengths that a message has on a host are those of the bytes that follow it. It tells nothing of
// messages that are about no packet, or not whole.
func fits(d event.Decoder, e *event.Event, h *event.Host) bool {
	e.Host = h
	d.Decode(e)
	if e.Msg == nil {
		return false
	}
	c := e.Msg.Capture()
	follow := len(e.Raw) - c.Offset
	return c.Offset > 0 && c.Captured > 0 && c.Original >= c.Captured &&
		follow >= 0 && uint64(c.Captured) <= uint64(follow) && uint64(follow)-uint64(c.Captured) <= ringPadding
}
