// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// gate is an output that takes nothing until it is opened.
type gate struct {
	open chan bool
	to   io.Writer
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	return g.to.Write(p)
}

// TestStalledAttach watches more packets than the rings hold while its output stops: what was lost is counted, all else
// is printed. Each packet, of no protocol that there is, makes a trace message.
func TestStalledAttach(t *testing.T) {
	t.Parallel()
	needBPF(t)
	for _, flags := range [][]string{nil, {"--perf-array"}} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			const frames = 200000
			cable := newCable(t)
			c := &command{t: t, code: make(chan int, 1)}
			pager := &gate{make(chan bool), &c.out}
			c.start(cable[1], pager, "attached to eth0", append([]string{"attach", "--time", "none", "eth0", smallTables}, flags...)...)
			if err := cable[0].Flood(make([]byte, 60), frames); err != nil {
				t.Fatal(err)
			}
			time.Sleep(*stall)
			close(pager.open)
			c.interrupt(0)
			said := regexp.MustCompile(`\nbpfmon: (\d+) notifications \((\d+) trace\), (\d+) lost\n$`)
			numbers := said.FindStringSubmatch(c.err.String())
			if numbers == nil {
				t.Fatalf("said %q", c.err.String())
			}
			sent, traced, lost := number(t, numbers[1]), number(t, numbers[2]), number(t, numbers[3])
			printed, reported := tally(t, c.out.String())
			if printed != traced || reported != lost || lost == 0 || traced == 0 || sent+lost < frames {
				t.Errorf("sent %d frames, printed %d, reported %d as lost, and said %q", frames, printed, reported, numbers[0])
			}
		})
	}
}

// TestStoppedAttach stops the process (SIGSTOP) that watches, with a filter, while more packets pass than the ring holds: each that
// the datapath has sent is printed or filtered out, and each other is counted as lost.
func TestStoppedAttach(t *testing.T) {
	t.Parallel()
	needBPF(t)
	const rounds, frames = 40, 2500 // of each of two kinds
	cable := newCable(t)
	cmd := exec.Command("bpfmon", "attach", "--time", "none", "eth0", smallTables, "--buffer", "1", "--filter", "broadcast")
	var out, said lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cable[1].Do(cmd.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	c := &command{t: t}
	c.await(&said, "attached to eth0")
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	wanted := append(bytes.Repeat([]byte{0xff}, 6), make([]byte, 54)...)
	for range rounds {
		if err := errors.Join(cable[0].Flood(wanted, frames), cable[0].Flood(make([]byte, 60), frames)); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(*stall)
	err := errors.Join(cmd.Process.Signal(syscall.SIGCONT), cmd.Process.Signal(syscall.SIGINT), cmd.Wait())
	if err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	numbers := regexp.MustCompile(`\nbpfmon: (\d+) notifications \((\d+) trace\), (\d+) lost, (\d+) filtered out\n$`).FindStringSubmatch(said.String())
	if numbers == nil {
		t.Fatalf("said %q", said.String())
	}
	sent, lost, filtered := number(t, numbers[1]), number(t, numbers[3]), number(t, numbers[4])
	printed, reported := tally(t, out.String())
	if printed+filtered != sent || reported != lost || printed == 0 || filtered == 0 || lost == 0 || sent+lost < 2*rounds*frames {
		t.Errorf("sent %d frames, printed %d, reported %d as lost, and said %q", 2*rounds*frames, printed, reported, numbers[0])
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// tally returns how many lines are about packets, and how many events the others tell as lost.
func tally(t *testing.T, out string) (printed, lost int) {
	t.Helper()
	loss := regexp.MustCompile(`^CPU \d\d: Lost \d+ events\n$`)
	for line := range strings.Lines(out) {
		var cpu, n int
		if loss.MatchString(line) {
			_, _ = fmt.Sscanf(line, "CPU %d: Lost %d events", &cpu, &n)
			lost += n
			continue
		}
		if !strings.Contains(line, "<- stack flow ") && !strings.Contains(line, "-> stack flow ") {
			t.Fatalf("printed %q", line)
		}
		printed++
	}
	return printed, lost
}
