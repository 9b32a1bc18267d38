// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// frames are packets of the events that are measured: TCP and UDP over IPv4, TCP over IPv6, ICMP and ICMPv6.
var frames = []string{
	"0a0a0a0a0a0a020000000001" + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307",
	"0a0a0a0a0a0a020000000001" + "0800" + "450000201c4640004011b1f70a0000010a000002" + "9c400035000c0000" + "01020304",
	"0a0a0a0a0a0a020000000001" + "86dd" + "6000000000140640fd000000000000000000000000000001" +
		"fd000000000000000000000000000002" + "9c400050000003e8000000005012faf0c0de0000",
	"0a0a0a0a0a0a020000000001" + "0800" + "4500001c1c4640004001b20b0a0000010a000002" + "0800f7ff00000000",
	"0a0a0a0a0a0a020000000001" + "86dd" + "6000000000083a40fd000000000000000000000000000001" +
		"fd000000000000000000000000000002" + "8000f7ff00010001",
}

// busyEvents yields n events of a busy host: drops, traces and captures of packets of every kind in frames, each with
// a flow of its own. Data is valid until the next.
func busyEvents(t testing.TB, n int, yield func(*payload.Payload) error) {
	t.Helper()
	var templates [][]byte
	for i, frame := range frames {
		packet, err := hex.DecodeString(frame)
		if err != nil {
			t.Fatal(err)
		}
		size := uint32(len(packet))
		for _, header := range []any{
			monitor.DropNotify{Type: api.MessageTypeDrop, SubType: uint8(api.DropPolicy + i), OrigLen: size, CapLen: size, SrcLabel: 263, DstLabel: 104},
			monitor.TraceNotify{Type: api.MessageTypeTrace, ObsPoint: uint8(i), OrigLen: size, CapLen: size, SrcLabel: 263, DstLabel: 104, DstID: 55, Ifindex: 7},
			monitor.DebugCapture{Type: api.MessageTypeCapture, SubType: monitor.DbgCaptureDelivery, Len: size, OrigLen: size, Arg1: 7},
		} {
			message, err := binary.Append(nil, binary.NativeEndian, header)
			if err != nil {
				t.Fatal(err)
			}
			templates = append(templates, append(message, packet...))
		}
	}
	for i := range n {
		data := templates[i%len(templates)]
		binary.NativeEndian.PutUint16(data[2:], uint16(i))
		binary.NativeEndian.PutUint32(data[4:], uint32(i)*2654435761)
		if err := yield(&payload.Payload{Data: data, CPU: i % 8, Type: payload.EventSample}); err != nil {
			t.Fatal(err)
		}
	}
}

// busyRecording writes a recording of n busy events.
func busyRecording(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "busy.gob")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	busyEvents(t, n, payload.NewWriter(w).Write)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// straightforward prints a recording as one would at first: it is the yardstick. It takes the recording on standard
// input.
func straightforward() {
	out := bufio.NewWriter(os.Stdout)
	var err error
	for dec := gob.NewDecoder(bufio.NewReader(os.Stdin)); err == nil; {
		var pl payload.Payload
		if err = dec.Decode(&pl); err == nil {
			_, err = out.WriteString(straightLine(pl.Data))
		}
	}
	if !errors.Is(err, io.EOF) || out.Flush() != nil {
		os.Exit(1)
	}
}

// straightLine prints a message of the kinds that busyEvents has.
func straightLine(data []byte) string {
	r := bytes.NewReader(data)
	switch data[0] {
	case api.MessageTypeDrop:
		var n monitor.DropNotify
		_ = binary.Read(r, binary.NativeEndian, &n)
		return fmt.Sprintf("xx drop (%s) flow %#x to endpoint %d, identity %d->%d: %s\n",
			api.DropReason(n.SubType), n.Hash, n.DstID, n.SrcLabel, n.DstLabel, straightSummary(data[32:]))
	case api.MessageTypeTrace:
		var n monitor.TraceNotify
		_ = binary.Read(r, binary.NativeEndian, &n)
		point := []string{fmt.Sprintf("-> endpoint %d", n.DstID), "-> proxy", "-> host from", "-> stack", "-> overlay"}[n.ObsPoint]
		return fmt.Sprintf("%s flow %#x identity %d->%d state %s ifindex %d: %s\n",
			point, n.Hash, n.SrcLabel, n.DstLabel, monitor.TraceReason(n.Reason), n.Ifindex, straightSummary(data[32:]))
	default:
		var n monitor.DebugCapture
		_ = binary.Read(r, binary.NativeEndian, &n)
		return fmt.Sprintf("-> %d: %s\n", n.Arg1, straightSummary(data[24:]))
	}
}

