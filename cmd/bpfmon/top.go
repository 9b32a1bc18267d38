// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink/top"
)

// topPause is how long a frame stands.
const topPause = time.Second

// ofLines are the flags that say how lines are printed, which top does not.
var ofLines = []string{"json", "verbose", "hex", "time", "pcapng", "short", "color", "summary", "top", "numeric", "counts"}

// topCommand returns the command that draws tables of what other commands print. These are below it, with their flags.
func topCommand(stderr io.Writer) *cobra.Command {
	screen := &screen{stderr: stderr}
	cmd := &cobra.Command{
		Use:   "top COMMAND",
		Short: "Show who is dropped, where and why, as a live table",
		Long: `top runs another command and shows its events as live tables instead of lines: reasons of drops, pairs, ports, talkers,
connections without an answer, interfaces and nodes, losses. COMMAND is one of those below, with its arguments and flags, except
flags for the format of lines.

Keys: 0 to 8, Tab and the arrow keys select a table; s selects the order (rate, count, name); / shows only rows that contain a
text; p and the space bar freeze the display, while counting goes on; c resets the counts; q quits. Messages of the command are
shown in the last line, and printed when top exits.

Each table keeps the 5,000 rows with the most events. top needs a terminal; without one, run COMMAND itself, which prints lines.`,
		Example: `  bpfmon top drops
  bpfmon top attach eth0 --filter 'port 5432'
  bpfmon top listen
  bpfmon top replay node7.gob`,
		Annotations: map[string]string{helptext.Same: "yes"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("top needs a command that has events, not %q: drops, attach, watch, listen, map or replay", args[0])
			}
			return errors.New("top needs a command that has events: drops, attach, watch, listen, map or replay")
		},
		RunE: func(*cobra.Command, []string) error { return nil }, // Args has said it
	}
	cmd.SetErr(screen)
	for _, source := range []*cobra.Command{dropsCommand(), attachCommand(), watchCommand(), listenCommand(), mapCommand(), replayCommand()} {
		screen.prepare(source)
		cmd.AddCommand(source)
	}
	return cmd
}

// prepare makes a command one that draws.
func (s *screen) prepare(cmd *cobra.Command) {
	cmd.Long = "top " + cmd.Name() + " draws what bpfmon " + cmd.Name() + " prints: \"bpfmon help " + cmd.Name() + "\" says what that is, and \"bpfmon help top\" has the keys."
	cmd.Example = ""
	for _, name := range ofLines {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.Flags().MarkHidden(name) // it is there
		}
	}
	check := cmd.PreRunE
	if check == nil { // on other systems than Linux
		return
	}
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		for _, name := range ofLines {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--%s says how lines are printed, and top draws tables", name)
			}
		}
		if err := s.open(cmd, slices.Contains(args, standardInput)); err != nil {
			return err
		}
		var ctx context.Context
		ctx, s.end = context.WithCancelCause(cmd.Context())
		cmd.SetContext(context.WithValue(ctx, screenKey{}, s))
		return check(cmd, args)
	}
}

// screenKey is the key of a command's screen in its context.
type screenKey struct{}

// screenOf returns the screen that a command draws on, nil for one that prints.
func screenOf(cmd *cobra.Command) *screen {
	s, _ := cmd.Context().Value(screenKey{}).(*screen)
	return s
}

// screen is a terminal that tables are drawn on, and the standard error of the command that draws: its lines wait for the end.
type screen struct {
	stderr io.Writer
	out    *os.File
	keys   *os.File
	end    context.CancelCauseFunc // of the command

	mu   sync.Mutex
	on   bool
	held heldLines // for standard error
	last string    // the newest that was not shown
}

// Write holds lines while the tables are drawn.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on {
		return s.stderr.Write(p)
	}
	_, _ = s.held.Write(p) // which never fails
	s.last = strings.TrimPrefix(strings.TrimRight(string(p), "\n"), "bpfmon: ")
	return len(p), nil
}

// take returns the newest line, once.
func (s *screen) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last
	s.last = ""
	return last
}

