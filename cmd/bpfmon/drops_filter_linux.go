// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/nearest"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// dropsFilter is the flags that become the filter in the kernel.
type dropsFilter struct {
	hosts, srcs, dsts prefixList
	ports             portList
	srcPorts          portList
	dstPorts          portList
	protos            protoList
	devices           []string
	reasons           []string
	namespaces        []string
}

func (f *dropsFilter) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&f.hosts, "host", "only packets from or to this `address` or prefix (repeatable)")
	flags.Var(&f.srcs, "src", "only packets from this `address` or prefix (repeatable)")
	flags.Var(&f.dsts, "dst", "only packets to this `address` or prefix (repeatable)")
	flags.Var(&f.ports, "port", "only packets from or to this `port` (repeatable)")
	flags.Var(&f.srcPorts, "src-port", "only packets from this `port` (repeatable)")
	flags.Var(&f.dstPorts, "dst-port", "only packets to this `port` (repeatable)")
	flags.Var(&f.protos, "proto", "only this `protocol`, a name such as tcp or gre, or a number (repeatable)")
	flags.StringArrayVar(&f.devices, "device", nil, "only packets on devices with this `name`, in any namespace (repeatable)")
	flags.StringArrayVar(&f.reasons, "reason", nil, "only drops for this `reason`, as --list-reasons names it (repeatable)")
	completeWith(cmd, "proto", []string{"tcp", "udp", "icmp", "icmp6", "sctp", "gre", "esp"})
	complete(cmd, "device", func() []string { return kdrop.Devices() })
	complete(cmd, "reason", func() []string {
		reasons, err := kdrop.LoadReasons()
		if err != nil {
			return nil
		}
		return reasons.Names()
	})
}

// addNamespaces adds --netns, which is about something else for watch.
func (f *dropsFilter) addNamespaces(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.namespaces, "netns", nil, "only packets in this network `namespace`: "+namespaceValues+" (repeatable)")
	complete(cmd, "netns", completedNamespaces)
}

// complete makes the shell complete a flag's value from a list that takes a while to make.
func complete(cmd *cobra.Command, flag string, list func() []string) {
	completion.Flag(cmd, flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return list(), cobra.ShellCompDirectiveNoFileComp
	})
}

// runningReasons returns the names of the reasons of this machine's kernel, none if it does not say.
func runningReasons() []string {
	reasons, err := kdrop.LoadReasons()
	if err != nil {
		return nil
	}
	return append(reasons.Names(), reasons.ResetNames()...)
}

// resolve sets the filter. It asks the machine what there is only if that is needed.
func (f *dropsFilter) resolve(to *kdrop.Filter) error {
	to.Addrs, to.Srcs, to.Dsts = f.hosts, f.srcs, f.dsts
	to.Ports, to.SrcPorts, to.DstPorts = f.ports, f.srcPorts, f.dstPorts
	to.Protocols, to.Devices = f.protos, f.devices
	for _, l := range []struct {
		flag string
		n    int
	}{
		{"host", len(f.hosts)}, {"src", len(f.srcs)}, {"dst", len(f.dsts)}, {"port", len(f.ports)},
		{"src-port", len(f.srcPorts)}, {"dst-port", len(f.dstPorts)}, {"proto", len(f.protos)}, {"device", len(f.devices)},
		{"netns", len(f.namespaces)},
	} {
		if l.n > kdrop.MaxFilter {
			return fmt.Errorf("--%s is given %d times: at most %d values can be looked for", l.flag, l.n, kdrop.MaxFilter)
		}
	}
	if err := f.checkDevices(); err != nil {
		return err
	}
	if err := f.resolveNamespaces(to); err != nil {
		return err
	}
	return f.resolveReasons(to)
}

// onDevice reports whether an event is on one of the devices: the kernel does not know that of a packet that TCP has taken off
// its device.
func (f *dropsFilter) onDevice(e *event.Event) bool {
	m, ok := e.Msg.(*kernel.Notify)
	return !ok || slices.Contains(f.devices, m.DeviceString())
}

// checkDevices checks that the devices are there: a name that is mistyped would wait for ever.
func (f *dropsFilter) checkDevices() error {
	if len(f.devices) == 0 {
		return nil
	}
	known := kdrop.Devices()
	for _, name := range f.devices {
		if !slices.Contains(known, name) {
			return fmt.Errorf("--device: there is no device %q in any namespace: there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

func (f *dropsFilter) resolveNamespaces(to *kdrop.Filter) error {
	for _, name := range f.namespaces {
		if name == "" {
			return errNoNamespace
		}
		number, err := namespaceNumber(name)
		switch {
		case errors.As(err, new(*usageError)):
			return err
		case err != nil:
			return &runError{err}
		}
		to.Namespaces = append(to.Namespaces, number)
	}
	return nil
}

func (f *dropsFilter) resolveReasons(to *kdrop.Filter) error {
	if len(f.reasons) == 0 {
		return nil
	}
	reasons, err := kdrop.LoadReasons()
	if err != nil {
		return &runError{err}
	}
	if !reasons.HasReasons() {
		return errors.New("--reason: this kernel has no reasons for drops: Linux 5.17 and later have")
	}
	for _, name := range f.reasons {
		number, ok := reasons.Number(name)
		if !ok {
			return fmt.Errorf("--reason: this kernel has no reason %q: %s", name, suggest(name, reasons.Names()))
		}
		to.Reasons = append(to.Reasons, number)
	}
	return nil
}

// suggest says which names are like one that there is not.
func suggest(name string, known []string) string {
	var like []string
	for _, k := range known {
		if nearest.Distance(strings.ToUpper(name), k) <= 2 {
			like = append(like, k)
		}
	}
	if len(like) > 0 {
		return "did you mean " + strings.Join(like, " or ") + "?"
	}
	for _, word := range strings.FieldsFunc(strings.ToUpper(name), func(r rune) bool { return r == '_' || r == '-' || r == ' ' }) {
		for _, k := range known {
			if len(word) > 2 && strings.Contains(k, word) && !slices.Contains(like, k) {
				like = append(like, k)
			}
		}
	}
	const most = 12
	if len(like) == 0 || len(like) > most {
		return fmt.Sprintf("it has %d others; --list-reasons prints them", len(known))
	}
	return "did you mean " + strings.Join(like, ", ") + "?"
}

// prefixList is the value of a flag that takes addresses and prefixes.
type prefixList []netip.Prefix

// Set adds one.
func (l *prefixList) Set(s string) error {
	p, err := parsePrefix(s)
	if err != nil {
		return err
	}
	*l = append(*l, p)
	return nil
}

func (l *prefixList) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (l *prefixList) Type() string { return "address" }

// portList is the value of a flag that takes ports.
type portList []uint16

// Set adds one.
func (l *portList) Set(s string) error {
	port, err := parsePort(s)
	if err != nil {
		return fmt.Errorf("a port is a number from 1 to 65535, not %q", s)
	}
	*l = append(*l, port)
	return nil
}

func (l *portList) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (l *portList) Type() string { return "port" }

// protoList is the value of --proto.
type protoList []uint8

// Set adds one.
func (l *protoList) Set(s string) error {
	proto, err := parseProtocol(s)
	if err != nil {
		return err
	}
	*l = append(*l, proto)
	return nil
}

func (l *protoList) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (l *protoList) Type() string { return "protocol" }
