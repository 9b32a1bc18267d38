// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// filterSchema returns what filters know of the messages.
func (f *printFlags) filterSchema() *filter.Schema {
	if f.header.decoder != nil {
		return &filter.Schema{
			Messages: f.header.decoder.Messages(), Untyped: true,
			Interfaces: new(monitor.HostInterfaces), InterfaceList: interfaceNames, PeerList: peerList,
		}
	}
	return &filter.Schema{
		Messages:      append(f.messages(), new(kernel.Decoder).Messages()...),
		Interfaces:    new(monitor.HostInterfaces),
		InterfaceList: interfaceNames,
		PeerList:      peerList,
		Reasons:       reasonNames,
	}
}

// reasonNames returns the names of the kernel's reasons: those that have a text here, and those of this kernel.
func reasonNames() []string { return append(kernel.ReasonNames(), runningReasons()...) }

// warn says what is likely to be a mistake in the expression.
func (f *printFlags) warn(log func(any)) {
	f.cilium.warn(log)
	if f.compiled == nil {
		return
	}
	for _, text := range f.compiled.Warnings() {
		log(text)
	}
}

// interfaceNames returns the names of this host's interfaces.
func interfaceNames() []string {
	interfaces, _ := net.Interfaces() // none are completed without an answer
	names := make([]string, len(interfaces))
	for i := range interfaces {
		names[i] = interfaces[i].Name
	}
	return names
}

// addFilter adds the flags of filters to a command.
func (f *printFlags) addFilter(cmd *cobra.Command) {
	f.addExpression(cmd, "print only what matches this `expression`; see bpfmon help filter")
	cmd.Flags().BoolVar(&f.filtered, "filtered", false, "record and share only what is printed, not all events")
}

// addExpression adds --filter to a command.
func (f *printFlags) addExpression(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVarP(&f.expr, "filter", "f", "", usage)
	completion.Flag(cmd, "filter", f.completeFilter)
}

// completeFilter completes an expression.
func (f *printFlags) completeFilter(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var all []cobra.Completion
	for _, c := range filter.Complete(begun, f.filterSchema()) {
		all = append(all, cobra.CompletionWithDesc(c.Expr, c.Help))
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// compile compiles the expression.
func (f *printFlags) compile() (err error) {
	f.compiled, err = filter.Compile(f.expr, f.filterSchema())
	return err
}

// selects reports whether flags say which events to print.
func (f *printFlags) selects() bool { return f.expr != "" || f.selectsByFlags() }

// selectsByFlags reports whether flags other than --filter do.
func (f *printFlags) selectsByFlags() bool {
	return len(f.types)+len(f.from)+len(f.to)+len(f.related) > 0
}

// filter returns what tells which events to print; nil for all.
func (f *printFlags) filter() func(*event.Event) bool {
	old := f.selectsByFlags()
	flags := &format.MonitorFormatter{EventTypes: f.types, FromSource: f.from, ToDst: f.to, Related: f.related}
	switch {
	case f.expr == "" && !old:
		return f.also
	case f.expr == "":
		return both(f.also, flags.Matches)
	case !old:
		return both(f.also, f.compiled.Match)
	}
	return both(f.also, func(e *event.Event) bool { return f.compiled.Match(e) && flags.Matches(e) })
}

// both returns what matches two filters. The first may be nil.
func both(a, b func(*event.Event) bool) func(*event.Event) bool {
	if a == nil {
		return b
	}
	return func(e *event.Event) bool { return a(e) && b(e) }
}

// filterName is the name of the topic.
const filterName = "filter"

// filterHelp describes the language, with the fields of all messages.
func filterHelp() string { return filter.Help(allMessages()) }

// filterTopic returns the help on filters: bpfmon help filter.
func filterTopic() *cobra.Command {
	cmd := &cobra.Command{Use: filterName, Short: "The language of --filter"}
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		cmd.Long = filterHelp() // only now: it takes a while
		cmd.Root().HelpFunc()(cmd, args)
	})
	return cmd
}
