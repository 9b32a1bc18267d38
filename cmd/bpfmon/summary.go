// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/summary"
)

// summaryFlags are the flags of summaries.
type summaryFlags struct {
	by    string
	top   int
	alone bool // nothing else is printed
	sink  *summary.Sink
}

func (f *summaryFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.by, "summary", "", "count the events by these `fields` and print a table at the end, such as reason,dst.port (commas join fields, a semicolon starts another table; "+
		"unanswered lists connections without a reply); a recording is then only counted")
	flags.Lookup("summary").NoOptDefVal = summary.Default
	flags.IntVar(&f.top, "top", summary.DefaultTop, "print this many `rows` of each table of a summary, 0 for all")
	completion.Flag(cmd, "summary", completeSummary)
}

// check makes the sink if a summary is asked for.
func (f *summaryFlags) check(changed func(string) bool, messages []event.Message, json bool) (err error) {
	switch {
	case !changed("summary"):
		if changed("top") {
			return errors.New("--top is for --summary")
		}
		return nil
	case f.top < 0:
		return errors.New("--top must be 0 or more")
	case f.top == 0:
		f.top = -1 // all
	}
	f.sink, err = summary.New(f.options(messages, json))
	return err
}

func (f *summaryFlags) options(messages []event.Message, json bool) summary.Options {
	return summary.Options{
		By: f.by, Top: f.top, JSON: json,
		Messages: messages, Interfaces: new(monitor.HostInterfaces),
	}
}

// write prints the summary, if there is one.
func (f *summaryFlags) write(w io.Writer) error {
	if f.sink == nil {
		return nil
	}
	return f.sink.Write(w)
}

// unlessBroken returns err, or what went wrong after a run that ended well or by a signal.
func unlessBroken(err, after error) error {
	if signal := new(signalError); after != nil && (err == nil || errors.As(err, &signal)) {
		return after
	}
	return err
}

// completeSummary completes the last of the fields.
func completeSummary(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	head := begun[:strings.LastIndexAny(begun, ",;")+1]
	var all []cobra.Completion
	if !strings.HasSuffix(head, ",") {
		all = append(all, cobra.CompletionWithDesc(head+summary.Unanswered, "connections in which only one side has sent"))
	}
	for _, f := range summary.Fields() {
		all = append(all, cobra.CompletionWithDesc(head+f.Name, f.Help))
	}
	return all, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// joinSummary makes "--summary=FIELDS" of "--summary FIELDS": the flag may stand without a value, so that the one that
// follows would be taken for an argument.
func joinSummary(args []string) []string {
	for i := 0; i+1 < len(args); i++ {
		if args[i] == "--" {
			break
		}
		if args[i] != "--summary" || strings.HasPrefix(args[i+1], "-") {
			continue
		}
		if _, err := summary.New((&summaryFlags{by: args[i+1]}).options(allMessages().Messages, false)); err == nil {
			joined := append([]string{}, args[:i]...)
			return append(append(joined, "--summary="+args[i+1]), args[i+2:]...)
		}
	}
	return args
}
