// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/dissect"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/filter"
	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// printFlags are the flags of every command that prints notifications: which, and how.
type printFlags struct {
	types    api.MessageTypeFilter
	from     format.Uint16Flags
	to       format.Uint16Flags
	related  format.Uint16Flags
	verbose  int
	numeric  bool
	cilium   ciliumFlag
	header   headerFlags
	foreign  bool // the messages may be anybody's
	hex      bool
	json     jsonFlag
	time     timeFlag
	full     bool                    // print all that is known of a packet in its line
	selected []sink.Sink             // that get what is printed, beside what prints
	silent   bool                    // print no events: of a command that prints something else at its end
	stats    pipeline.Stats          // of the events, once show has ended
	also     func(*event.Event) bool // nil, or what an event must match, too

	expr     string
	filtered bool
	compiled *filter.Filter
	pcapng   string

	short   bool
	width   int // of the terminal, where short lines must fit; 0 for none
	color   string
	summary summaryFlags
}

// add adds the flags to a command. Those that contradict each other are an error.
func (f *printFlags) add(cmd *cobra.Command) {
	types := messageTypes()
	flags := cmd.Flags()
	flags.VarP(typeFlag{&f.types}, "type", "t", "print only messages of this `type`: "+strings.Join(types, ", ")+" (repeatable)")
	flags.Var(&f.from, "from", "print only messages from the endpoint with this `ID` (repeatable)")
	flags.Var(&f.to, "to", "print only packets to the endpoint with this `ID` (repeatable)")
	flags.Var(&f.related, "related-to", "print only messages from or to the endpoint with this `ID` (repeatable)")
	flags.CountVarP(&f.verbose, "verbose", "v", "print every message, and dissect packets; for Cilium 1.6 and later, give it twice to dissect packets")
	flags.BoolVar(&f.numeric, "numeric", false, "print identities as numbers even if they have names")
	flags.BoolVar(&f.hex, "hex", false, "print packets as hex dumps instead of dissecting them (implies --verbose)")
	flags.VarP(&f.json, "json", "j", "print a JSON object for each message (overrides --verbose); --json=hubble prints flows that hubble observe --input-file reads")
	flags.Lookup("json").NoOptDefVal = "true"
	f.time.format = text.Clock
	flags.Var(&f.time, "time", "print the time of each event: "+strings.Join(text.TimeFormats(), ", ")+"; an unknown time is not printed")
	flags.StringVar(&f.pcapng, "pcapng", "", "write a pcapng file to standard output, for Wireshark: --pcapng `-` | wireshark -k -i -")
	flags.BoolVar(&f.short, "short", false, "omit hashes, and identities, endpoints and interfaces that are 0; cut lines at the width of the terminal")
	flags.StringVar(&f.color, "color", colorAuto, "print drops and losses in colour, by this `mode`: auto (on a terminal, unless NO_COLOR is set), always or never")
	f.addFilter(cmd)
	f.summary.add(cmd)
	completeWith(cmd, "type", types)
	completeWith(cmd, "time", text.TimeFormats())
	completeWith(cmd, "color", []string{colorAuto, colorAlways, colorNever})
}

// check returns an error for flags that contradict each other.
func (f *printFlags) check(cmd *cobra.Command) error {
	if f.hex && f.json != jsonNo {
		return errors.New("--hex and --json cannot be used together: JSON has no hex dumps")
	}
	if f.pcapng != "" && f.pcapng != "-" {
		return errors.New("--pcapng takes -, for standard output: --record FILE.pcapng writes to a file")
	}
	if f.pcapng != "" {
		for _, name := range []string{"json", "hex", "short", "summary"} {
			if cmd.Flags().Changed(name) {
				return fmt.Errorf("--pcapng and --%s cannot be used together: both write to standard output; --record FILE.pcapng writes to a file", name)
			}
		}
	}
	f.width = terminalWidth(cmd.OutOrStdout())
	if err := f.checkColor(cmd.OutOrStdout()); err != nil {
		return err
	}
	if err := f.summary.check(cmd.Flags().Changed, f.filterSchema().Messages, f.json != jsonNo); err != nil {
		return err
	}
	return f.compile()
}

// The values of --color.
const (
	colorAuto   = "auto"
	colorAlways = "always"
	colorNever  = "never"
)

