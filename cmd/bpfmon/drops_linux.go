// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// dropsOptions are the flags of drops.
type dropsOptions struct {
	live   liveFlags
	watch  kdrop.Options
	filter dropsFilter
	during time.Duration
	list   bool
	peers  peerCounts
}

func dropsCommand() *cobra.Command {
	var o dropsOptions
	cmd := &cobra.Command{
		Use:   "drops",
		Short: "Print the packets that the kernel of this machine drops, where and why",
		Long: `drops prints every packet that the kernel drops, in all network namespaces, until it is interrupted: the reason, the
device and namespace, addresses and ports, the function that dropped it, and the process and container that own the
socket, if there is one. It needs root, but no interface. When it exits, it prints the number of drops by reason and by
peer.

Reasons are those of the running kernel (--list-reasons prints them). They exist in Linux 5.17 and later; for older kernels,
only the function is known. Packets that are not lost are omitted: packets that the kernel frees without a reason
(NOT_SPECIFIED), except in functions that are known to lose packets, such as those for routes of type blackhole; the remaining
packets of a closed connection; and messages between local sockets. --all prints these too; otherwise only their number is
printed at the end.

--host, --src, --dst, --port, --src-port, --dst-port, --proto, --device, --netns and --reason filter in the kernel: packets that
they exclude cost almost nothing. Several values of one flag are alternatives; different flags must all match. Addresses, ports
and protocol are those of the outermost IP header.

Drops in excess of --rate are counted but not printed.`,
		Example: `  bpfmon drops
  bpfmon drops --host 10.0.1.15 --port 5432 --stack
  bpfmon drops --reason NETFILTER_DROP --for 10s --counts
  bpfmon drops --netns shop --netns 4711
  bpfmon drops --tcp --json --record drops.gob`,
		Args:    noArguments("filters are flags, such as --port 443"),
		PreRunE: o.check,
		RunE:    ranLive(o.run),
	}
	o.live.add(cmd)
	o.live.selected = []sink.Sink{&o.peers}
	for _, name := range []string{"type", "from", "to", "related-to"} { // of the datapath's messages
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.Flags().MarkHidden(name) // it is there
		}
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.watch.All, "all", false, "also print packets that are freed but not lost")
	flags.BoolVar(&o.watch.TCP, "tcp", false, "also print TCP retransmissions and resets")
	flags.BoolVar(&o.watch.Stack, "stack", false, "print the functions that led to each drop")
	flags.IntVar(&o.watch.CaptureLen, "capture", 128, "number of `bytes` to capture of each packet")
	flags.IntVar(&o.watch.Rate, "rate", 20_000, "maximum number of `drops` to print per second; 0 for all")
	flags.DurationVar(&o.during, "for", 0, "exit after this `time`, such as 10s")
	flags.BoolVar(&o.live.silent, "counts", false, "print only the counts, at the end")
	flags.BoolVar(&o.list, "list-reasons", false, "print the reasons of this kernel, and exit")
	flags.BoolVar(&o.watch.Raw, "raw-tracepoint", false, "use raw tracepoints")
	_ = flags.MarkHidden("raw-tracepoint") // it is there
	o.filter.add(cmd)
	o.filter.addNamespaces(cmd)
	return cmd
}

// check returns an error for flags that mean nothing, and completes the options.
func (o *dropsOptions) check(cmd *cobra.Command, _ []string) error {
	switch capture := o.watch.CaptureLen; {
	case capture != 0 && (capture < kdrop.MinCaptureLen || capture > kdrop.MaxCaptureLen):
		return fmt.Errorf("--capture is 0 or from %d to %d, not %d", kdrop.MinCaptureLen, kdrop.MaxCaptureLen, capture)
	case o.watch.Rate < 0:
		return fmt.Errorf("--rate is a number of drops a second, or 0 for no bound, not %d", o.watch.Rate)
	case o.during < 0:
		return fmt.Errorf("--for is a time such as 10s, not %s", o.during)
	}
	if err := o.checkCounts(cmd); err != nil {
		return err
	}
	if o.watch.CaptureLen == 0 {
		o.watch.CaptureLen = -1 // the zero value of the option is not this
	}
	if o.watch.Rate == 0 {
		o.watch.Rate = -1
	}
	if err := o.live.check(cmd); err != nil {
		return err
	}
	if err := o.filter.resolve(&o.watch.Filter); err != nil {
		return err
	}
	if len(o.filter.devices) > 0 {
		o.live.also = o.filter.onDevice
	}
	return nil
}

