// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lockstep-bpf/lockstep/internal/visible"
)

// patience is how long a command is silent before it says what it does.
const patience = time.Second

// progress says on one line of a terminal which of several things is being done, once they take long. All of
// its methods do nothing where there is no terminal.
type progress struct {
	w     io.Writer // nil where there is no terminal
	width int       // columns
	total int
	timer *time.Timer

	mu    sync.Mutex
	done  int
	text  string
	shown bool
}

// newProgress begins to count up to total things.
func newProgress(w io.Writer, total int) *progress {
	if v, ok := w.(terminal); ok {
		w = v.w
	}
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return &progress{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 80
	}
	return startProgress(w, width, total, patience)
}

func startProgress(w io.Writer, width, total int, after time.Duration) *progress {
	p := &progress{w: w, width: width, total: total}
	p.timer = time.AfterFunc(after, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.shown = true
		p.show()
	})
	return p
}

// next says what is done now.
func (p *progress) next(what string) {
	if p.w == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.text = what
	p.show()
}

// show draws the line anew, as wide as the terminal at the most. The caller holds the lock.
func (p *progress) show() {
	if !p.shown || p.text == "" {
		return
	}
	line := []rune(fmt.Sprintf("%d/%d %s", p.done, p.total, visible.Lines([]byte(p.text))))
	if len(line) >= p.width {
		line = line[:max(0, p.width-1)]
	}
	_, _ = fmt.Fprintf(p.w, "\r\x1b[K%s", string(line)) // nothing depends on it
}

// stop takes the line away.
func (p *progress) stop() {
	if p.w == nil {
		return
	}
	p.timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
	}
	p.shown, p.text = false, "" // for a timer that has gone off already
}
