// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// output is what gets events beside standard output: a recording, clients, another program. To add one, write a sink and an
// output that opens it, and name it in newOutputs.
type output interface {
	// add adds the output's flags to a command.
	add(cmd *cobra.Command)
	// check returns an error for flags that contradict each other or mean nothing. changed reports whether a flag was
	// given.
	check(changed func(flag string) bool) error
	// open starts the output and returns its sink, or nil if its flags do not ask for it. If the sink is an
	// io.Closer it is closed at the end; its error has been reported by then.
	open(log func(any)) (sink.Sink, error)
}

// newOutputs returns the outputs of every command that shows events, in the order in which they get them.
func newOutputs() outputs {
	return outputs{
		&hubbleOutput{},
		&recordOutput{},
	}
}

// newLiveOutputs returns the outputs of a command that shows what happens now: a recording has a command of its own that
// shares it, which waits for clients.
func newLiveOutputs() outputs {
	return append(outputs{&serveOutput{}, &metricsOutput{}, &otlpOutput{}}, newOutputs()...)
}

// outputs are the outputs of a command and their flags.
type outputs []output

func (all outputs) add(cmd *cobra.Command) {
	for _, o := range all {
		o.add(cmd)
	}
}

func (all outputs) check(cmd *cobra.Command) error {
	for _, o := range all {
		if err := o.check(cmd.Flags().Changed); err != nil {
			return err
		}
	}
	return nil
}

// open opens all outputs that the flags ask for. After an error none is open.
func (all outputs) open(log func(any)) (sinks []sink.Sink, err error) {
	for _, o := range all {
		s, err := o.open(log)
		if err != nil {
			return nil, errors.Join(err, closeAll(sinks))
		}
		if s != nil {
			sinks = append(sinks, s)
		}
	}
	return sinks, nil
}

// recording returns the name of the file that events are recorded in, "" for none.
func (all outputs) recording() string {
	for _, o := range all {
		if r, ok := o.(*recordOutput); ok {
			return r.path
		}
	}
	return ""
}

// closeAll closes the sinks that can be closed. Its error is errReported, as each has reported its own, or nil.
func closeAll(sinks []sink.Sink) error {
	var failed error
	for _, s := range sinks {
		if c, ok := s.(io.Closer); ok && c.Close() != nil {
			failed = errReported
		}
	}
	return failed
}

// viewFlags are the flags of the commands that show events: which to print and how, and where else they go.
type viewFlags struct {
	printFlags
	outputs outputs
	lingers bool // outputs that answer clients do so after the source has ended
	opened  bool // the outputs are open
	sinks   []sink.Sink
}

// lingerer is a sink that answers clients, until the context ends.
type lingerer interface{ linger(ctx context.Context) }

func (f *viewFlags) add(cmd *cobra.Command, all outputs) {
	f.printFlags.add(cmd)
	f.outputs = all
	f.outputs.add(cmd)
}

// check returns an error for flags that contradict each other or mean nothing.
func (f *viewFlags) check(cmd *cobra.Command) error {
	if err := f.outputs.check(cmd); err != nil {
		return err
	}
	if err := f.cilium.check(cmd); err != nil {
		return err
	}
	return f.printFlags.check(cmd)
}

// open opens all outputs. Commands that say what they watch do it before, so that they do not say it if an output cannot be
// opened, and after everything else that can fail, so that no recording is begun then. Further calls do nothing.
func (f *viewFlags) open(log func(any)) (err error) {
	if !f.opened {
		f.sinks, err = f.outputs.open(log)
		f.opened = err == nil
	}
	return err
}

// close closes the outputs, if they are open. An error has been reported.
func (f *viewFlags) close() error {
	sinks := f.sinks
	f.opened, f.sinks = false, nil
	return closeAll(sinks)
}

// view prints the events of a source until it ends, and gives them to all outputs. host is the host that sent those whose
// source does not say which; nil for this one.
func (f *viewFlags) view(cmd *cobra.Command, src source.Source, host *event.Host, log func(any)) error {
	if err := f.open(log); err != nil {
		return err
	}
	sinks := f.sinks
	if !f.lingers { // what happens now goes on
		defer onHangup(cmd.Context(), func() { reopenAll(sinks, log) })()
	}
	err := f.show(cmd, src, host, log, sinks...)
	for _, s := range sinks {
		if l, ok := s.(lingerer); ok && f.lingers && err == nil {
			l.linger(cmd.Context())
		}
	}
	return unlessFailed(err, f.close())
}

// unlessFailed makes a run that a signal ended, that nobody reads any more, or that ended well, fail if an output has. Why has been
// said.
func unlessFailed(err, output error) error {
	signal := new(signalError)
	if output != nil && (err == nil || errors.As(err, &signal) || isClosedPipe(err)) {
		return errReported
	}
	return err
}
