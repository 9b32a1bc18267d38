// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// BenchmarkIdle measures how often the threads of bpfmon are woken while no event comes and nothing is displayed. Beside the
// commands is one that only waits for a socket, as the yardstick. Each iteration takes a second.
func BenchmarkIdle(b *testing.B) {
	cable, err := netlab.NewCable(1500)
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(cable.Close)
	socket := filepath.Join(b.TempDir(), "monitor1_2.sock")
	agent, err := net.Listen("unix", socket)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = agent.Close() })
	dir := mountBPF(b)
	for _, c := range []struct{ name, ready, arguments string }{
		{"yardstick", "connected", "listen --socket " + socket},
		{"attach", "attached to", "attach eth0"},
		{"attach --perf-array", "attached to", "attach eth0 --perf-array"},
		{"drops", "watching", "drops --device eth0 --port 9"},
		{"watch", "attached to", "watch eth0 --port 9"},
		{"map of a ring buffer", "reading", "map " + pinned(b, dir, ebpf.RingBuf)},
		{"map of a perf event array", "reading", "map " + pinned(b, dir, ebpf.PerfEventArray)},
	} {
		b.Run(c.name, func(b *testing.B) {
			cmd := exec.Command("bpfmon", strings.Fields(c.arguments)...)
			var said lockedBuffer
			cmd.Stderr = &said
			if err := cable[0].Do(cmd.Start); err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			for !strings.Contains(said.String(), c.ready) {
				if threads, _ := switches(cmd.Process.Pid); threads == 0 {
					b.Fatal(said.String())
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(15 * time.Second) // the kernel sends packets of its own on a new interface
			_, before := switches(cmd.Process.Pid)
			seconds := 0
			for b.Loop() {
				time.Sleep(time.Second)
				seconds++
			}
			_, after := switches(cmd.Process.Pid)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(after-before)/float64(seconds), "wakeups/s")
		})
	}
}

// switches returns how many threads a process has, and how often those have gone to sleep.
func switches(pid int) (threads, slept int) {
	tasks, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/status")
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if err != nil {
			continue // the thread has ended
		}
		threads++
		for line := range strings.Lines(string(status)) {
			if n, ok := strings.CutPrefix(line, "voluntary_ctxt_switches:"); ok {
				number, _ := strconv.Atoi(strings.TrimSpace(n))
				slept += number
			}
		}
	}
	return threads, slept
}

// pinned pins a map that nobody sends events into.
func pinned(b testing.TB, dir string, kind ebpf.MapType) string {
	b.Helper()
	spec := &ebpf.MapSpec{Type: kind}
	if kind == ebpf.RingBuf {
		spec.MaxEntries = 1 << 16
	}
	m, err := ebpf.NewMap(spec)
	if err != nil {
		b.Fatal(err)
	}
	defer m.Close() // it is pinned
	path := filepath.Join(dir, kind.String())
	if err := m.Pin(path); err != nil {
		b.Fatal(err)
	}
	return path
}
