// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// ciliumFlag is the flag that says which release of Cilium sends the messages.
type ciliumFlag struct {
	release  string
	recorded string // what the recording says
	selector *cilium.Selector
}

// add adds the flag to a command whose messages can be Cilium's.
func (f *ciliumFlag) add(cmd *cobra.Command, release string) {
	usage := "`release` of Cilium that sends the messages, 1.5 to " + cilium.Newest + ", also a patch release such as 1.8.2"
	if release == "" {
		usage += " (default: what the recording says, else 1.5)"
	}
	cmd.Flags().StringVar(&f.release, "cilium", release, usage)
	completeWith(cmd, "cilium", cilium.ReleaseNames())
	f.selector, _ = cilium.NewSelector(release) // one that is known
}

// check makes the decoder of the release.
func (f *ciliumFlag) check(cmd *cobra.Command) (err error) {
	if f.selector == nil {
		return nil
	}
	if f.selector, err = cilium.NewSelector(f.release); err != nil {
		return fmt.Errorf("--cilium: %w", err)
	}
	if !cmd.Flags().Changed("cilium") {
		f.selector.Unnamed()
	}
	if f.recorded != "" {
		f.selector.Add(f.recorded)
	}
	return nil
}

// warn makes the decoder report what contradicts the release.
func (f *ciliumFlag) warn(log func(any)) {
	if f.selector != nil {
		f.selector.Warn = func(text string) { log(text) }
	}
}

// host returns what is known of the host that sends, which is this one. It has a table of interfaces of its own: the
// namespace may be another than that of another run in this process.
func (f *ciliumFlag) host() *event.Host {
	return &event.Host{Interfaces: new(monitor.HostInterfaces), Release: f.sent()}
}

// sent returns the release as an event's host has it: "" for 1.5, and where none is named.
func (f *ciliumFlag) sent() string {
	if strings.HasPrefix(strings.TrimPrefix(f.release, "v"), "1.5") {
		return ""
	}
	return f.release
}

// messages returns one message of each type that is expected.
func (f *printFlags) messages() []event.Message {
	if f.cilium.selector != nil {
		return f.cilium.selector.Messages()
	}
	return new(monitor.Decoder).Messages()
}

// allMessages is the schema of the messages of all commands.
func allMessages() *filter.Schema {
	newest, _ := cilium.NewDecoder(cilium.Newest) // which is known
	return &filter.Schema{
		Messages:      slices.Concat(new(monitor.Decoder).Messages(), newest.Messages(), new(kernel.Decoder).Messages()),
		Interfaces:    new(monitor.HostInterfaces),
		InterfaceList: interfaceNames,
		PeerList:      peerList,
		Reasons:       reasonNames,
	}
}

// ciliumTypes are the message types that v1.5.3 does not have.
var ciliumTypes = map[string]int{"policy-verdict": 5, "recorder": 6, "trace-sock": 7}

// messageTypes returns the names of all message types, sorted.
func messageTypes() []string {
	names := api.GetAllTypes()
	for name := range ciliumTypes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// typeFlag is api.MessageTypeFilter with the types of later releases.
type typeFlag struct{ *api.MessageTypeFilter }

// Set adds the message type with a name.
func (f typeFlag) Set(name string) error {
	if n, ok := ciliumTypes[name]; ok {
		*f.MessageTypeFilter = append(*f.MessageTypeFilter, n)
		return nil
	}
	if f.MessageTypeFilter.Set(name) != nil {
		return fmt.Errorf("unknown message type %q, known are %s", name, strings.Join(messageTypes(), ", "))
	}
	return nil
}
