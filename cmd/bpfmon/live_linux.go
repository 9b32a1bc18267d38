// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// liveFlags are the flags of the commands that read the kernel's rings: how to print, and what else to do with events.
type liveFlags struct {
	printFlags
	share  shareFlags
	record string
}

func (f *liveFlags) add(cmd *cobra.Command) {
	f.printFlags.add(cmd)
	f.share.add(cmd, "serve", "share the events on the two sockets of an agent, in this `folder`")
	cmd.Flags().StringVar(&f.record, "record", "", "keep all events, whatever is printed, in this `file`")
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
	err = f.printRecorded(cmd, shared.of(src), tell)
	return withoutEnd(unlessFailed(err, shared.close()))
}

// printRecorded prints events, and keeps a recording.
func (f *liveFlags) printRecorded(cmd *cobra.Command, src source.Source, tell func(any)) error {
	p := printer{format: f.formatter(), out: cmd.OutOrStdout(), tell: tell}
	if f.record == "" {
		return p.run(src)
	}
	rec, err := recording.Create(f.record, func(err error) { tell(err) })
	if err != nil {
		return err
	}
	p.idle = rec.Flush
	err = p.run(&recorded{Source: src, to: payload.NewWriter(rec)})
	return unlessFailed(err, rec.Close())
}

// recorded is a source whose events are written as they are read.
type recorded struct {
	source.Source
	to *payload.Writer
}

// Next reads the next event and writes it.
func (r *recorded) Next(pl *payload.Payload) error {
	if err := r.Source.Next(pl); err != nil {
		return err
	}
	if err := r.to.Write(pl); err != nil {
		return fmt.Errorf("record an event: %w", err)
	}
	return nil
}
