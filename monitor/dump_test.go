// SPDX-License-Identifier: Apache-2.0

//go:build unix

package monitor

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
)

// writes returns what f writes to standard output, an element a write. Standard output is a datagram socket meanwhile,
// which keeps writes apart.
func writes(t *testing.T, f func()) []string {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	in, out := os.NewFile(uintptr(fds[0]), "in"), os.NewFile(uintptr(fds[1]), "out")
	defer in.Close()
	old := os.Stdout
	os.Stdout = out
	f()
	os.Stdout = old
	out.Close()
	if err := syscall.SetNonblock(fds[0], true); err != nil {
		t.Fatal(err)
	}
	var all []string
	buf := make([]byte, 1<<16)
	for {
		n, err := syscall.Read(fds[0], buf)
		if err != nil || n == 0 {
			return all
		}
		all = append(all, string(buf[:n]))
	}
}

// TestDump checks that each documented function prints what its append form appends, for this host, in one write.
func TestDump(t *testing.T) {
	frame := make([]byte, 60)
	drop, trace, capture, debug := DropNotify{CapLen: 60}, TraceNotify{CapLen: 60, Ifindex: 1}, DebugCapture{
		SubType: DbgCaptureDelivery, OrigLen: 60, Arg1: 1}, DebugMsg{SubType: DbgLxcFound, Arg1: 1}
	dropData := append(make([]byte, DropNotifyLen), frame...)
	captureData := append(make([]byte, DebugCaptureLen), frame...)
	log := LogRecordNotify{accesslog.LogRecord{Type: accesslog.TypeRequest, L7: &accesslog.LogRecordL7{Proto: "x"}}}
	bad := LogRecordNotify{accesslog.LogRecord{DNS: &accesslog.LogRecordDNS{IPs: []net.IP{{1}}}}}
	o := Options{CPU: 7}
	hex := Options{CPU: 7, Hex: true}
	logJSON, err := log.AppendJSON(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		dump func()
		want string
	}{
		{"drop info", func() { drop.DumpInfo(dropData) }, string(drop.AppendInfo(nil, dropData, o))},
		{"drop verbose", func() { drop.DumpVerbose(true, dropData, "CPU 07:") }, string(drop.AppendVerbose(nil, dropData, o))},
		{"drop hex", func() { drop.DumpVerbose(false, dropData, "CPU 07:") }, string(drop.AppendVerbose(nil, dropData, hex))},
		{"drop JSON", func() { drop.DumpJSON(dropData, "CPU 07:") }, string(drop.AppendJSON(nil, dropData, o))},
		{"trace info", func() { trace.DumpInfo(dropData) }, string(trace.AppendInfo(nil, dropData, o))},
		{"trace verbose", func() { trace.DumpVerbose(true, dropData, "CPU 07:") }, string(trace.AppendVerbose(nil, dropData, o))},
		{"trace JSON", func() { trace.DumpJSON(dropData, "CPU 07:") }, string(trace.AppendJSON(nil, dropData, o))},
		{"capture info", func() { capture.DumpInfo(captureData) }, string(capture.AppendInfo(nil, captureData, o))},
		{"capture verbose", func() { capture.DumpVerbose(true, captureData, "CPU 07:") }, string(capture.AppendVerbose(nil, captureData, o))},
		{"capture JSON", func() { capture.DumpJSON(captureData, "CPU 07:") }, string(capture.AppendJSON(nil, captureData, o))},
		{"debug info", func() { debug.DumpInfo(nil) }, ""},
		{"debug", func() { debug.Dump("CPU 07:") }, string(debug.AppendVerbose(nil, o))},
		{"debug JSON", func() { debug.DumpJSON("CPU 07:") }, string(debug.AppendJSON(nil, o))},
		{"dissect", func() { Dissect(true, frame) }, string(AppendDissect(nil, true, frame))},
		{"dissect hex", func() { Dissect(false, frame) }, string(AppendDissect(nil, false, frame))},
		{"access log", log.DumpInfo, string(log.AppendInfo(nil))},
		{"access log JSON", log.DumpJSON, string(logJSON)},
		{"access log without JSON", bad.DumpJSON,
			`{"type":"error","message":"access log: DNS answer with an address of 1 bytes"}` + "\n"},
		{"own prefix", func() { debug.Dump("node-1") }, "node-1 MARK 0x0 FROM 0 DEBUG: " + string(debug.appendMessage(nil, thisHost)) + "\n"},
		{"no prefix", func() { (&DebugMsg{SubType: DbgToHost}).DumpJSON("") },
			`{"type":"debug","message":"Going to host, policy-skip=0"}` + "\n"},
	} {
		var want []string
		if tt.want != "" {
			want = []string{tt.want}
		}
		if diff := cmp.Diff(want, writes(t, tt.dump)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}
