// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// progress shows on a terminal how much of the recordings was read. It is a sink of all events. A nil one, and one whose
// output is no terminal, shows nothing.
type progress struct {
	out    io.Writer // nil for none
	total  int64     // bytes of all files; 0 if that is not known
	before int64     // bytes of the files that were read
	name   string
	src    *recording.Source
	events uint64
	now    func() time.Time
	shown  time.Time
	line   bool // something is shown
}

// progressEvents is how many events pass before the time is looked at.
const progressEvents = 4096

// progressPause is how long a line stands.
const progressPause = 100 * time.Millisecond

func newProgress(out io.Writer, names []string) *progress {
	if !isTerminal(out) {
		return &progress{}
	}
	p := &progress{out: out, now: time.Now, shown: time.Now()}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() {
			p.total = 0
			return p
		}
		p.total += info.Size()
	}
	return p
}

func (p *progress) begin(name string, src *recording.Source) { p.name, p.src = name, src }

func (p *progress) done() {
	p.before += p.src.Offset()
	p.src = nil
}

// Event counts an event. The error is always nil.
func (p *progress) Event(*event.Event) error {
	p.events++
	if p.out == nil || p.events%progressEvents != 0 {
		return nil
	}
	now := p.now()
	if now.Sub(p.shown) < progressPause {
		return nil
	}
	p.shown, p.line = now, true
	_, _ = io.WriteString(p.out, "\r\x1b[K"+p.text()) // it is for looking at only
	return nil
}

// Flush does nothing.
func (p *progress) Flush() error { return nil }

// text returns the line.
func (p *progress) text() string {
	at := p.before
	if p.src != nil {
		at += p.src.Offset()
	}
	if p.total == 0 {
		return fmt.Sprintf("%s: %d events", escape(p.name), p.events)
	}
	const width = 30
	part := min(width, int(at*width/p.total))
	return fmt.Sprintf("[%s%s] %3d%% %d events", strings.Repeat("#", part), strings.Repeat(" ", width-part), min(100, at*100/p.total), p.events)
}

// end removes the line.
func (p *progress) end() {
	if p.line {
		p.line = false
		_, _ = io.WriteString(p.out, "\r\x1b[K")
	}
}

// around returns a function that tells something without the line.
func (p *progress) around(log func(any)) func(any) {
	return func(what any) {
		p.end()
		log(what)
	}
}
