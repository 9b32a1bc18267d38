// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// attachOptions are the flags of attach.
type attachOptions struct {
	live     liveFlags
	datapath bpf.Options
	identity identityFlag
	rules    policy
	level    string
	hook     string
	perf     bool
	netns    string
	buffer   int
}

func attachCommand() *cobra.Command {
	var o attachOptions
	cmd := &cobra.Command{
		Use:   "attach IFACE...",
		Short: "Watch the packets of this machine's network interfaces",
		Long: `attach loads a BPF program onto network interfaces and prints what happens to every incoming and outgoing packet, until
it is interrupted. It needs root.

IFACE is an interface name, a pattern like 'veth*', or any. An interface that appears later, or is renamed to match, is
watched from then on. attach exits when all interfaces given by name are gone, unless a pattern was given too.

By default it only watches: no packet is changed or dropped. A packet that --deny would drop is printed with the state
"denied" and the number of the rule; a malformed packet is printed as "malformed" with the reason. With --enforce, packets
that a rule denies are dropped, and no others. With --enforce --strict, malformed packets are dropped too, and every protocol
except ARP and TCP, UDP, ICMP and ICMPv6 over IP: ESP, GRE, SCTP, OSPF, IGMP, LLDP and spanning tree are blocked.

A connection is "new" until a reply is seen and "established" afterwards. flow is the number of the connection, the same in
both directions.

A rule is [ingress:|egress:]PEER[,PROTOCOL[/PORT]][,vlan=NUMBER]. PEER is the other end: "all", an address, a prefix, or
the number of an identity that --identity assigns to a prefix. PROTOCOL is a name such as tcp, udp, icmp, icmp6, gre or esp,
or a number. PORT is the destination port, a range such as 8000-8080, or the name of a service; for icmp and icmp6 it is a
type such as 8 or echo-request. vlan is the outermost VLAN. A packet that matches no rule passes, and so do replies. The
longest prefix with a matching rule decides, then the identity, then "all"; within each, a rule with a port takes precedence
over one with a protocol only. Neighbour discovery and other traffic that keeps the link working is denied only by a rule
that names its type: --deny all,icmp6/neighbor-solicitation.

The program runs first on the interface, so it also sees packets that later programs drop; those programs still run. Events
from a ring buffer are printed in the order in which they were sent.

--aggregate reduces the number of reported trace events. "none" reports every packet. "receive" reports a packet only where
it goes, not where it comes from. "active" also omits most packets of a known connection: it reports the packet that opens
it, packets with a TCP flag that was not seen yet in their direction, and one packet every few seconds. Drops are always
reported.`,
		Example: `  bpfmon attach eth0
  bpfmon attach eth0 wlan0 --type trace --record today.gob
  bpfmon attach eth0 --identity 10.0.0.0/8=1001 --deny ingress:1001,tcp/23
  bpfmon attach any --netns shop
  bpfmon attach eth0 --deny 10.77.0.1,tcp/8000-8080 --deny all,udp/domain,vlan=100
  bpfmon attach eth0 --enforce --deny ingress:all,tcp/23 --type drop`,
		Args:    helptext.Needs("attach needs the names of interfaces, such as eth0 or veth*, or any"),
		PreRunE: o.check,
		RunE:    ranLive(o.run),

		ValidArgsFunction: completeInterfaces,
	}
	o.live.full = true
	o.live.add(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.datapath.Enforce, "enforce", false,
		"drop denied packets instead of only reporting them")
	flags.BoolVar(&o.datapath.Strict, "strict", false,
		"treat unknown protocols as malformed; with --enforce, drop malformed packets")
	flags.BoolVar(&o.datapath.Debug, "debug", false, "report every processing step of every packet (printed with --verbose)")
	flags.IntVar(&o.datapath.CaptureLen, "capture", 128, "number of `bytes` to capture of each packet")
	flags.StringVar(&o.level, "aggregate", bpf.AggregateNone.String(), "reduce the reported packets to this `level`: "+strings.Join(aggregations(), ", "))
	flags.Uint16Var(&o.datapath.Endpoint, "endpoint", 0, "`ID` of the endpoint that the interfaces serve, 0 for this host")
	flags.BoolVar(&o.perf, "perf-array", false,
		"receive events through a perf event array, with one ring per CPU, at a higher cost per packet")
	o.datapath.RingBuffer = true
	negateFlag(cmd, "ringbuf", "perf-array", &o.datapath.RingBuffer)
	flags.StringVar(&o.hook, "hook", "auto",
		"attach by this `method`: tcx (Linux 6.6), clsact (its filter remains if bpfmon is killed with SIGKILL), or auto, which uses the first available")
	flags.Var(&o.identity, "identity", "assign an identity to the addresses of a prefix: `CIDR=ID` (repeatable)")
	flags.Var(&ruleFlag{&o.rules, true}, "deny", "deny packets that match this `rule` (repeatable)")
	flags.Var(&ruleFlag{&o.rules, false}, "allow", "allow packets that match this `rule` (repeatable)")
	flags.IntVar(&o.buffer, "buffer", 4, "buffer up to this many `MiB` of events, a power of two")
	o.addConnections(cmd)
	flags.StringVar(&o.netns, "netns", "",
		"watch the interfaces of another network `namespace`: "+namespaceValues)
	completeWith(cmd, "hook", []string{"auto", "tcx", "clsact"})
	completeWith(cmd, "aggregate", aggregations())
	complete(cmd, "netns", completedNamespaces)
	return cmd
}