// straightSummary summarizes a packet of the kinds in frames.
func straightSummary(packet []byte) string {
	p := gopacket.NewPacket(packet, layers.LayerTypeEthernet, gopacket.NoCopy)
	src, dst := p.NetworkLayer().NetworkFlow().Endpoints()
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *layers.ICMPv4:
			return fmt.Sprintf("%s -> %s %s", src, dst, l.TypeCode)
		case *layers.ICMPv6:
			return fmt.Sprintf("%s -> %s %s", src, dst, l.TypeCode)
		case *layers.UDP:
			return fmt.Sprintf("%s -> %s udp", withPort(src, uint16(l.SrcPort)), withPort(dst, uint16(l.DstPort)))
		case *layers.TCP:
			flags := []string{"SYN"}
			if l.ACK {
				flags = append(flags, "ACK")
			}
			return fmt.Sprintf("%s -> %s tcp %s", withPort(src, uint16(l.SrcPort)), withPort(dst, uint16(l.DstPort)), strings.Join(flags, ", "))
		}
	}
	return ""
}

func withPort(e gopacket.Endpoint, port uint16) string {
	if strings.Contains(e.String(), ":") {
		return fmt.Sprintf("[%s]:%d", e, port)
	}
	return fmt.Sprintf("%s:%d", e, port)
}

// replays are the two programs that are compared.
var replays = map[string]func(recording string) *exec.Cmd{
	"bpfmon":          func(string) *exec.Cmd { return exec.Command("bpfmon", "replay", "-") },
	"bpfmon-file":     func(recording string) *exec.Cmd { return exec.Command("bpfmon", "replay", recording) },
	"bpfmon-pcapng":   func(recording string) *exec.Cmd { return exec.Command("bpfmon", "replay", recording+".pcapng") },
	"straightforward": func(string) *exec.Cmd { return exec.Command("straightforward") },
}

// convert makes a pcapng file of a recording, beside it.
func convert(t testing.TB, recording string) {
	t.Helper()
	if out, err := exec.Command("bpfmon", "replay", recording, "--summary", "--record", recording+".pcapng").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// runReplay runs a program on one core with a recording as standard input, and returns how long it took.
func runReplay(t testing.TB, program func(string) *exec.Cmd, recording string, out io.Writer) (*os.ProcessState, time.Duration) {
	t.Helper()
	in, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	cmd := program(recording)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.ProcessState, time.Since(begin)
}

// TestReplayEqualsStraightforward checks that what is measured is the same work.
func TestReplayEqualsStraightforward(t *testing.T) {
	recording := busyRecording(t, 1000)
	convert(t, recording)
	var want bytes.Buffer
	runReplay(t, replays["straightforward"], recording, &want)
	for name, program := range replays {
		var got bytes.Buffer
		runReplay(t, program, recording, &got)
		wantLines, gotLines := strings.Split(want.String(), "\n"), strings.Split(got.String(), "\n")
		if len(wantLines) != 1001 || len(gotLines) != 1001 {
			t.Fatalf("%s: %d lines, straightforward %d", name, len(gotLines), len(wantLines))
		}
		for i, line := range wantLines {
			if diff := cmp.Diff(line, gotLines[i]); diff != "" {
				t.Fatalf("%s, line %d (-straightforward +got):\n%s", name, i, diff)
			}
		}
	}
}

// BenchmarkReplay replays a recording of a million events as a process on one core, at info to the null device. Start and
// end of the process count. The time is that of one event; beside it stand the events per second, and per second of
// processor time.
func BenchmarkReplay(b *testing.B) {
	const events = 1000000
	recording := busyRecording(b, events)
	convert(b, recording)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	for name, program := range replays {
		b.Run(name, func(b *testing.B) {
			var cpu, wall time.Duration
			for b.Loop() {
				state, d := runReplay(b, program, recording, null)
				cpu += state.UserTime() + state.SystemTime()
				wall += d
			}
			n := float64(b.N) * events
			b.ReportMetric(float64(wall.Nanoseconds())/n, "ns/op")
			b.ReportMetric(n/wall.Seconds(), "events/s")
			b.ReportMetric(n/cpu.Seconds(), "events/cpu-s")
		})
	}
}
