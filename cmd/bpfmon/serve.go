// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/agent"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// lingerRecording is how long clients have at the end of a recording to take what is left.
const lingerRecording = 5 * time.Minute

// serveOptions are the flags of serve.
type serveOptions struct {
	share   shareFlags
	which   printFlags // --filter and --cilium
	socket  string
	retry   time.Duration
	clients int
	rate    int
}

// atMostOne returns an error for more than one recording.
func atMostOne(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("serve takes one recording, not %d", len(args))
	}
	return nil
}

func serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve --directory DIRECTORY {FILE|- | --socket PATH}",
		Short: "Share a recording or an agent's events with any number of clients",
		Long: `serve creates the two sockets of a monitor agent, monitor1_2.sock and monitor.sock, and sends the same events to every
client, in the protocol of the socket: the events of a recording (FILE, or - for standard input), or with --socket
those that an agent sends. "bpfmon listen" is such a client.

Only the user that runs serve can connect, and with --group the members of a group. A socket left by a killed server
is replaced; one in use is not. The sockets are removed at exit.

A client that is too slow loses events, without effect on other clients, and receives a record of how many it lost.
Events of an agent are sent as they arrive: a client sees what happens while it is connected. A recording starts with
the first client, or when as many as --clients are connected, and is sent as fast as they read it. Clients that read lose
no event, but serve does not wait for a client that reads nothing for a second. At the end of a recording, serve waits up to
five minutes for clients to read what was sent to them, and exits.

With --filter, only matching events are sent, and the records of lost ones.`,
		Example: `  bpfmon serve --directory /tmp/agent node7.gob
  bpfmon listen --directory /tmp/agent
  bpfmon serve --directory /tmp/drops --socket /var/run/cilium/monitor1_2.sock --filter 'type drop'
  bpfmon serve --directory /run/shared --group netdev --socket /var/run/cilium/monitor1_2.sock`,
		Args:    atMostOne,
		PreRunE: o.check,
		RunE:    ran(o.run),
	}
	o.share.add(cmd, "directory", "create the sockets in this `directory`, which is created if missing")
	renameFlag(cmd, "folder", "directory")
	o.which.addExpression(cmd, "share only events that match this `expression`, and losses; see bpfmon help filter")
	o.which.cilium.add(cmd, "")
	flags := cmd.Flags()
	flags.StringVar(&o.socket, "socket", "", "share the events of the agent's socket at this `path`")
	flags.DurationVar(&o.retry, "retry", agent.DefaultRetry, "`time` to wait before connecting to the agent again")
	flags.IntVar(&o.clients, "clients", 1, "start a recording when this many `clients` are connected")
	flags.IntVar(&o.rate, "rate", 0, "send this many `events` of a recording per second, 0 for as fast as clients read")
	return cmd
}

// check returns an error for flags that contradict each other or mean nothing.
func (o *serveOptions) check(cmd *cobra.Command, args []string) error {
	changed := cmd.Flags().Changed
	switch {
	case o.share.directory == "":
		return errors.New("serve needs a directory for its sockets: --directory DIRECTORY")
	case len(args) == 0 && o.socket == "":
		return errors.New("serve needs events: a FILE, - for standard input, or --socket PATH")
	case len(args) > 0 && changed("socket"):
		return errors.New("a recording and --socket cannot be used together: both are sources of events")
	case len(args) == 0 && (changed("clients") || changed("rate")):
		return errors.New("--clients and --rate are for recordings: an agent does not wait")
	case len(args) > 0 && changed("retry"):
		return errors.New("--retry is for --socket: a recording is not connected to")
	case o.retry <= 0:
		return fmt.Errorf("--retry must be more than 0, not %v", o.retry)
	case o.clients < 1 || o.rate < 0:
		return errors.New("--clients must be 1 or more, and --rate not below 0")
	case changed("cilium") && o.which.expr == "":
		return errors.New("--cilium is for --filter: without it messages are passed on as they come")
	}
	switch {
	case len(args) == 0 && !changed("cilium"): // as listen has it
		o.which.cilium.release = cilium.Newest
	case len(args) > 0 && o.which.expr != "":
		o.which.cilium.recorded = recordedRelease(cmd, args[0])
	}
	if err := o.which.cilium.check(cmd); err != nil {
		return err
	}
	if err := o.which.compile(); err != nil {
		return err
	}
	return o.share.check(changed)
}

