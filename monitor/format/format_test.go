// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// TestEveryMessageTypeIsKnown names a message type that the headers gain and the formatter does not know.
func TestEveryMessageTypeIsKnown(t *testing.T) {
	for messageType := range 256 {
		name, named := api.MessageType(messageType).Name()
		agents := messageType == api.MessageTypeAccessLog || messageType == api.MessageTypeAgent
		unknown := strings.Contains(show("info", []byte{byte(messageType)}), "Unknown event")
		if named && unknown {
			t.Errorf("the headers have a message type %q (%d) that the formatter does not know: add it to AppendSample in monitor/format/sample.go",
				name, messageType)
		}
		if !named && !agents && !unknown {
			t.Errorf("the headers have no message type %d, but AppendSample in monitor/format/sample.go knows it", messageType)
		}
	}
}

func TestFilters(t *testing.T) {
	messages := []struct {
		name string
		data []byte
	}{
		{"drop", pack(t, monitor.DropNotify{Type: api.MessageTypeDrop, Source: 1, DstID: 2}, "")},
		{"trace", pack(t, monitor.TraceNotify{Type: api.MessageTypeTrace, Source: 2, DstID: 3}, "")},
		{"capture", pack(t, monitor.DebugCapture{Type: api.MessageTypeCapture, SubType: 4, Source: 1}, "")},
		{"debug", pack(t, monitor.DebugMsg{Type: api.MessageTypeDebug, Source: 3}, "")},
		{"l7", accessLog(t, accesslog.LogRecord{
			SourceEndpoint: accesslog.EndpointInfo{ID: 3}, DestinationEndpoint: accesslog.EndpointInfo{ID: 1}})},
		{"agent", record(t, api.MessageTypeAgent, api.AgentNotify{Text: "x"})},
		{"wide", pack(t, monitor.DropNotify{Type: api.MessageTypeDrop, Source: 9, DstID: 1<<16 + 2}, "")},
		{"broken drop", []byte{api.MessageTypeDrop}},
		{"broken trace", []byte{api.MessageTypeTrace}},
		{"unknown", []byte{99}},
	}
	for _, tt := range []struct {
		name   string
		filter format.MonitorFormatter
		want   string
	}{
		{"none", format.MonitorFormatter{}, "drop trace capture debug l7 agent wide broken drop broken trace unknown"},
		{"type", format.MonitorFormatter{EventTypes: api.MessageTypeFilter{api.MessageTypeDrop, api.MessageTypeAgent}},
			"drop agent wide broken drop unknown"},
		{"from", format.MonitorFormatter{FromSource: format.Uint16Flags{1, 3}}, "drop capture debug l7 broken drop broken trace unknown"},
		{"to", format.MonitorFormatter{ToDst: format.Uint16Flags{1, 2}}, "drop l7 broken drop broken trace unknown"},
		{"related", format.MonitorFormatter{Related: format.Uint16Flags{3}}, "trace debug l7 broken drop broken trace unknown"},
		{"all", format.MonitorFormatter{EventTypes: api.MessageTypeFilter{api.MessageTypeTrace},
			FromSource: format.Uint16Flags{2}, ToDst: format.Uint16Flags{3}, Related: format.Uint16Flags{2}}, "trace broken trace unknown"},
		{"endpoint 0", format.MonitorFormatter{ToDst: format.Uint16Flags{0}}, "capture debug agent broken drop broken trace unknown"},
	} {
		tt.filter.Verbosity = format.DEBUG
		tt.filter.Host = recorded
		var passed []string
		for _, m := range messages {
			if len(tt.filter.AppendSample(nil, m.data, 0)) > 0 {
				passed = append(passed, m.name)
			}
		}
		expect(t, tt.name, strings.Join(passed, " "), tt.want)
	}
}

func TestVerbosity(t *testing.T) {
	data := pack(t, monitor.DebugMsg{Type: api.MessageTypeDebug, SubType: monitor.DbgToHost}, "")
	const text, object = "CPU 00: MARK 0x0 FROM 0 DEBUG: Going to host, policy-skip=0\n",
		`{"cpu":"CPU 00:","type":"debug","message":"Going to host, policy-skip=0"}` + "\n"
	for _, tt := range []struct {
		name string
		f    format.MonitorFormatter
		want string
	}{
		{"zero", format.MonitorFormatter{}, ""},
		{"INFO", *format.NewMonitorFormatter(format.INFO), ""},
		{"DEBUG", *format.NewMonitorFormatter(format.DEBUG), text},
		{"VERBOSE", *format.NewMonitorFormatter(format.VERBOSE), text},
		{"JSON", *format.NewMonitorFormatter(format.JSON), object},
		{"Verbose", format.MonitorFormatter{Verbose: true, Verbosity: format.INFO}, text},
		{"JSONOutput wins", format.MonitorFormatter{JSONOutput: true, Verbosity: format.DEBUG}, object},
		{"JSON wins", format.MonitorFormatter{Verbose: true, Verbosity: format.JSON}, object},
	} {
		expect(t, tt.name, string(tt.f.AppendSample(nil, data, 0)), tt.want)
	}
}

