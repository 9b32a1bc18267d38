// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source/merge"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// watchOptions are the flags of watch: those of attach and drops that make sense together.
type watchOptions struct {
	attach attachOptions
	drops  dropsOptions
	seen   packetFilter
}

func watchCommand() *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch IFACE...",
		Short: "Watch network interfaces and the kernel's drops in order of time",
		Long: `watch combines attach and drops: it prints every packet that passes the interfaces, and every packet that the kernel
drops, in order of time, until it is interrupted. The lines show a packet's path: seen on eth0, dropped in nft_do_chain,
NETFILTER_DROP. It needs root. It does not change or drop packets.

IFACE is an interface name, a pattern like 'veth*', or any, in the network namespace of --netns. Drops are reported from all
namespaces, because a packet passes through several. --host, --src, --dst, --port, --src-port, --dst-port and --proto select
the same packets in both; --reason selects drops only. They apply to the outermost IP header.

Events are delayed by up to 50 ms so that they can be sorted.`,
		Example: `  bpfmon watch eth0 --host 10.0.1.15
  bpfmon watch any --port 5432 --proto tcp --tcp
  bpfmon watch 'veth*' --host 10.0.2.7 --stack --record night.gob
  bpfmon watch eth0 --netns shop --reason NETFILTER_DROP --for 1m`,
		Args:    helptext.Needs("watch needs the names of interfaces, such as eth0 or veth*, or any"),
		PreRunE: o.check,
		RunE:    ranLive(o.run),

		ValidArgsFunction: completeInterfaces,
	}
	o.drops.live.full = true
	o.drops.live.add(cmd)
	o.drops.live.selected = []sink.Sink{&o.drops.peers}
	flags := cmd.Flags()
	flags.BoolVar(&o.drops.watch.All, "all", false, "also print packets that are freed but not lost")
	flags.BoolVar(&o.drops.watch.TCP, "tcp", false, "also print TCP retransmissions and resets")
	flags.BoolVar(&o.drops.watch.Stack, "stack", false, "print the functions that led to each drop")
	flags.IntVar(&o.drops.watch.CaptureLen, "capture", 128, "number of `bytes` to capture of each packet")
	flags.IntVar(&o.drops.watch.Rate, "rate", 20_000, "maximum number of `drops` to print per second; 0 for all")
	flags.DurationVar(&o.drops.during, "for", 0, "exit after this `time`, such as 10s")
	flags.StringVar(&o.attach.level, "aggregate", bpf.AggregateNone.String(),
		"reduce the reported packets of the interfaces to this `level`: none, receive or active; see bpfmon help attach")
	flags.StringVar(&o.attach.hook, "hook", "auto", "attach by this `method`: tcx (Linux 6.6), clsact, or auto, which uses the first available")
	flags.IntVar(&o.attach.buffer, "buffer", 4, "buffer up to this many `MiB` of events, a power of two")
	o.attach.addConnections(cmd)
	flags.StringVar(&o.attach.netns, "netns", "",
		"watch the interfaces of another network `namespace`: "+namespaceValues)
	completeWith(cmd, "hook", []string{"auto", "tcx", "clsact"})
	completeWith(cmd, "aggregate", []string{"none", "receive", "active"})
	complete(cmd, "netns", completedNamespaces)
	o.drops.filter.add(cmd)
	_ = flags.MarkHidden("device") // the interfaces are arguments
	return cmd
}

// check returns an error for flags that mean nothing, and completes the options.
func (o *watchOptions) check(cmd *cobra.Command, args []string) error {
	if len(o.drops.filter.devices) > 0 {
		return errors.New("--device is for drops: watch takes the interfaces as arguments, and drops are those of all devices")
	}
	o.attach.datapath.CaptureLen, o.attach.datapath.RingBuffer = o.drops.watch.CaptureLen, true
	if err := o.drops.check(cmd, nil); err != nil {
		return err
	}
	o.seen.filter = &o.drops.watch.Filter
	if !o.seen.all() { // it needs the headers
		o.attach.datapath.CaptureLen = max(o.attach.datapath.CaptureLen, 128)
	}
	o.attach.live = o.drops.live
	o.attach.live.types = nil // attach has its own opinion of types
	return o.attach.check(cmd, args)
}

