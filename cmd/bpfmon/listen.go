// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// listenOptions are the flags of listen.
type listenOptions struct {
	live      liveFlags
	directory string
	socket    string
	retry     time.Duration
}

func listenCommand() *cobra.Command {
	var o listenOptions
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Print what a monitor agent sends",
		Long: `listen connects to the monitor agent of this host and prints what it sends, until it is interrupted.
It tries the agent's socket for protocol 1.2, then the one for 1.0, and detects the protocol from what the
socket sends. When the connection ends, listen reports it and connects again. Interfaces are printed with their
names on this host, or as numbers if the agent is in another network namespace.`,
		Example: `  bpfmon listen
  bpfmon listen -t drop --related-to 1234
  bpfmon listen --record node7.gob`,
		Args:    noArguments("--socket names a socket, and bpfmon replay prints a recording"),
		PreRunE: o.check,
		RunE:    ranLive(o.run),
	}
	o.live.add(cmd)
	o.live.cilium.add(cmd, cilium.Newest)
	flags := cmd.Flags()
	flags.StringVar(&o.directory, "directory", agent.Directory, "`directory` that contains the agent's sockets")
	renameFlag(cmd, "folder", "directory")
	_ = cmd.MarkFlagDirname("directory") // the flag exists
	flags.StringVar(&o.socket, "socket", "", "connect to the socket at this `path` instead of those in the directory")
	flags.DurationVar(&o.retry, "retry", agent.DefaultRetry, "`time` to wait before connecting again")
	return cmd
}

// check returns an error for flags that contradict each other or mean nothing.
func (o *listenOptions) check(cmd *cobra.Command, _ []string) error {
	changed := cmd.Flags().Changed
	switch {
	case changed("directory") && changed("socket"):
		return errors.New("--directory and --socket cannot be used together: both locate the agent")
	case changed("socket") && o.socket == "":
		return errors.New("--socket needs a path")
	case o.directory == "":
		return errors.New("--directory needs a path")
	case o.retry <= 0:
		return fmt.Errorf("--retry must be more than 0, not %v", o.retry)
	}
	return o.live.check(cmd)
}

// run prints what the agent sends until something ends it.
func (o *listenOptions) run(cmd *cobra.Command, _ []string) error {
	log := logger(cmd)
	var held []agent.Change // until the outputs are open
	report := func(c agent.Change) { held = append(held, c) }
	src, err := agent.Dial(cmd.Context(), agent.Options{
		Sockets: o.sockets(),
		Retry:   o.retry,
		Report:  func(c agent.Change) { report(c) },
	})
	var missing *agent.DialError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w: %s", err, noAgentHint(err))
	}
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	if err := o.live.open(log); err != nil {
		return err
	}
	defer func() { _ = o.live.close() }() // if it was not run
	report = func(c agent.Change) { log(c) }
	for _, c := range held {
		report(c)
	}
	if src.Elsewhere() {
		log("the agent is in another network namespace: interfaces print as numbers")
		o.live.elsewhere = true
	}
	return o.live.print(cmd, src, log)
}

// noAgentHint says what to do about an agent that cannot be connected to.
func noAgentHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return "connecting needs root (try sudo), or the rights that the socket's owner and group have"
	case errors.Is(err, syscall.EINVAL):
		return "the path is too long for a socket"
	}
	return "use --directory or --socket if the agent listens elsewhere"
}

// sockets returns the sockets to try.
func (o *listenOptions) sockets() []string {
	if o.socket != "" {
		return []string{o.socket}
	}
	return agent.Sockets(o.directory)
}
