// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
	"os"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// swapped returns a recording with the messages of the datapath turned from one byte order to the other.
func swapped(rec []byte, from, to binary.ByteOrder) ([]byte, error) {
	var out []byte
	for r := payload.NewReader(bytes.NewReader(rec)); ; {
		var pl payload.Payload
		if err := r.Next(&pl); errors.Is(err, io.EOF) {
			return out, nil
		} else if err != nil {
			return nil, err
		}
		if err := swapMessage(pl.Data, from, to); err != nil {
			return nil, err
		}
		out = agenttest.AppendSession(out, len(out) == 0, &pl)
	}
}

// swapMessage turns a message in place, if it is one of the datapath.
func swapMessage(data []byte, from, to binary.ByteOrder) error {
	if len(data) == 0 {
		return nil
	}
	var message any
	switch data[0] {
	case api.MessageTypeDrop:
		message = new(monitor.DropNotify)
	case api.MessageTypeTrace:
		message = new(monitor.TraceNotify)
	case api.MessageTypeCapture:
		message = new(monitor.DebugCapture)
	case api.MessageTypeDebug:
		message = new(monitor.DebugMsg)
	default:
		return nil
	}
	if _, err := binary.Decode(data, from, message); err != nil {
		return err
	}
	turnNetwork(message)
	_, err := binary.Encode(data, to, message)
	return err
}

// turnNetwork turns the arguments that hold bytes in network order: they are the same bytes on every host, so another
// number. It knows those that the recordings of the tests have.
func turnNetwork(message any) {
	switch m := message.(type) {
	case *monitor.DebugMsg:
		if m.SubType == monitor.DbgCTLookup41 {
			m.Arg1, m.Arg2 = bits.ReverseBytes32(m.Arg1), bits.ReverseBytes32(m.Arg2)
		}
	case *monitor.DebugCapture:
		if m.SubType == monitor.DbgCaptureProxyPost {
			m.Arg1 = uint32(bits.ReverseBytes16(uint16(m.Arg1)))
		}
	}
}

// otherOrder is the byte order that this host does not have.
func otherOrder() binary.ByteOrder {
	if isNative(binary.LittleEndian) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// swap writes a recording of this host as one of a host of the other byte order: swap FROM TO
func swap(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: swap from to")
	}
	b, err := swapped([]byte(ts.ReadFile(args[0])), binary.NativeEndian, otherOrder())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}
