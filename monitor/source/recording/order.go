// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"context"
	"encoding/binary"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
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
	pl := new(payload.Payload)
	for n := 0; n < orderEvents && little+big < orderVotes && src.Next(pl) == nil; n++ {
		isLittle, isBig := fits(pl, binary.LittleEndian), fits(pl, binary.BigEndian)
		if isLittle && !isBig {
			little++
		}
		if isBig && !isLittle {
			big++
		}
	}
	switch {
	case little > 0 && big == 0:
		return binary.LittleEndian
	case big > 0 && little == 0:
		return binary.BigEndian
	}
	return nil
}

// ringPadding is the most bytes that a ring adds to a message.
const ringPadding = 7

// fits tells whether the lengths that a message has in a byte order are those of the bytes that follow it.
func fits(pl *payload.Payload, order binary.ByteOrder) bool {
	if pl.Type != payload.EventSample || len(pl.Data) == 0 {
		return false
	}
	header, original, captured := lengths(pl.Data, order)
	follow := len(pl.Data) - header
	return header > 0 && captured > 0 && original >= captured &&
		follow >= 0 && uint64(captured) <= uint64(follow) && uint64(follow)-uint64(captured) <= ringPadding
}

// lengths returns the length of a message's struct, and those of its packet: on the wire, and captured. It returns zeros
// for messages that are about no packet, or not whole.
func lengths(data []byte, order binary.ByteOrder) (header int, original, captured uint32) {
	switch data[0] {
	case api.MessageTypeDrop:
		var n monitor.DropNotify
		if n.DecodeOrder(data, order) == nil {
			return monitor.DropNotifyLen, n.OrigLen, n.CapLen
		}
	case api.MessageTypeTrace:
		var n monitor.TraceNotify
		if n.DecodeOrder(data, order) == nil {
			return monitor.TraceNotifyLen, n.OrigLen, n.CapLen
		}
	case api.MessageTypeCapture:
		var n monitor.DebugCapture
		if n.DecodeOrder(data, order) == nil {
			return monitor.DebugCaptureLen, n.Len, n.OrigLen // so the documented names are: OrigLen is what was captured
		}
	}
	return 0, 0, 0
}
