// SPDX-License-Identifier: Apache-2.0

// Command bpfmon prints what a BPF datapath says about each packet: from a recording, live from a monitor agent, from
// the kernel's rings, or from a datapath of its own. It can share either with other programs, as an agent does.
//
// Notifications go to standard output, everything else to standard error. The exit code is 0 for a run that
// did all that was asked for, 1 for one that failed (no such file, a recording that breaks off or is empty, a full disk),
// and 2 for a command line that asks for nothing that can be done. A reader of standard output that goes away
// ends the command quietly, with 0: it wanted no more. A signal (SIGINT, SIGTERM, SIGHUP) ends it quietly too: for
// listen, attach, drops, watch, map and serve that is the usual end and the code is 0, for replay and report it is 128 and the
// signal's number. Those of the first kind go on after a SIGHUP, with new files, unless their terminal has gone.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/closed"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/descriptors"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/internal/version"
)

// Exit codes.
const (
	exitFailure = 1
	exitUsage   = 2
	exitSignal  = 128 // and the signal's number
)

func main() {
	os.Exit(run(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// stdio is what the command reads from and writes to.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// run runs the command and returns its exit code.
func run(args []string, std stdio) int {
	if err := descriptors.Check(); err != nil {
		logTo(std.err, err.Error())
		return exitFailure
	}
	ctx, stop := withSignals(context.Background(), func() <-chan time.Time { return time.After(signalPause) })
	defer stop()
	std.out = closed.Output(std.out)
	cmd := newCommand(std)
	helped := helptext.Use(cmd)
	if isExtcap(args) {
		args = append([]string{"extcap"}, args...)
	}
	cmd.SetArgs(joinSummary(args))
	err := cmp.Or(cmd.ExecuteContext(ctx), helped())
	code := exitCode(err)
	if (code == exitFailure || code == exitUsage) && !errors.Is(err, errReported) {
		logTo(std.err, describe(err, code))
	}
	return code
}

// runError marks an error of a run, as opposed to one of the command line.
type runError struct{ err error }

func (e *runError) Error() string { return e.err.Error() }
func (e *runError) Unwrap() error { return e.err }

// usageError marks an error of the command line that shows only when the machine is looked at: what was asked for is not
// there, or is of a kind that does not fit.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// errReported is the error of a run whose errors have been reported.
var errReported = errors.New("failed")

// logger returns a function that prints a line on the command's standard error. It may be called from several
// goroutines.
func logger(cmd *cobra.Command) func(what any) {
	var mu sync.Mutex
	return func(what any) {
		mu.Lock()
		defer mu.Unlock()
		logTo(cmd.ErrOrStderr(), escape(fmt.Sprint(what)))
	}
}

// logTo prints a line on standard error. An error in doing so has nowhere to go.
func logTo(stderr io.Writer, what string) { _, _ = fmt.Fprintf(stderr, "bpfmon: %s\n", what) }

// describe returns what is said of an error. What it has of the input, such as names of types and files, is escaped. An error
// of the command line may go over several lines.
func describe(err error, code int) string {
	if code != exitUsage {
		return escape(err.Error())
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		pieces := strings.Split(line, "\t")
		for j, piece := range pieces {
			pieces[j] = escape(piece)
		}
		lines[i] = strings.Join(pieces, "\t")
	}
	return strings.Join(lines, "\n")
}

// escape returns s with the characters that a terminal could obey, or that would break the line, as Go's escapes.
func escape(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		piece := s[:size]
		if !strconv.IsPrint(r) || r == utf8.RuneError && size == 1 {
			piece = strings.Trim(strconv.Quote(piece), `"`)
		}
		b.WriteString(piece)
		s = s[size:]
	}
	return b.String()
}

// exitCode returns the exit code that stands for an error.
func exitCode(err error) int {
	var failed *runError
	var usage *usageError
	var signal *signalError
	var output *fs.PathError // of a command that cobra brings
	switch {
	case err == nil || isClosedPipe(err):
		return 0
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &signal):
		return exitSignal + signal.number()
	case errors.As(err, &failed), errors.As(err, &output):
		return exitFailure
	default:
		return exitUsage
	}
}

// ran makes a function the RunE of a command: its errors are those of a run.
func ran(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return &runError{err}
		}
		return nil
	}
}

func newCommand(std stdio) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bpfmon",
		Short: "Print what a BPF datapath says about each packet",
		Long: `bpfmon prints what a BPF datapath, a Cilium agent or the kernel reports about packets, live or from a recording.
It can share these events with other programs, as an agent does.`,
		Version:       version.Line("bpfmon"),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.SetVersionTemplate("{{.Version}}")
	cmd.SetIn(std.in)
	cmd.SetOut(std.out)
	cmd.SetErr(std.err)
	cmd.AddCommand(
		attachCommand(),
		dropsCommand(),
		watchCommand(),
		mapCommand(),
		replayCommand(),
		reportCommand(),
		topCommand(std.err),
		listenCommand(),
		serveCommand(),
		versionCommand(), manCommand(),
		extcapCommand(),
		filterTopic(),
	)
	cmd.SetFlagErrorFunc(flagError)
	completion.Add(cmd)
	return cmd
}
