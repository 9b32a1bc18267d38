// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// TestProgressBar draws the bar of two recordings on a terminal, by a clock of the test's.
func TestProgressBar(t *testing.T) {
	p := newTerminal(t)
	demo, err := os.ReadFile(filepath.Join("testdata", "demo.gob"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	names := []string{filepath.Join(dir, "a.gob"), filepath.Join(dir, "b.gob")}
	const times = 2 * progressEvents / 40 // 40 events each
	for _, name := range names {
		if err := os.WriteFile(name, []byte(strings.Repeat(string(demo), times)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	bar := newProgress(p.slave, names)
	now := bar.shown
	bar.now = func() time.Time { return now }
	steps := []struct {
		passes time.Duration
		want   string // nothing, if it is too early
	}{
		{progressPause - 1, ""},
		{1, "\r\x1b[K[###############               ]  50% 8192 events"},
		{progressPause, "\r\x1b[K[######################        ]  75% 12288 events"},
	}
	read := 0
	for _, name := range names {
		src, err := recording.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		bar.begin(name, src)
		for e := new(event.Event); src.Next(e) == nil; {
			if read++; read%progressEvents == 0 && read/progressEvents <= len(steps) {
				now = now.Add(steps[read/progressEvents-1].passes)
			}
			_ = bar.Event(e)
		}
		bar.done()
		_ = src.Close()
	}
	_, _ = p.slave.WriteString(">")
	bar.around(func(any) { _, _ = p.slave.WriteString("said") })(nil)
	bar.end()
	_, _ = p.slave.WriteString("end")
	p.waitFor("end")
	var want strings.Builder
	for _, step := range steps {
		want.WriteString(step.want)
	}
	want.WriteString(">\r\x1b[Ksaidend")
	if got := p.text(); got != want.String() {
		t.Errorf("drawn\n%q\nwant\n%q", got, want.String())
	}
}

// TestProgressReport: report on a terminal shows how far it is with a recording that comes through a pipe, and removes that.
func TestProgressReport(t *testing.T) {
	p := newTerminal(t)
	dir := t.TempDir()
	pipe, page := filepath.Join(dir, "pipe.gob"), filepath.Join(dir, "page.html")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	demo, err := os.ReadFile(filepath.Join("testdata", "demo.gob"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := p.start("report", pipe, "-o", page)
	in, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	for shown := false; !shown; shown = p.has("pipe.gob: ") { // as many events as it takes
		if _, err := in.Write(demo); err != nil {
			t.Fatal(err)
		}
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(page); err != nil {
		t.Error(err)
	}
	p.waitFor(" events\r\x1b[K")
}

// has reports whether a text was drawn.
func (p *terminal) has(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Contains(p.drawn.String(), text)
}