// open finds the terminal. taken tells that standard input is read by the source.
func (s *screen) open(cmd *cobra.Command, taken bool) error {
	lines := "bpfmon " + cmd.Name() + " prints lines"
	if !isTerminal(cmd.OutOrStdout()) {
		return errors.New("top needs a terminal, and standard output is not one: " + lines)
	}
	if os.Getenv("TERM") == "dumb" {
		return errors.New("top cannot draw on this terminal (TERM is dumb): " + lines)
	}
	s.out, _ = cmd.OutOrStdout().(*os.File)
	if in, ok := cmd.InOrStdin().(*os.File); ok && !taken && term.IsTerminal(int(in.Fd())) {
		s.keys = in
		return nil
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return fmt.Errorf("top needs a terminal for its keys: %w: %s", err, lines)
	}
	s.keys = tty
	return nil
}

// start takes the terminal. The function that it returns gives it back.
func (s *screen) start() (func(), error) {
	before, err := term.MakeRaw(int(s.keys.Fd()))
	if err != nil {
		return nil, fmt.Errorf("top: the terminal does not pass on single keys: %w", err)
	}
	s.mu.Lock()
	s.on = true
	s.mu.Unlock()
	_, _ = s.out.WriteString(top.Start) // what fails now fails with the first frame
	return func() {
		_, _ = s.out.WriteString(top.Stop)
		_ = term.Restore(int(s.keys.Fd()), before)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.on = false
		s.held.release(s.stderr)
	}, nil
}

// drawing is a run of top.
type drawing struct {
	*screen
	table  *top.Sink
	done   chan struct{} // closed when the source has ended
	quit   chan struct{} // closed when nothing is drawn any more
	ending bool          // the user has pressed q
	err    error         // of the terminal
}

// draw runs a pipeline and draws its events until the user ends it, or the source of what happens now does. At the end of a
// recording it waits for the user.
func (s *screen) draw(ctx context.Context, p *pipeline.Pipeline, name string, waits bool) error {
	d := &drawing{
		screen: s, table: top.New(top.Options{Source: name, Node: nodeName(), Interfaces: new(monitor.HostInterfaces)}),
		done: make(chan struct{}), quit: make(chan struct{}),
	}
	p.Selected = append(p.Selected, d.table)
	restore, err := s.start()
	if err != nil {
		return err
	}
	defer restore()
	go d.loop(ctx)
	_, err = p.Run()
	if err == nil && waits && ctx.Err() == nil {
		close(d.done)
		<-d.quit
		err = context.Cause(ctx)
	} else {
		s.end(err) // the drawing, if it has not
		<-d.quit
	}
	if d.ending && (d.err == nil || err == nil) {
		return d.err
	}
	return errors.Join(err, d.err)
}

// loop draws frames and obeys keys, until the command ends.
func (d *drawing) loop(ctx context.Context) {
	defer close(d.quit)
	keys := make(chan []byte)
	go readKeys(d.keys, keys, ctx.Done())
	tick := time.NewTicker(topPause)
	defer tick.Stop()
	resized, stop := windowChanges()
	defer stop()
	var frame []byte
	for done := d.done; ; {
		select {
		case <-ctx.Done():
			return
		case <-done:
			d.table.Tick(time.Now())
			d.table.End()
			done = nil
		case <-tick.C:
			d.table.Tick(time.Now())
		case <-resized:
		case input := <-keys:
			if input == nil || d.table.Keys(input) {
				d.ending = true
				d.end(&signalError{os.Interrupt})
				return
			}
		}
		if last := d.take(); last != "" {
			d.table.Say(last)
		}
		width, height, err := term.GetSize(int(d.out.Fd()))
		if err == nil {
			frame = d.table.Frame(frame[:0], width, height)
			_, err = d.out.Write(frame)
		}
		if err != nil {
			d.err = outputError(err)
			d.end(d.err)
			return
		}
	}
}

// readKeys passes on what a terminal sends, and nil at its end.
func readKeys(from io.Reader, to chan<- []byte, done <-chan struct{}) {
	for {
		b := make([]byte, 64)
		n, err := from.Read(b)
		if err != nil {
			b, n = nil, 0
		}
		select {
		case to <- b[:n]:
		case <-done:
			return
		}
		if err != nil {
			return
		}
	}
}
