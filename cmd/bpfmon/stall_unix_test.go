// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bufio"
	"flag"
	"os/exec"
	"testing"
	"time"
)

// stall is how long the readers of these tests stop in between, as a pager does that is paused. CI has them stop for a
// minute.
var stall = flag.Duration("stall", 200*time.Millisecond, "how long readers stop in between")

// TestStalledReplay replays a recording to a reader that stops: it gets every line.
func TestStalledReplay(t *testing.T) {
	t.Parallel()
	const events = 5000
	cmd := exec.Command("bpfmon", "replay", numberedRecording(t, events))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var l listener
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if l.printed.Load() == events/10 {
			time.Sleep(*stall)
		}
		l.count(lines.Text())
	}
	if err := cmd.Wait(); err != nil || l.err != nil || l.printed.Load() != events || l.lost.Load() != 0 {
		t.Errorf("printed %d, lost %d, %v, %v", l.printed.Load(), l.lost.Load(), l.err, err)
	}
}
