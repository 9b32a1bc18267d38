// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// decoder is a struct of the datapath.
type decoder interface {
	Decode(data []byte) error
	DecodeOrder(data []byte, order binary.ByteOrder) error
}

// FuzzDecode compares the generated decoders with decoding by reflection, in each byte order.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(sampleDrop())
	f.Add(bytes.Repeat([]byte{0xff}, 31))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkDecode(t, data, monitor.DebugMsgLen, new(monitor.DebugMsg), new(monitor.DebugMsg))
		checkDecode(t, data, monitor.DebugCaptureLen, new(monitor.DebugCapture), new(monitor.DebugCapture))
		checkDecode(t, data, monitor.DropNotifyLen, new(monitor.DropNotify), new(monitor.DropNotify))
		checkDecode(t, data, monitor.TraceNotifyLen, new(monitor.TraceNotify), new(monitor.TraceNotify))
	})
}

func checkDecode(t *testing.T, data []byte, length int, got, want decoder) {
	t.Helper()
	for _, order := range []binary.ByteOrder{nil, binary.LittleEndian, binary.BigEndian} {
		var err error
		reflected := order
		if order == nil {
			err, reflected = got.Decode(data), binary.NativeEndian
		} else {
			err = got.DecodeOrder(data, order)
		}
		if len(data) < length {
			var short *monitor.ShortError
			if !errors.As(err, &short) || short.Need != length || short.Have != len(data) || short.Struct == "" {
				t.Errorf("%T from %d bytes: %v", got, len(data), err)
			}
			continue
		}
		if err := errors.Join(err, binary.Read(bytes.NewReader(data), reflected, want)); err != nil {
			t.Errorf("%T: %v", got, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T from %x, %v (-reflection +got):\n%s", got, data, reflected, diff)
		}
	}
}

// FuzzLogRecord decodes and prints records. What a record is, gob says: see the fuzz target of the formatter.
func FuzzLogRecord(f *testing.F) {
	for _, l := range []accesslog.LogRecord{
		{Type: accesslog.TypeRequest, HTTP: &accesslog.LogRecordHTTP{Method: "GET", Code: 200}},
		{Type: accesslog.TypeResponse, DNS: &accesslog.LogRecordDNS{Query: "a.", QTypes: []uint16{1}}},
		{Type: accesslog.TypeSample, L7: &accesslog.LogRecordL7{Fields: map[string]string{"status": "x"}}},
	} {
		buf := bytes.NewBuffer([]byte{api.MessageTypeAccessLog})
		if err := gob.NewEncoder(buf).Encode(monitor.LogRecordNotify{LogRecord: l}); err != nil {
			f.Fatal(err)
		}
		f.Add(buf.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var l monitor.LogRecordNotify
		if err := l.Decode(data); err != nil {
			if diff := cmp.Diff(monitor.LogRecordNotify{}, l); diff != "" {
				t.Errorf("left behind by %v (-nothing +got):\n%s", err, diff)
			}
			return
		}
		if out := l.AppendInfo(nil); bytes.IndexByte(out, '\n') != len(out)-1 {
			t.Errorf("not one line: %q", out)
		}
		if out, err := l.AppendJSON(nil); err == nil && bytes.IndexByte(out, '\n') != len(out)-1 {
			t.Errorf("not one line: %q", out)
		}
	})
}
