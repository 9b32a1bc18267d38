// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/closed"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// show prints the events of a source on standard output, as the flags say, after every event was given to the outputs. It
// returns nil at the end of a recording.
func (f *printFlags) show(cmd *cobra.Command, src source.Source, host *event.Host, log func(any), outputs ...sink.Sink) error {
	f.hint(log)
	f.warn(log)
	var unknown unknownEvents
	out := newStandardOutput(cmd, outputs)
	p := pipeline.Pipeline{
		Source:  src,
		Decoder: f.decoder(),
		Host:    host,
		All:     outputs,
		Filter:  f.filter(),
		Unknown: func(e *event.Event) { unknown.report(e, log) },
	}
	screen := screenOf(cmd)
	if !f.silent && screen == nil {
		p.Selected = f.printers(out)
	}
	p.Selected = append(p.Selected, f.selected...)
	if f.filtered {
		p.All, p.Selected = nil, append(outputs, p.Selected...)
	}
	if screen != nil {
		return draw(screen, cmd, &p)
	}
	var err error
	f.stats, err = p.Run()
	unknown.end(log)
	return unlessBroken(err, f.summary.write(out))
}

// draw draws the events of a pipeline instead of printing them.
func draw(s *screen, cmd *cobra.Command, p *pipeline.Pipeline) error {
	words := append([]string{cmd.Name()}, cmd.Flags().Args()...)
	return s.draw(cmd.Context(), p, strings.Join(words, " "), cmd.Name() == "replay")
}

// printers returns the sinks that print to out.
func (f *printFlags) printers(out io.Writer) []sink.Sink {
	var all []sink.Sink
	switch {
	case f.pcapng != "":
		all = append(all, pcapng.New(out, pcapngOptions()))
	case f.json == jsonHubble && !f.summary.alone:
		all = append(all, hubble.NewSink(out, nodeName(), new(monitor.HostInterfaces)))
	case !f.summary.alone:
		options := f.text()
		options.Numeric = f.numeric
		all = append(all, text.New(out, options))
	}
	if f.summary.sink != nil {
		all = append(all, f.summary.sink)
	}
	return all
}

// unknownEvents counts events that are neither a sample nor a loss.
type unknownEvents int

// report tells of the first.
func (n *unknownEvents) report(e *event.Event, log func(any)) {
	if *n == 0 {
		log(fmt.Sprintf("event of unknown kind %d (CPU %d, %d bytes) is not printed", e.Kind, e.CPU, len(e.Raw)))
	}
	*n++
}

// end tells how many there were.
func (n unknownEvents) end(log func(any)) {
	if n > 1 {
		log(fmt.Sprintf("%d events of unknown kinds were not printed", n))
	}
}

// standardOutput says of an error that it is one of standard output.
type standardOutput struct{ w io.Writer }

// newStandardOutput returns the output of a command. Where the command does nothing else, it is an error that it is closed: a
// command that has other outputs, or that filters packets, may run without one.
func newStandardOutput(cmd *cobra.Command, others []sink.Sink) standardOutput {
	w := cmd.OutOrStdout()
	if _, ok := w.(closed.Writer); ok && (len(others) > 0 || cmd.Name() == "attach") {
		w = io.Discard
	}
	return standardOutput{w}
}

func (o standardOutput) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	return n, outputError(err)
}

// outputError says that standard output cannot be written to, and why.
func outputError(err error) error { return cannotWrite("to standard output", err) }

// cannotWrite says where an error of writing was, in words that the user knows: an error of a file names that which is to get
// another name.
func cannotWrite(where string, err error) error {
	if err == nil {
		return nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot write %s: %w", where, err)
}