func (o *watchOptions) run(cmd *cobra.Command, args []string) (err error) {
	if err := interfaces(args).look(o.attach.netns); err != nil { // before what takes a while
		return err
	}
	log := logger(cmd)
	w, reasons, err := o.drops.load(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	clock := new(ring.Clock)
	// Neither source is under the command's context: at its end the rings are read to their ends first.
	dropped, err := kdrop.NewSource(context.WithoutCancel(cmd.Context()), w, kdrop.SourceOptions{
		Symbols: o.drops.watch.Symbols, Clock: clock,
	})
	if err != nil {
		return err
	}
	defer func() { _ = dropped.Close() }() // nothing was written to it
	requested, err := interfaces(args).enter(o.attach.netns)
	if err != nil {
		return err
	}
	a, err := o.openAttached(cmd, requested, clock, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.src.Close(), a.d.Close()) }()
	if err := o.drops.live.open(log); err != nil {
		return err
	}
	defer func() { _ = o.drops.live.close() }() // if it was not run
	following, stop := context.WithCancel(cmd.Context())
	defer stop()
	if err := w.Attach(); err != nil { // first: what is seen to come in, and is dropped, is seen to be dropped
		return err
	}
	if err := a.attach(following); err != nil {
		return err
	}
	log(o.drops.greeting(reasons))
	return o.print(cmd, &watching{w: w, dropped: dropped, attached: a, stop: stop, log: log})
}

// openAttached loads the datapath, and reads its events.
func (o *watchOptions) openAttached(cmd *cobra.Command, requested interfaces, clock *ring.Clock, log func(any)) (*attached, error) {
	d, err := o.attach.load()
	if err != nil {
		return nil, err
	}
	src, err := ring.New(context.WithoutCancel(cmd.Context()), d.Events(), ring.Options{
		Trailer: true, Reader: d.Reader(), Lost: d.Lost, Clock: clock,
	})
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &attached{d: d, src: src, log: log, options: &o.attach, requested: requested}, nil
}

// watching is what watch reads.
type watching struct {
	w        *kdrop.Watch
	dropped  *kdrop.Source
	attached *attached
	stop     context.CancelFunc // attaches to no more interfaces
	log      func(any)
}

// end stops all programs, and ends both sources behind what they have sent.
func (r *watching) end() {
	r.stop()
	r.attached.end()
	endDrops(r.w, r.dropped, r.log)
}

// print prints the events of both until they end, and then says what there was.
func (o *watchOptions) print(cmd *cobra.Command, r *watching) error {
	ctx := cmd.Context()
	if o.drops.during > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.drops.during)
		defer cancel()
	}
	defer context.AfterFunc(ctx, r.end)()
	o.seen.Source = r.attached.src
	o.seen.ended, o.seen.host = r.end, r.attached.host()
	all := merge.New(merge.Options{}, &o.seen, r.dropped)
	err := o.drops.live.print(cmd, all, r.log)
	r.stop()                                                       // or it would attach again what is detached now
	err = errors.Join(err, r.w.Detach(), r.attached.d.DetachAll()) // unless printing failed, which ends nothing else
	err = errors.Join(err, all.Close())
	if why := r.attached.failed.Load(); err == nil && why != nil {
		err = errors.New(*why)
	}
	stats, failed := r.w.Stats()
	if failed == nil {
		failed = r.attached.report("")
	}
	if failed != nil {
		return errors.Join(err, failed)
	}
	if o.seen.rejected > 0 {
		r.log(fmt.Sprintf("%d of them rejected by the filter", o.seen.rejected))
	}
	if o.drops.live.filter() != nil { // of both sources
		r.log(count(int(o.drops.live.stats.Filtered), "event") + " filtered out")
	}
	o.drops.report(stats, r.dropped).log(r.log)
	return err
}
