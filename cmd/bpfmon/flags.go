// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
)

// printFlags are the flags of every command that prints notifications: which, and how.
type printFlags struct {
	types   api.MessageTypeFilter
	from    format.Uint16Flags
	to      format.Uint16Flags
	related format.Uint16Flags
	verbose bool
	hex     bool
	json    bool
}

// add adds the flags to a command. Those that contradict each other are an error.
func (f *printFlags) add(cmd *cobra.Command) {
	types := api.GetAllTypes()
	flags := cmd.Flags()
	flags.VarP(&f.types, "type", "t", "print only messages of this `type`: "+strings.Join(types, ", ")+" (repeatable)")
	flags.Var(&f.from, "from", "print only messages from the endpoint with this `id` (repeatable)")
	flags.Var(&f.to, "to", "print only packets to the endpoint with this `id` (repeatable)")
	flags.Var(&f.related, "related-to", "print only messages from or to the endpoint with this `id` (repeatable)")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print every message, and packets taken apart")
	flags.BoolVar(&f.hex, "hex", false, "print packets as hex dumps instead of taken apart (implies --verbose)")
	flags.BoolVarP(&f.json, "json", "j", false, "print a JSON object for each message (wins over --verbose)")
	completeWith(cmd, "type", types)
}

// check returns an error for flags that contradict each other.
func (f *printFlags) check() error {
	if f.hex && f.json {
		return errors.New("--hex and --json cannot be used together: JSON has no hex dumps")
	}
	return nil
}

// hint says so if nothing will be printed.
func (f *printFlags) hint(tell func(any)) {
	if f.verbosity() == format.INFO && slices.Equal(f.types, api.MessageTypeFilter{api.MessageTypeDebug}) {
		tell("debug messages print with --verbose or --json only")
	}
}

// formatter returns a formatter that does what the flags say.
func (f *printFlags) formatter() *format.MonitorFormatter {
	m := format.NewMonitorFormatter(f.verbosity())
	m.EventTypes = f.types
	m.FromSource, m.ToDst, m.Related = f.from, f.to, f.related
	m.Hex = f.hex
	return m
}

func (f *printFlags) verbosity() format.Verbosity {
	switch {
	case f.json:
		return format.JSON
	case f.verbose || f.hex:
		return format.VERBOSE
	default:
		return format.INFO
	}
}

// oneOrMore is the Args of a command that says what it needs.
func oneOrMore(needs string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return errors.New(needs)
		}
		return nil
	}
}

// justOne is oneOrMore for a command that takes no more than one, and says so: %d stands for how many there are.
func justOne(needs, takes string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf(takes, len(args))
		}
		return oneOrMore(needs)(cmd, args)
	}
}

// completeWith makes the shell complete a flag's value from a list.
func completeWith(cmd *cobra.Command, flag string, values []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic(fmt.Sprintf("flag %s: %v", flag, err)) // it was not defined: a fault of this program
	}
}
