// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// liveFlags are the flags of the commands that print what happens now: how to print, and what else to do with events.
type liveFlags struct {
	printFlags
	share  shareFlags
	record string
}

func (f *liveFlags) add(cmd *cobra.Command) {
	f.printFlags.add(cmd)
	f.share.add(cmd, "serve", "share the events on the two sockets of an agent, in this `folder`")
	cmd.Flags().StringVar(&f.record, "record", "",
		"keep all events, whatever is printed, in this `file`, for its owner only; one that exists is replaced")
}

// check returns an error for flags that contradict each other or mean nothing.
func (f *liveFlags) check(cmd *cobra.Command) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("record") && f.record == "":
		return errors.New("--record needs a file")
	case f.record == "-":
		return errors.New("--record cannot be standard output: the notifications go there")
	case changed("serve") && f.share.folder == "":
		return errors.New("--serve needs a folder")
	}
	if err := f.share.check(changed); err != nil {
		return err
	}
	return f.printFlags.check()
}

// print prints the events of a source until it ends, and shares and records them where that is asked for. The end by a
// signal is a good one.
func (f *liveFlags) print(cmd *cobra.Command, src source.Source, tell func(any)) error {
	shared, err := f.share.start(tell)
	if err != nil {
		return err
	}
	err = f.printRecorded(cmd, src, shared, tell)
	return withoutEnd(unlessFailed(err, shared.close()))
}

// printRecorded prints events, and keeps a recording.
func (f *liveFlags) printRecorded(cmd *cobra.Command, src source.Source, shared *sharing, tell func(any)) error {
	var sinks []sink.Sink
	if shared != nil {
		sinks = append(sinks, shared.server.Sink())
	}
	if f.record == "" {
		return f.show(cmd, src, nil, tell, sinks...)
	}
	// Only now, so that no recording is emptied where there are no events.
	rec, err := recording.Create(f.record, recfile.Options{Mode: recfile.Replace}, func(err error) { tell(err) })
	if err != nil {
		return err
	}
	sinks = append(sinks, rec.Sink())
	return unlessFailed(f.show(cmd, src, nil, tell, sinks...), rec.Close())
}

// unlessFailed makes a run that a signal ended, or that ended well, fail if what it did beside printing has. Why has
// been said.
func unlessFailed(err, beside error) error {
	signal := new(signalError)
	if beside != nil && (err == nil || errors.As(err, &signal)) {
		return errTold
	}
	return err
}
