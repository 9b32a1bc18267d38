// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/version"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
)

// extcapInterface is an interface in Wireshark's list. Capturing on it runs a command of bpfmon.
type extcapInterface struct {
	value, display string
	args           []extcapArg
	// command returns the arguments of the command.
	command func(o *extcapOptions) []string
}

// extcapArg is an option that Wireshark asks for.
type extcapArg struct{ call, display, typ, more string }

// extcapInterfaces returns the interfaces that this system can have.
func extcapInterfaces() []extcapInterface {
	filterArg := extcapArg{"--filter", "Filter", "string", "{tooltip=Only events that match; bpfmon help filter describes the language}"}
	all := []extcapInterface{{
		value: "bpfmon-listen", display: "Events of a monitor agent",
		args: []extcapArg{
			{"--socket", "Socket of the agent", "string", "{tooltip=Path of its monitor1_2.sock or monitor.sock; empty for the usual places}"},
			{"--cilium", "Release of Cilium", "string", "{tooltip=Such as 1.16; empty for the newest}"},
			filterArg,
		},
		command: func(o *extcapOptions) []string {
			args := []string{"listen"}
			if o.socket != "" {
				args = append(args, "--socket", o.socket)
			}
			if o.cilium != "" {
				args = append(args, "--cilium", o.cilium)
			}
			return args
		},
	}}
	if runtime.GOOS == "linux" {
		all = append(all, extcapInterface{
			value: "bpfmon-attach", display: "Packets of this host, with what its datapath says",
			args: []extcapArg{
				{"--interfaces", "Network interfaces", "string", "{required=true}{tooltip=Names, with commas: eth0,wlan0}"},
				filterArg,
			},
			command: func(o *extcapOptions) []string {
				return append([]string{"attach", "--capture", "1500"}, listed(o.interfaces)...)
			},
		}, extcapInterface{
			value: "bpfmon-drops", display: "Packets that the kernel drops, and why",
			args: []extcapArg{
				{"--device", "Only on these devices", "string", "{tooltip=Names, with commas: eth0,wlan0; empty for all}"},
				{"--reason", "Only for these reasons", "string", "{tooltip=Names, with commas, as bpfmon drops --list-reasons has them; empty for all}"},
				{"--tcp", "TCP retransmissions and resets, too", "boolflag", ""},
				filterArg,
			},
			command: func(o *extcapOptions) []string {
				args := []string{"drops", "--capture", "512"}
				for _, name := range listed(o.devices) {
					args = append(args, "--device", name)
				}
				for _, name := range listed(o.reasons) {
					args = append(args, "--reason", name)
				}
				if o.tcp {
					args = append(args, "--tcp")
				}
				return args
			},
		}, extcapInterface{
			value: "bpfmon-map", display: "What BPF programs send to a pinned map",
			args: []extcapArg{
				{"--map", "Path of the map", "string", "{required=true}{tooltip=Such as /sys/fs/bpf/tc/globals/cilium_events}"},
				{"--cilium", "Release of Cilium", "string", "{tooltip=Such as 1.16; empty for the newest}"},
				filterArg,
			},
			command: func(o *extcapOptions) []string {
				args := []string{"map", o.pinned}
				if o.cilium != "" {
					args = append(args, "--cilium", o.cilium)
				}
				return args
			},
		})
	}
	return all
}

// listed returns the names of a list with commas or blanks.
func listed(names string) []string {
	return strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' })
}

// extcapOptions are what Wireshark calls the command with.
type extcapOptions struct {
	list, config, dlts, capture bool
	version                     string
	iface, fifo                 string
	captureFilter               string
	socket, interfaces, filter  string
	cilium, pinned              string
	devices, reasons            string
	tcp                         bool
	reload                      string
}

// isExtcap reports whether arguments are those that Wireshark calls a program in its extcap directory with.
func isExtcap(args []string) bool {
	return len(args) > 0 && (strings.HasPrefix(args[0], "--extcap-") || args[0] == "--capture")
}