func TestEvents(t *testing.T) {
	var out bytes.Buffer
	f := format.MonitorFormatter{Output: &out, Host: recorded}
	if f.FormatEvent(nil) || f.FormatEvent(&payload.Payload{Type: 1, Data: []byte{1}}) || out.Len() > 0 {
		t.Errorf("unknown payloads print %q", out.String())
	}
	if !f.FormatEvent(&payload.Payload{Type: payload.RecordLost, Lost: 7, CPU: 12}) {
		t.Error("a lost record is not known")
	}
	if !f.FormatEvent(&payload.Payload{Type: payload.EventSample, Data: []byte{99}, CPU: 123}) {
		t.Error("a sample is not known")
	}
	f.LostEvent(1<<64-1, -1)
	expect(t, "events", out.String(),
		"CPU 12: Lost 7 events\nCPU 123: Unknown event: [99]\nCPU -1: Lost 18446744073709551615 events\n")
}

// TestBigEndian prints what a big-endian host sends like what a little-endian one does.
func TestBigEndian(t *testing.T) {
	const sport = 80 << 8 // port 80 in network byte order, as a little-endian host loads it
	for _, pair := range []struct{ little, big any }{
		{monitor.DebugMsg{Type: 2, SubType: monitor.DbgLb4ReverseNat, Source: 5, Hash: 6, Arg1: 0x0100000a, Arg2: sport},
			monitor.DebugMsg{Type: 2, SubType: monitor.DbgLb4ReverseNat, Source: 5, Hash: 6, Arg1: 0x0a000001, Arg2: 80}},
		{monitor.DebugMsg{Type: 2, SubType: monitor.DbgRevProxyLookup, Arg1: sport<<16 | sport, Arg2: 0x0100000a},
			monitor.DebugMsg{Type: 2, SubType: monitor.DbgRevProxyLookup, Arg1: 80<<16 | 80, Arg2: 0x0a000001}},
		{monitor.DebugMsg{Type: 2, SubType: monitor.DbgIPIDMapFailed6, Arg1: 0x78563412},
			monitor.DebugMsg{Type: 2, SubType: monitor.DbgIPIDMapFailed6, Arg1: 0x12345678}},
		{monitor.DebugCapture{Type: 3, SubType: monitor.DbgCaptureProxyPost, Arg1: sport},
			monitor.DebugCapture{Type: 3, SubType: monitor.DbgCaptureProxyPost, Arg1: 80}},
		{monitor.DropNotify{Type: 1, SubType: 133, Hash: 0x12345678, DstID: 9},
			monitor.DropNotify{Type: 1, SubType: 133, Hash: 0x12345678, DstID: 9}},
	} {
		var big bytes.Buffer
		if err := binary.Write(&big, binary.BigEndian, pair.big); err != nil {
			t.Fatal(err)
		}
		for _, verbosity := range verbosities {
			f := formatterFor(verbosity)
			f.Host = &monitor.Host{Order: binary.BigEndian}
			expect(t, verbosity, string(f.AppendSample(nil, big.Bytes(), 1)), show(verbosity, pack(t, pair.little, "")))
		}
	}
}

// lines collects writes from several goroutines.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, string(p))
	return len(p), nil
}

// TestConcurrentUse formats samples with one formatter from several goroutines: each must print what it prints alone.
func TestConcurrentUse(t *testing.T) {
	all := distinct(t, 30)
	for _, verbosity := range verbosities {
		var out lines
		f := formatterFor(verbosity)
		f.Output = &out
		f.Host = &monitor.Host{Interfaces: new(monitor.HostInterfaces), Order: recorded.Order}
		want := make(map[string]int)
		for _, data := range all {
			if line := string(f.AppendSample(nil, data, 2)); line != "" {
				want[line] += 4
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, data := range all {
					f.FormatSample(data, 2)
				}
			})
		}
		wg.Wait()
		got := make(map[string]int)
		for _, line := range out.all {
			got[line]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-alone +together):\n%s", verbosity, diff)
		}
	}
}

func TestUint16Flags(t *testing.T) {
	var ids format.Uint16Flags
	var _ pflag.Value = &ids
	for _, value := range []string{"0", "7", "65535"} {
		if err := ids.Set(value); err != nil {
			t.Error(err)
		}
	}
	expect(t, "list", ids.String(), "0, 7, 65535")
	if !ids.Has(7) || ids.Has(8) || ids.Type() != "[]uint16" {
		t.Errorf("%v %s", ids, ids.Type())
	}
	for value, want := range map[string]string{
		"70000": "70000 is out of range: endpoint ids go up to 65535",
		"-1":    `"-1" is not an endpoint ID: it must be a number from 0 to 65535`,
		"x":     `"x" is not an endpoint ID: it must be a number from 0 to 65535`,
		"":      `"" is not an endpoint ID: it must be a number from 0 to 65535`,
	} {
		if err := ids.Set(value); err == nil || err.Error() != want {
			t.Errorf("%q: %v", value, err)
		}
	}
	if len(ids) != 3 {
		t.Errorf("values that were refused are in the list: %v", ids)
	}
}
