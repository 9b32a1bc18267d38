// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// listenOptions are the flags of listen.
type listenOptions struct {
	print  printFlags
	folder string
	socket string
	record string
	share  shareFlags
	retry  time.Duration
}

func listenCommand() *cobra.Command {
	var o listenOptions
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Print what a monitor agent sends",
		Long: `listen connects to the monitor agent of this host and prints what it sends, until it is interrupted.
It tries the agent's socket for protocol 1.2, then the one for 1.0; which protocol a socket speaks is seen from
what it sends. When the connection ends, listen says so and connects again. Interfaces print with the names
that they have on this host.`,
		Example: `  bpfmon listen
  bpfmon listen -t drop --related-to 1234
  bpfmon listen --record node7.gob`,
		Args:    cobra.NoArgs,
		PreRunE: o.check,
		RunE:    ran(o.run),
	}
	o.print.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.folder, "folder", agent.Folder, "`folder` of the agent's sockets")
	flags.StringVar(&o.socket, "socket", "", "`path` of a socket to connect to instead of those in the folder")
	o.share.add(cmd, "serve", "share what is received, as the command serve does, on sockets in this `folder`")
	flags.StringVar(&o.record, "record", "", "keep all that is received, whatever is printed, in this `file`")
	flags.DurationVar(&o.retry, "retry", agent.Retry, "`time` to wait before connecting again")
	return cmd
}

// check returns an error for flags that contradict each other or mean nothing.
func (o *listenOptions) check(cmd *cobra.Command, _ []string) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("folder") && changed("socket"):
		return errors.New("--folder and --socket cannot be used together: both say where the agent is")
	case changed("socket") && o.socket == "":
		return errors.New("--socket needs a path")
	case changed("record") && o.record == "":
		return errors.New("--record needs a file")
	case o.record == "-":
		return errors.New("--record cannot be standard output: the notifications go there")
	case o.retry <= 0:
		return fmt.Errorf("--retry must be more than no time, not %v", o.retry)
	}
	if err := o.share.check(changed); err != nil {
		return err
	}
	return o.print.check()
}

func (o *listenOptions) run(cmd *cobra.Command, _ []string) error {
	err := o.listen(cmd)
	if signal := new(signalError); errors.As(err, &signal) {
		return nil // the usual end
	}
	return err
}

// listen prints what the agent sends until something ends it.
func (o *listenOptions) listen(cmd *cobra.Command) error {
	tell := teller(cmd)
	src, err := agent.Dial(cmd.Context(), agent.Options{
		Sockets: o.sockets(),
		Retry:   o.retry,
		Report:  func(c agent.Change) { tell(c) },
	})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	shared, err := o.share.start(tell)
	if err != nil {
		return err
	}
	return unlessFailed(o.printFrom(cmd, src, shared.of(src), tell), shared.close())
}

// printFrom prints, and records if that is asked for, what the agent sends. events are those of src.
func (o *listenOptions) printFrom(cmd *cobra.Command, src *agent.Source, events source.Source, tell func(any)) error {
	p := printer{format: o.print.formatter(), out: cmd.OutOrStdout(), tell: tell}
	if o.record == "" {
		return p.run(events)
	}
	// Only now, so that no recording is emptied where there is no agent.
	rec, err := recording.Create(o.record, func(err error) { tell(err) })
	if err != nil {
		return err
	}
	src.Tee(rec)
	p.idle = rec.Flush
	return unlessFailed(p.run(events), rec.Close())
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

// sockets returns the sockets to try.
func (o *listenOptions) sockets() []string {
	if o.socket != "" {
		return []string{o.socket}
	}
	return agent.Sockets(o.folder)
}