// terminalWidth returns the columns of a terminal, 0 for what is none.
func terminalWidth(out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// checkColor decides whether to print in colour.
func (f *printFlags) checkColor(out io.Writer) error {
	switch f.color {
	case colorAlways, colorNever:
		return nil
	case colorAuto:
		f.color = colorNever
		if file, ok := out.(*os.File); ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd())) {
			f.color = colorAlways
		}
		return nil
	}
	return fmt.Errorf("--color must be auto, always or never, not %q", f.color)
}

// hint says so if nothing will be printed.
func (f *printFlags) hint(log func(any)) {
	if f.form() == event.Info && slices.Equal(f.types, api.MessageTypeFilter{api.MessageTypeDebug}) {
		log("debug messages print with --verbose or --json only")
	}
}

// decoder returns the decoder of the messages.
func (f *printFlags) decoder() event.Decoder {
	d := f.anyDecoder()
	if f.foreign && f.header.decoder == nil {
		return &checkedDecoder{d}
	}
	return d
}

// anyDecoder returns the decoder of the messages that believes them.
func (f *printFlags) anyDecoder() event.Decoder {
	switch {
	case f.header.decoder != nil:
		return f.header.decoder
	case f.cilium.selector == nil:
		return &kernel.Decoder{Next: new(monitor.Decoder)}
	}
	return &kernel.Decoder{Next: f.cilium.selector}
}

// text returns how to print.
func (f *printFlags) text() text.Options {
	style := event.Style{Form: f.form(), Hex: f.hex, Numeric: f.numeric, Facts: true, Full: f.full, Dissect: dissect.Append}
	return text.Options{Style: style, Time: f.time.format, Seconds: f.short && !f.time.given, Recorded: !f.time.given,
		Short: f.short, Width: f.width, Color: f.color == colorAlways}
}

// timeFlag is the value of --time.
type timeFlag struct {
	format text.TimeFormat
	given  bool
}

// Set sets the format with a name.
func (f *timeFlag) Set(name string) error {
	f.given = true
	return f.format.Set(name)
}

func (f *timeFlag) String() string { return f.format.String() }

// Type names the kind of value, as package pflag asks for.
func (f *timeFlag) Type() string { return "format" }

func (f *printFlags) form() event.Form {
	switch {
	case f.json != jsonNo:
		return event.JSON
	case f.header.decoder != nil && f.verbose == 1:
		return event.Verbose
	case f.verbose > 1 || f.hex || f.verbose == 1 && f.cilium.sent()+f.cilium.recorded == "": // 1.5 has no other
		return event.Verbose
	case f.verbose == 1:
		return event.Debug
	default:
		return event.Info
	}
}

// justOne is helptext.Needs for a command that takes no more than one, and says so: %d stands for how many there are.
func justOne(needs, takes string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf(takes, len(args))
		}
		return helptext.Needs(needs)(cmd, args)
	}
}

// noArguments is the Args of a command that takes no arguments. hint says what to write instead of one.
func noArguments(hint string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return fmt.Errorf("%s takes no arguments, and has got %q: %s", cmd.Name(), args[0], hint)
		}
		return nil
	}
}

// completeWith makes the shell complete a flag's value from a list.
func completeWith(cmd *cobra.Command, flag string, values []string) {
	completion.Flag(cmd, flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// jsonFlag is the value of --json.
type jsonFlag string

// The values of a jsonFlag.
const (
	jsonNo     jsonFlag = ""
	jsonOwn    jsonFlag = "true"
	jsonHubble jsonFlag = "hubble"
)

// Set sets the form.
func (f *jsonFlag) Set(s string) error {
	if s == string(jsonHubble) {
		*f = jsonHubble
		return nil
	}
	on, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("%q is not hubble, true or false", s)
	}
	*f = jsonNo
	if on {
		*f = jsonOwn
	}
	return nil
}

func (f *jsonFlag) String() string { return string(*f) }

// Type names the kind of value, as package pflag asks for: one that can be left out.
func (f *jsonFlag) Type() string { return "bool" }

// IsBoolFlag says that the flag stands without a value.
func (f *jsonFlag) IsBoolFlag() bool { return true }

// nodeName returns the name of this host.
func nodeName() string {
	name, _ := os.Hostname() // "" if it has none
	return name
}
