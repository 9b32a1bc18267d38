// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// recordOutput keeps all events in a recording.
type recordOutput struct{ path string }

func (o *recordOutput) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.path, "record", "",
		"keep all events, whatever is printed, in this `file`, for its owner only; one that exists is replaced")
}

func (o *recordOutput) check(changed func(string) bool) error {
	switch {
	case changed("record") && o.path == "":
		return errors.New("--record needs a file")
	case o.path == "-":
		return errors.New("--record cannot be standard output: the notifications go there")
	}
	return nil
}

// open creates the file. It is the last of the outputs to be opened, so that no recording is emptied where another fails.
func (o *recordOutput) open(tell func(any)) (sink.Sink, error) {
	if o.path == "" {
		return nil, nil
	}
	rec, err := recording.Create(o.path, recfile.Options{Mode: recfile.Replace}, func(err error) { tell(err) })
	if err != nil {
		return nil, err
	}
	return &recordSink{rec.Sink(), rec}, nil
}

// recordSink is the sink of a recording, which it closes.
type recordSink struct {
	sink.Sink
	rec *recording.Recorder
}

func (s *recordSink) Close() error { return s.rec.Close() }
