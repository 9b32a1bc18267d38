// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// standardInput stands for it on the command line.
const standardInput = "-"

// replayOptions are the flags of replay.
type replayOptions struct {
	view       viewFlags
	interfaces bool
	order      string
}

// The values of --byte-order.
const (
	orderAuto   = "auto"
	orderLittle = "little"
	orderBig    = "big"
)

func replayCommand() *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay FILE|-",
		Short: "Print a recording",
		Long: `replay prints a recording: the stream of a monitor agent's protocol 1.2, as written by listen --record, or a pcapng
file written by bpfmon. With --record it converts the events that it prints to the other format, or to a smaller recording.
With - it reads standard input and prints each event as it arrives.

If a recording is truncated or damaged, replay prints all complete events, reports the byte offset at which reading stopped,
and exits with 1. An empty recording is an error too.

Messages of the datapath are in the byte order of the host that sent them. In a file, replay detects the order from the
lengths of packets, if they agree, and reports it if it is not this host's; otherwise it assumes this host's order.
--byte-order sets it for a file without packets, and for standard input.

--header and --struct describe messages that are not Cilium's; see bpfmon help map.`,
		Example: `  bpfmon replay node7.gob
  bpfmon replay node7.gob -t drop -v
  bpfmon replay node7.gob --filter 'type drop and port 5432' --record drops.pcapng
  bpfmon replay node7.gob --pcapng - | wireshark -k -i -
  zcat node7.gob.gz | bpfmon replay - --json`,
		Args:    justOne("replay needs a recording: a FILE, or - for standard input", "replay takes one recording, not %d"),
		PreRunE: o.check,
		RunE:    ran(o.run),
	}
	o.view.add(cmd, newOutputs())
	o.addSource(cmd)
	return cmd
}

// addSource adds the flags that say what a recording holds.
func (o *replayOptions) addSource(cmd *cobra.Command) {
	o.view.cilium.add(cmd, "")
	o.view.header.add(cmd)
	cmd.Flags().BoolVar(&o.interfaces, "resolve-interfaces", false,
		"print the names that interfaces have on this host: right only for recordings made here")
	cmd.Flags().StringVar(&o.order, "byte-order", orderAuto, "`order` of the bytes in messages: auto, little or big")
	completeWith(cmd, "byte-order", []string{orderAuto, orderLittle, orderBig})
}

// check returns an error for flags that contradict each other or mean nothing.
func (o *replayOptions) check(cmd *cobra.Command, args []string) error {
	if err := o.checkSource(cmd, args[0]); err != nil {
		return err
	}
	if err := o.view.check(cmd); err != nil {
		return err
	}
	return checkNotInput(cmd, args[0], o.view.outputs.recording())
}

// checkSource returns an error for flags that say nothing of the recording.
func (o *replayOptions) checkSource(cmd *cobra.Command, name string) error {
	switch o.order {
	case orderAuto, orderLittle, orderBig:
	default:
		return fmt.Errorf("--byte-order must be auto, little or big, not %q", o.order)
	}
	if err := o.view.header.check(cmd, o.sender()); err != nil {
		return err
	}
	if o.view.header.decoder == nil {
		o.view.cilium.recorded = recordedRelease(cmd, name)
	}
	return nil
}

func (o *replayOptions) run(cmd *cobra.Command, args []string) error {
	src, err := openRecording(cmd, args[0])
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	log := logger(cmd)
	o.view.filtered = true // what is converted is what is shown
	o.view.full, o.view.lingers = true, true
	o.view.summary.alone = o.view.summary.sink != nil
	return o.view.view(cmd, src, o.host(cmd, args[0], log), log)
}

// host returns what is known of the host that a recording was made on.
func (o *replayOptions) host(cmd *cobra.Command, name string, log func(any)) *monitor.Host {
	h := &monitor.Host{Order: o.byteOrder(cmd, name, log), Release: o.view.cilium.sent()}
	if o.interfaces {
		h.Interfaces = new(monitor.HostInterfaces)
	}
	return h
}

// sender returns the byte order of messages that a header describes: this host's, unless it is said.
func (o *replayOptions) sender() binary.ByteOrder {
	switch o.order {
	case orderLittle:
		return binary.LittleEndian
	case orderBig:
		return binary.BigEndian
	}
	return binary.NativeEndian
}

// byteOrder returns the byte order of a recording's messages, nil for that of this host.
func (o *replayOptions) byteOrder(cmd *cobra.Command, name string, log func(any)) binary.ByteOrder {
	var order binary.ByteOrder
	switch o.order {
	case orderLittle:
		order = binary.LittleEndian
	case orderBig:
		order = binary.BigEndian
	default:
		if name != standardInput && o.view.header.decoder == nil {
			order = recording.ByteOrder(cmd.Context(), name)
		}
	}
	if order == nil || isNative(order) {
		return nil // decoded without a detour
	}
	if o.order == orderAuto {
		log(fmt.Sprintf("%s: made on a %s-endian host", name, orderName(order)))
	}
	return order
}

// orderName returns the word of --byte-order for a byte order.
func orderName(order binary.ByteOrder) string {
	if order == binary.BigEndian {
		return orderBig
	}
	return orderLittle
}

// isNative reports whether a byte order is that of this host.
func isNative(order binary.ByteOrder) bool {
	var this *event.Host
	return (&event.Host{Order: order}).BigEndian() == this.BigEndian()
}

// openRecording opens the recording that an argument names.
func openRecording(cmd *cobra.Command, name string) (*recording.Source, error) {
	if name == standardInput {
		return recording.New(cmd.Context(), "standard input", cmd.InOrStdin()), nil
	}
	return recording.Open(cmd.Context(), name)
}

// recordedRelease returns the release of Cilium that a recording says, "" if it says none: a session does not.
func recordedRelease(cmd *cobra.Command, name string) string {
	if name == standardInput || cmd.Flags().Changed("cilium") {
		return ""
	}
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() { // what cannot be read again
		return ""
	}
	src, err := recording.Open(cmd.Context(), name)
	if err != nil {
		return "" // opening it again tells
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	var e event.Event
	if src.Next(&e) != nil || e.Host == nil {
		return ""
	}
	return e.Host.Release
}
