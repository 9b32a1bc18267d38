// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// outageRecording writes a recording of n events of an hour with an outage in it: connections between many hosts, a third
// of them to ports that are dropped for various reasons.
func outageRecording(t testing.TB, path string, n int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	out := bufio.NewWriterSize(f, 1<<20)
	w := payload.NewWriter(out)
	frame, err := hex.DecodeString(frames[0])
	if err != nil {
		t.Fatal(err)
	}
	reasons := []uint8{133, 133, 133, 135, 137, 140, 181, 164, 131, 155}
	random := uint32(7)
	next := func(below uint32) uint32 {
		random ^= random << 13
		random ^= random >> 17
		random ^= random << 5
		return random % below
	}
	const begin, hour = 1_789_000_000_000_000_000, 3_600_000_000_000
	for i := range n {
		host, peer := min(next(250), next(250)), next(40)
		copy(frame[26:], []byte{10, 0, byte(next(3)), byte(host)})
		copy(frame[30:], []byte{10, 0, 9, byte(peer)})
		binary.BigEndian.PutUint16(frame[34:], uint16(30000+next(2000)))
		binary.BigEndian.PutUint16(frame[36:], []uint16{443, 5432, 8080, 53, 6379, 9092}[min(next(6), next(6))])
		size := uint32(len(frame))
		at := int64(i) * hour / int64(n)
		outage := at > hour/2 && at < hour*6/10
		var header any = monitor.TraceNotify{Type: api.MessageTypeTrace, ObsPoint: uint8(next(5)), OrigLen: size + next(1200), CapLen: size, SrcLabel: 263, DstLabel: 104, DstID: 55, Ifindex: 2 + next(4)}
		if next(20) == 0 || outage && next(3) > 0 {
			reason := reasons[next(uint32(len(reasons)))]
			if outage {
				reason = 155
			}
			header = monitor.DropNotify{Type: api.MessageTypeDrop, SubType: reason, OrigLen: size, CapLen: size, SrcLabel: 263, DstLabel: 104}
		}
		message, err := binary.Append(nil, binary.NativeEndian, header)
		if err != nil {
			t.Fatal(err)
		}
		pl := &payload.Payload{Data: append(message, frame...), CPU: int(next(8)), Type: payload.EventSample, Time: begin + at}
		if outage && next(500) == 0 {
			pl = &payload.Payload{CPU: pl.CPU, Lost: uint64(1 + next(40)), Type: payload.RecordLost, Time: begin + at}
		}
		if err := w.Write(pl); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(out.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// BenchmarkReport makes a page of a recording of a million events as a process on one core. The time is that of one event;
// beside it stand the seconds that the page takes, and its bytes.
func BenchmarkReport(b *testing.B) {
	const events = 1_000_000
	dir := b.TempDir()
	recording, page := filepath.Join(dir, "outage.gob"), filepath.Join(dir, "page.html")
	outageRecording(b, recording, events)
	for b.Loop() {
		cmd := exec.Command("bpfmon", "report", recording, "-o", page)
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.ReportMetric((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds(), "cpu-s")
	}
	info, err := os.Stat(page)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size()), "page-bytes")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/op")
}

// TestReportSize: a million events, or fewer in the short run, make a page of less than 2 MB.
func TestReportSize(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 20_000
	}
	dir := t.TempDir()
	recording, page := filepath.Join(dir, "outage.gob"), filepath.Join(dir, "page.html")
	outageRecording(t, recording, n)
	if out, err := exec.Command("bpfmon", "report", recording, "-o", page).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(page)
	if err != nil || info.Size() >= 2_000_000 || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
