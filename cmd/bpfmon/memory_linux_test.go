// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// TestMemoryFlat checks that a long recording takes no more memory than a short one.
func TestMemoryFlat(t *testing.T) {
	demo, err := os.ReadFile("testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	long := bytes.Repeat(demo, 20<<20/len(demo))
	short, peak := peakOfReplay(t, demo), peakOfReplay(t, long)
	more := int64(16 << 20)
	if raceDetector {
		more *= 5
	}
	if peak > short+more {
		t.Errorf("%d MiB of recording took %d MiB, %d bytes took %d MiB", len(long)>>20, peak>>20, len(demo), short>>20)
	}
}

// peakOfReplay returns the most bytes of memory that a replay of a recording has. The recording comes through a pipe, so that the
// process is there to be asked when all of it is printed.
func peakOfReplay(t *testing.T, recording []byte) int64 {
	t.Helper()
	cmd := exec.Command("bpfmon", "replay", "-")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	end := agenttest.AppendSession(nil, false, &payload.Payload{Lost: 4711, Type: payload.RecordLost})
	var out lastLines
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for _, b := range [][]byte{recording, end} {
		if _, err := in.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "the end of the recording", func() bool { return out.contain("Lost 4711 events") })
	peak := peakMemory(t, cmd.Process.Pid)
	if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	return peak
}

// lastLines keeps the end of what is written to it.
type lastLines struct {
	mu   sync.Mutex
	last []byte
}

func (l *lastLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last, p...)
	l.last = append([]byte(nil), l.last[max(0, len(l.last)-100):]...)
	return len(p), nil
}

func (l *lastLines) contain(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Contains(l.last, []byte(text))
}