// checkCounts returns an error for flags that --counts would ignore: the kernel counts, by reason and function.
func (o *dropsOptions) checkCounts(cmd *cobra.Command) error {
	if !o.live.silent {
		return nil
	}
	for _, name := range []string{"filter", "type", "from", "to", "related-to"} {
		if cmd.Flags().Changed(name) && !o.live.filtered {
			return fmt.Errorf("--counts and --%s cannot be used together: the kernel counts, and knows only --host, --src, --dst, --port, "+
				"--src-port, --dst-port, --proto, --device, --netns and --reason; --summary=reason counts what --%s selects", name, name)
		}
	}
	for _, name := range []string{"json", "hex", "pcapng"} {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--counts and --%s cannot be used together: counts are printed as text, and events are not printed", name)
		}
	}
	return nil
}

func (o *dropsOptions) run(cmd *cobra.Command, _ []string) (err error) {
	if o.list {
		return listReasons(cmd)
	}
	log := logger(cmd)
	w, reasons, err := o.load(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	// Not under the command's context: at its end the ring is read to its end first.
	src, err := kdrop.NewSource(context.WithoutCancel(cmd.Context()), w, kdrop.SourceOptions{Symbols: o.watch.Symbols})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	if err := o.live.open(log); err != nil {
		return err
	}
	defer func() { _ = o.live.close() }() // if it was not run
	if err := w.Attach(); err != nil {
		return err
	}
	log(o.greeting(reasons))
	ctx := cmd.Context()
	if o.during > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.during)
		defer cancel()
	}
	defer context.AfterFunc(ctx, func() { endDrops(w, src, log) })()
	return o.print(cmd, w, src, log)
}

// load puts the programs into the kernel. The kernel's symbols and its types take about as long to read, so both are read at
// once.
func (o *dropsOptions) load(log func(any)) (*kdrop.Watch, *kdrop.Reasons, error) {
	hidden := make(chan error, 1)
	go func() {
		var err error
		o.watch.Symbols, err = kdrop.LoadSymbols()
		hidden <- err
	}()
	reasons, err := kdrop.LoadReasons()
	unnamed := <-hidden
	if err != nil {
		return nil, nil, err
	}
	w, err := kdrop.Load(o.watch, reasons)
	if err != nil {
		return nil, nil, err
	}
	if unnamed != nil {
		log(unnamed)
	}
	if err := w.Refusal(); err != nil {
		log(o.rawInstead(err))
	}
	return w, reasons, nil
}

// rawInstead says that the faster programs were refused; with --verbose why.
func (o *dropsOptions) rawInstead(err error) string {
	text := "this kernel refuses the programs for typed tracepoints: those for raw ones are used, which cost more for each packet"
	if o.live.verbose == 0 {
		return text + " (--verbose prints why)"
	}
	return fmt.Sprintf("%s: %v", text, err)
}

// greeting says what is watched.
func (o *dropsOptions) greeting(reasons *kdrop.Reasons) string {
	switch {
	case !reasons.HasReasons():
		return "this kernel has no reasons for drops (Linux 5.17 and later have): functions only"
	case o.watch.All:
		return "watching all packets that the kernel frees"
	case len(o.watch.Filter.Reasons) > 0:
		return "watching drops for the requested reasons"
	}
	return "watching drops; packets that are freed but not lost are omitted (--all prints them)"
}

// endDrops stops the programs, and ends the source behind what they have sent.
func endDrops(w *kdrop.Watch, src *kdrop.Source, log func(any)) {
	if err := errors.Join(w.Detach(), src.Finish()); err != nil {
		log(err)
		_ = src.Close() // do not wait for what may not come
	}
}

// print prints the events until the source ends, and then the counts.
func (o *dropsOptions) print(cmd *cobra.Command, w *kdrop.Watch, src *kdrop.Source, log func(any)) error {
	err := o.live.print(cmd, src, log)
	if failed := w.Detach(); failed != nil { // unless printing failed, which ends nothing else
		return errors.Join(err, failed)
	}
	stats, failed := w.Stats()
	if failed != nil {
		return errors.Join(err, failed)
	}
	report := o.report(stats, src)
	if o.live.silent {
		_, failed = cmd.OutOrStdout().Write(report.append(nil))
		return errors.Join(err, outputError(failed))
	}
	report.log(log)
	return err
}

// report returns what to say at the end. --device rejects some events that the kernel has counted: see onDevice.
func (o *dropsOptions) report(stats kdrop.Stats, src *kdrop.Source) *dropsReport {
	return &dropsReport{stats: stats, peers: &o.peers, function: src.Function, filtered: o.live.selects() || o.live.stats.Filtered > 0}
}

// listReasons prints the reasons of this kernel and what they mean.
func listReasons(cmd *cobra.Command) error {
	reasons, err := kdrop.LoadReasons()
	if err != nil {
		return err
	}
	var out []byte
	for _, name := range reasons.Names() {
		out = fmt.Appendf(out, "%-30s %s\n", name, kernel.ReasonText(name))
	}
	_, err = cmd.OutOrStdout().Write(out)
	return outputError(err)
}
