// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// standardInput stands for it on the command line.
const standardInput = "-"

// replayOptions are the flags of replay.
type replayOptions struct {
	print      printFlags
	interfaces bool
}

func replayCommand() *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay FILE|-",
		Short: "Print a recording",
		Long: `replay prints a recording: the stream of a monitor agent's 1.2 session, as listen --record keeps it.
With - it reads standard input, and prints each event as it comes.

Of a recording that breaks off or is damaged it prints all that is whole, then says at which byte it ends, and
exits with 1. So does an empty one.`,
		Example: `  bpfmon replay node7.gob
  bpfmon replay node7.gob -t drop -v
  zcat node7.gob.gz | bpfmon replay - --json`,
		Args:    oneRecording,
		PreRunE: func(*cobra.Command, []string) error { return o.print.check() },
		RunE:    ran(o.run),
	}
	o.print.add(cmd)
	cmd.Flags().BoolVar(&o.interfaces, "resolve-interfaces", false,
		"print the names that interfaces have on this host: right only for recordings made here")
	return cmd
}

// oneRecording is the Args of replay.
func oneRecording(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return errors.New("replay needs a recording: a FILE, or - for standard input")
	case 1:
		return nil
	default:
		return fmt.Errorf("replay takes one recording, not %d", len(args))
	}
}

func (o *replayOptions) run(cmd *cobra.Command, args []string) error {
	src, err := openRecording(cmd, args[0])
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	f := o.print.formatter()
	if !o.interfaces {
		f.Host = &monitor.Host{}
	}
	p := printer{format: f, out: cmd.OutOrStdout(), tell: teller(cmd)}
	return p.run(src)
}

// openRecording opens the recording that an argument names.
func openRecording(cmd *cobra.Command, name string) (*recording.Source, error) {
	if name == standardInput {
		return recording.New(cmd.Context(), "standard input", cmd.InOrStdin()), nil
	}
	return recording.Open(cmd.Context(), name)
}
