// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"encoding/binary"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// message returns a message in a byte order, followed by so many bytes.
func message(t *testing.T, order binary.ByteOrder, value any, follow int) payload.Payload {
	t.Helper()
	data, err := binary.Append(nil, order, value)
	if err != nil {
		t.Fatal(err)
	}
	return payload.Payload{Data: append(data, make([]byte, follow)...), Type: payload.EventSample}
}

func TestByteOrder(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	drop := monitor.DropNotify{Type: api.MessageTypeDrop, OrigLen: 1500, CapLen: 128}
	trace := monitor.TraceNotify{Type: api.MessageTypeTrace, OrigLen: 60, CapLen: 60}
	capture := monitor.DebugCapture{Type: api.MessageTypeCapture, Len: 74, OrigLen: 66}
	debug := monitor.DebugMsg{Type: api.MessageTypeDebug, Arg1: 1}
	jumbo := monitor.TraceNotify{Type: api.MessageTypeTrace, OrigLen: 0x10001, CapLen: 0x100} // in one order alone
	for name, c := range map[string]struct {
		all  []payload.Payload
		want binary.ByteOrder
	}{
		"little drop":    {[]payload.Payload{message(t, little, drop, 128)}, little},
		"big drop":       {[]payload.Payload{message(t, big, drop, 128)}, big},
		"little trace":   {[]payload.Payload{message(t, little, trace, 60+7)}, little},
		"big trace":      {[]payload.Payload{message(t, big, trace, 60+7)}, big},
		"little capture": {[]payload.Payload{message(t, little, capture, 66)}, little},
		"big capture":    {[]payload.Payload{message(t, big, capture, 66)}, big},
		"big jumbo":      {[]payload.Payload{message(t, big, jumbo, 0x100)}, big},
		"behind others": {[]payload.Payload{{Lost: 3, Type: payload.RecordLost}, {Type: payload.EventSample},
			message(t, big, debug, 0), message(t, big, drop, 128)}, big},
		"no packets":      {[]payload.Payload{message(t, big, debug, 0), message(t, big, monitor.TraceNotify{Type: api.MessageTypeTrace}, 0)}, nil},
		"both":            {[]payload.Payload{message(t, big, trace, 60), message(t, little, trace, 60)}, nil},
		"fewer bytes":     {[]payload.Payload{message(t, big, drop, 127)}, nil},
		"too much behind": {[]payload.Payload{message(t, big, drop, 136)}, nil},
		"short":           {[]payload.Payload{{Data: []byte{api.MessageTypeDrop, 0, 0}, Type: payload.EventSample}}, nil},
		"unknown kind":    {[]payload.Payload{{Data: message(t, big, drop, 128).Data, Type: 7}}, nil},
		"empty":           {nil, nil},
	} {
		var rec []byte
		for i := range c.all {
			rec = agenttest.AppendSession(rec, i == 0, &c.all[i])
		}
		if got := ByteOrder(t.Context(), write(t, rec)); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := ByteOrder(t.Context(), t.TempDir()); got != nil {
		t.Errorf("directory: %v", got)
	}
}