// completeInterfaces completes the interfaces of this host that are not among the arguments yet.
func completeInterfaces(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	names := append([]string{"any"}, interfaceNames()...)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(args, name) }), cobra.ShellCompDirectiveNoFileComp
}

// addConnections adds the flag for the size of the tables of connections.
func (o *attachOptions) addConnections(cmd *cobra.Command) {
	cmd.Flags().IntVar(&o.datapath.Connections, "connections", bpf.DefaultConnections,
		"keep the state of up to this `number` of IPv4 connections, and of as many over IPv6")
}

// aggregations returns the names of the levels of aggregation.
func aggregations() (names []string) {
	for _, level := range bpf.AggregationValues() {
		names = append(names, level.String())
	}
	return names
}

// oneOf returns words as a list of what may be chosen.
func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// check returns an error for flags that mean nothing, and completes the options.
func (o *attachOptions) check(cmd *cobra.Command, args []string) error {
	err := interfaces(args).check()
	if err != nil {
		return err
	}
	if o.netns == "" && cmd.Flags().Changed("netns") {
		return errNoNamespace
	}
	if o.datapath.Aggregation, err = bpf.ParseAggregation(o.level); err != nil {
		return fmt.Errorf("--aggregate is %s, not %q", oneOf(aggregations()), o.level)
	}
	switch capture := o.datapath.CaptureLen; {
	case !o.datapath.Enforce && slices.Equal(o.live.types, api.MessageTypeFilter{api.MessageTypeDrop}):
		return errors.New("--type drop prints nothing without --enforce: nothing is dropped")
	case capture < 0 || capture > bpf.MaxCaptureLen:
		return fmt.Errorf("--capture must be from 0 to %d, not %d", bpf.MaxCaptureLen, capture)
	case capture == 0:
		o.datapath.CaptureLen = -1 // the zero value of the option is not this
	}
	if o.buffer < 1 || o.buffer > 512 || o.buffer&(o.buffer-1) != 0 {
		return fmt.Errorf("--buffer is a power of two from 1 to 512, not %d", o.buffer)
	}
	o.datapath.RingBytes = o.buffer << 20
	if n := o.datapath.Connections; n < bpf.MinConnections || n > bpf.MaxConnections {
		return fmt.Errorf("--connections must be from %d to %d, not %d", bpf.MinConnections, bpf.MaxConnections, n)
	}
	modes := map[string]bpf.AttachMode{"auto": bpf.AttachAuto, "tcx": bpf.AttachTCX, "clsact": bpf.AttachFilter}
	var known bool
	if o.datapath.Attach, known = modes[o.hook]; !known {
		return fmt.Errorf("--hook is auto, tcx or clsact, not %q", o.hook)
	}
	o.datapath.RingBuffer = o.datapath.RingBuffer && !o.perf
	if err := o.rules.check(o.identity); err != nil {
		return err
	}
	return o.live.check(cmd)
}

func (o *attachOptions) run(cmd *cobra.Command, args []string) (err error) {
	requested, err := interfaces(args).enter(o.netns)
	if err != nil {
		return err
	}
	say := logger(cmd)
	slow := time.AfterFunc(progressAfter, func() { say("loading the programs into the kernel, which checks them") })
	defer slow.Stop()
	d, err := o.load()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	// Not under the command's context: at its end the rings are read to their ends first.
	src, err := ring.New(context.WithoutCancel(cmd.Context()), d.Events(), ring.Options{
		PerCPU: o.buffer << 20, Trailer: true, Reader: d.Reader(), Lost: d.Lost,
	})
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	a := attached{d: d, src: src, log: say, options: o, requested: requested}
	o.live.host = a.host()
	if err := o.live.open(say); err != nil {
		return err
	}
	defer func() { _ = o.live.close() }() // if it was not run
	following, stop := context.WithCancel(cmd.Context())
	defer stop()
	if err := a.attach(following); err != nil {
		return err
	}
	slow.Stop()
	defer context.AfterFunc(cmd.Context(), a.end)()
	err = o.live.print(cmd, src, a.log)
	stop() // or it would attach again what is detached now
	if why := a.failed.Load(); err == nil && why != nil {
		err = errors.New(*why)
	}
	filtered := ""
	if o.live.filter() != nil {
		filtered = fmt.Sprintf(", %d filtered out", o.live.stats.Filtered)
	}
	return errors.Join(err, a.report(filtered))
}