func (o *serveOptions) run(cmd *cobra.Command, args []string) error {
	log := logger(cmd)
	src, err := o.open(cmd, args, log)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	shared, err := o.share.start(log)
	if err != nil {
		return err
	}
	o.which.warn(log)
	defer onHangup(cmd.Context(), func() { reopenAll(nil, log) })()
	var n int
	if len(args) > 0 {
		n, err = o.passRecording(cmd.Context(), o.matching(cmd, args[0], src), shared)
		shared.drain(cmd.Context(), log)
	} else {
		n, err = o.passLive(src, shared)
	}
	err = unlessFailed(withoutEnd(err), shared.close())
	log(fmt.Sprintf("served %s to %s", count(n, "event"), count(int(shared.count.Load()), "client")))
	return err
}

// count returns a number of things in words.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// withoutEnd returns nil for the usual ends: of a recording, and by a signal.
func withoutEnd(err error) error {
	if signal := new(signalError); errors.Is(err, io.EOF) || errors.As(err, &signal) {
		return nil
	}
	return err
}

// open opens the source.
func (o *serveOptions) open(cmd *cobra.Command, args []string, log func(any)) (source.Source, error) {
	if len(args) > 0 {
		return openRecording(cmd, args[0])
	}
	return agent.Dial(cmd.Context(), agent.Options{
		Sockets: []string{o.socket},
		Retry:   o.retry,
		Report:  func(c agent.Change) { log(c) },
	})
}

// passLive passes on events as they come, and returns how many, and why they ended.
func (o *serveOptions) passLive(src source.Source, to *sharing) (n int, err error) {
	p := pipeline.Pipeline{Source: src, Selected: []sink.Sink{to.server.Sink()}}
	if o.which.expr != "" {
		p.Decoder, p.Host, p.Filter = o.which.decoder(), o.which.cilium.host(), o.which.compiled.Match
	} else {
		p.All, p.Selected = p.Selected, nil // what is of no known kind is passed on too
	}
	stats, err := p.Run()
	return int(stats.Events - stats.Filtered - stats.Unknown), err
}

// matching returns the events of a recording that --filter asks for.
func (o *serveOptions) matching(cmd *cobra.Command, name string, src source.Source) source.Source {
	if o.which.expr == "" {
		return src
	}
	host := &monitor.Host{Release: o.which.cilium.sent()}
	if name != standardInput {
		if order := recording.ByteOrder(cmd.Context(), name); order != nil && !isNative(order) {
			host.Order = order
		}
	}
	return &matchingSource{src, o.which.decoder(), host, o.which.compiled.Match}
}

// matchingSource leaves out the samples of a source that do not match.
type matchingSource struct {
	source.Source
	decoder event.Decoder
	host    *event.Host
	match   func(*event.Event) bool
}

// Next reads the next event that matches.
func (s *matchingSource) Next(e *event.Event) error {
	for {
		if err := s.Source.Next(e); err != nil {
			return err
		}
		if e.Host == nil {
			e.Host = s.host
		}
		if s.decoder.Decode(e); s.match(e) {
			return nil
		}
	}
}

// passRecording shares events as they are taken, and returns how many, and why they ended.
func (o *serveOptions) passRecording(ctx context.Context, src source.Source, to *sharing) (n int, err error) {
	e := new(event.Event)
	if err := src.Next(e); err != nil { // what is no recording is none before there are clients
		return 0, err
	}
	if err := to.server.WaitClients(ctx, o.clients); err != nil {
		return 0, err
	}
	pl := new(payload.Payload)
	for begin := time.Now(); ; {
		pl.Of(e)
		if err := o.pace(ctx, begin, n); err != nil {
			return n, err
		}
		if err := to.server.WaitRoom(ctx, pl); err != nil {
			return n, err
		}
		if err := to.server.Send(pl); err != nil {
			return n, err
		}
		n++
		if err := src.Next(e); err != nil {
			return n, err
		}
	}
}

// pace waits until it is time for the event number n.
func (o *serveOptions) pace(ctx context.Context, begin time.Time, n int) error {
	if o.rate == 0 {
		return nil
	}
	due := begin.Add(time.Duration(float64(n) / float64(o.rate) * float64(time.Second)))
	wait := time.Until(due)
	if wait < time.Millisecond {
		return nil
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