func extcapCommand() *cobra.Command {
	var o extcapOptions
	cmd := &cobra.Command{
		Use:   "extcap",
		Short: "Be an interface in Wireshark's list",
		Long: `extcap is the interface through which Wireshark and tshark call bpfmon. To add bpfmon to their lists of interfaces, make
a symbolic link to it in Wireshark's extcap directory: ~/.local/lib/wireshark/extcap, before Wireshark 4.2
~/.config/wireshark/extcap, or for all users the one that "tshark -G folders" prints. A capture shows the packets of events,
each with the line that bpfmon prints as its comment.

The interfaces bpfmon-drops, bpfmon-attach and bpfmon-map need root. This works without running
Wireshark as root:

  sudo bpfmon drops --pcapng - | wireshark -k -i -`,
		Example: `  mkdir -p ~/.local/lib/wireshark/extcap
  ln -s "$(command -v bpfmon)" ~/.local/lib/wireshark/extcap/bpfmon
  tshark -i bpfmon-listen
  tshark -i bpfmon-drops -o extcap.bpfmon_drops.filter:'port 443' -T fields -e frame.comment`,
		Args:               cobra.NoArgs,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}, // of later versions of Wireshark
		RunE:               ran(o.run),
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.list, "extcap-interfaces", false, "print the interfaces")
	flags.StringVar(&o.version, "extcap-version", "", "`version` of Wireshark")
	flags.StringVar(&o.iface, "extcap-interface", "", "the `interface`")
	flags.BoolVar(&o.config, "extcap-config", false, "print the options of the interface")
	flags.BoolVar(&o.dlts, "extcap-dlts", false, "print the link types of the interface")
	flags.StringVar(&o.captureFilter, "extcap-capture-filter", "", "the capture filter: an `expression`")
	flags.StringVar(&o.reload, "extcap-reload-option", "", "the `option` whose values are to be printed again")
	flags.BoolVar(&o.capture, "capture", false, "capture")
	flags.StringVar(&o.fifo, "fifo", "", "write to the named pipe at this `path`")
	flags.StringVar(&o.socket, "socket", "", "the agent's socket at this `path`")
	flags.StringVar(&o.cilium, "cilium", "", "`release` of Cilium")
	flags.StringVar(&o.interfaces, "interfaces", "", "`names` of network interfaces")
	flags.StringVar(&o.devices, "device", "", "`names` of devices")
	flags.StringVar(&o.reasons, "reason", "", "`names` of reasons")
	flags.BoolVar(&o.tcp, "tcp", false, "TCP's retransmissions and resets, too")
	flags.StringVar(&o.pinned, "map", "", "the pinned map at this `path`")
	flags.StringVar(&o.filter, "filter", "", "only what matches this `expression`")
	return cmd
}

// errExtcap is the error of a call that is not Wireshark's.
var errExtcap = errors.New("extcap is called by Wireshark: bpfmon help extcap describes how to add bpfmon to its interfaces")

func (o *extcapOptions) run(cmd *cobra.Command, _ []string) error {
	if o.list {
		cmd.Printf("extcap {version=%s}{help=https://github.com/lockstep-bpf/lockstep}\n", version.Module())
		for _, i := range extcapInterfaces() {
			cmd.Printf("interface {value=%s}{display=%s}\n", i.value, i.display)
		}
		return nil
	}
	if o.iface == "" && o.captureFilter == "" {
		return &usageError{errExtcap}
	}
	i, err := o.find()
	switch {
	case err != nil:
		return err
	case o.config:
		for n, a := range i.args {
			cmd.Printf("arg {number=%d}{call=%s}{display=%s}{type=%s}%s\n", n, a.call, a.display, a.typ, a.more)
		}
		return nil
	case o.dlts:
		cmd.Printf("dlt {number=1}{name=EN10MB}{display=Ethernet}\n")
		cmd.Printf("dlt {number=101}{name=RAW}{display=IPv4 or IPv6, of devices without Ethernet}\n")
		return nil
	case o.capture:
		return o.start(cmd, i)
	case o.captureFilter != "":
		if _, err := filter.Compile(o.captureFilter, allMessages()); err != nil {
			cmd.Println(err) // Wireshark takes any output for an error
		}
		return nil
	}
	return &usageError{errExtcap}
}

// find returns the interface.
func (o *extcapOptions) find() (extcapInterface, error) {
	all := extcapInterfaces()
	for _, i := range all {
		if i.value == o.iface {
			return i, nil
		}
	}
	var names []string
	for _, i := range all {
		names = append(names, i.value)
	}
	return extcapInterface{}, &usageError{fmt.Errorf("--extcap-interface: there is no interface %q; there are %s", o.iface, strings.Join(names, ", "))}
}

// start runs the command of an interface, with the pipe as its standard output.
func (o *extcapOptions) start(cmd *cobra.Command, i extcapInterface) error {
	if o.fifo == "" {
		return &usageError{errors.New("--capture needs --fifo")}
	}
	// Not for reading too: then what is written before the reader has opened the pipe could be lost.
	fifo, err := os.OpenFile(o.fifo, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	args := append(i.command(o), "--pcapng", "-")
	switch {
	case o.filter != "" && o.captureFilter != "":
		args = append(args, "--filter", "("+o.filter+") and ("+o.captureFilter+")")
	case o.filter+o.captureFilter != "":
		args = append(args, "--filter", o.filter+o.captureFilter)
	}
	// Wireshark takes any text for an error. Losses are in the capture.
	var text heldLines
	capture := newCommand(stdio{strings.NewReader(""), fifo, &text})
	capture.SetArgs(args)
	err = errors.Join(capture.ExecuteContext(cmd.Context()), closePipe(fifo))
	if err != nil && !isClosedPipe(err) {
		text.release(cmd.ErrOrStderr()) // beside the error
	}
	return err
}

// closePipe closes a pipe whose reader may be gone.
func closePipe(c io.Closer) error {
	if err := c.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