// progressAfter is how long the start may take before it is said what it is doing.
const progressAfter = 500 * time.Millisecond

// load loads the datapath with its identities and rules.
func (o *attachOptions) load() (*bpf.Datapath, error) {
	d, err := bpf.Load(o.datapath)
	if err != nil {
		return nil, err
	}
	for _, i := range o.identity {
		err = errors.Join(err, d.SetIdentity(i.prefix, i.id))
	}
	err = errors.Join(err, d.SetRules(o.rules.all()...))
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// attached is a datapath on its interfaces.
type attached struct {
	d         *bpf.Datapath
	src       *ring.Source
	log       func(any)
	options   *attachOptions
	requested interfaces
	peers     peerNames
	failed    atomic.Pointer[string] // why there is nothing to watch any more

	mu      sync.Mutex
	ready   bool     // it was said what is attached
	matched []string // the interfaces that patterns stood for at the start
}

// attach attaches to all interfaces, or fails, and says what it did.
func (a *attached) attach(ctx context.Context) error {
	for _, name := range a.requested.names() {
		if err := a.d.Attach(name); err != nil {
			return attachUsage(err)
		}
	}
	n, err := a.d.Follow(ctx, a.requested.match, a.changed)
	if err != nil {
		return err
	}
	what := "watching only"
	switch o := &a.options.datapath; {
	case o.Enforce && o.Strict:
		what = "dropping what is denied, malformed, or of an unknown protocol"
	case o.Enforce:
		what = "dropping what is denied"
	}
	names := a.started()
	where := strings.Join(a.requested, ", ")
	if slices.ContainsFunc(a.requested, isPattern) {
		where += fmt.Sprintf(" (%s)", count(n, "interface"))
	}
	a.log(fmt.Sprintf("attached to %s, %s", where, what))
	a.logPeers(names)
	return nil
}

// end stops the programs, and ends the source behind what they have sent. It may be called more than once.
func (a *attached) end() {
	if err := errors.Join(a.d.DetachAll(), a.src.Finish()); err != nil {
		a.log(err)
		_ = a.src.Close() // do not wait for what may not come
	}
}

// report says what was seen and what was lost, and filtered behind that. The programs have stopped.
func (a *attached) report(filtered string) error {
	if err := a.d.DetachAll(); err != nil { // unless printing failed, which ends nothing else
		return err
	}
	stats, err := a.d.Stats()
	if err != nil {
		return err
	}
	var kinds []string
	for kind, n := range stats.ByType {
		if n.Sent > 0 {
			kinds = append(kinds, fmt.Sprintf("%d %s", n.Sent, api.MessageType(kind)))
		}
	}
	seen := count(int(stats.Total.Sent), "notification")
	if len(kinds) > 0 {
		seen += " (" + strings.Join(kinds, ", ") + ")"
	}
	a.log(seen + fmt.Sprintf(", %d lost", stats.Total.Lost) + filtered)
	tables, err := a.d.Connections()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if t.PushedOut > 0 {
			a.log(pushedOut(t))
		}
	}
	return a.reportRules()
}

// pushedOut says that a table of connections was too small.
func pushedOut(t bpf.ConnTable) string {
	return fmt.Sprintf("%d of %s were pushed out of the full table of %d: one that goes on is new again",
		t.PushedOut, count(int(t.Entered), t.Family+" connection"), t.Size)
}

// reportRules says how many packets each rule has denied.
func (a *attached) reportRules() error {
	what := "would have been dropped"
	if a.options.datapath.Enforce {
		what = "dropped"
	}
	for i, argument := range a.options.rules {
		if !argument.rules[0].Deny {
			continue
		}
		n, err := a.d.Denied(argument.rules[0].Number)
		if err != nil {
			return err
		}
		a.log(fmt.Sprintf("rule %d (%s): %s %s", i+1, argument.text, count(int(n), "packet"), what))
	}
	return nil
}
