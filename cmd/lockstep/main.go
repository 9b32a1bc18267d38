// SPDX-License-Identifier: Apache-2.0

// Command lockstep keeps Go in step with C headers: gen writes the Go code that they call for, check says
// whether it is what stands on disk.
package main

import (
	"cmp"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
	"github.com/lockstep-bpf/lockstep/internal/closed"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/descriptors"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/internal/version"
)

// Exit codes.
const (
	exitStale   = 1 // generated code, older readers or objects are not what the headers call for
	exitFailure = 2 // the question could not be answered
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// errStale makes check exit with exitStale; what is stale has been said already.
var errStale = errors.New("generated code is stale")

// run runs the command and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	cmd := newCommand()
	cmd.SetArgs(args)
	cmd.SetOut(terminal{closed.Output(stdout)})
	cmd.SetErr(terminal{stderr})
	err := descriptors.Check()
	if err == nil {
		helped := helptext.Use(cmd)
		err = cmp.Or(cmd.Execute(), helped())
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errStale), errors.Is(err, errDiffers):
		return exitStale
	}
	report(cmd, err)
	return exitFailure
}

// report prints an error: faults with the lines that they are about.
func report(cmd *cobra.Command, err error) {
	var faults gen.Faults
	if !errors.As(err, &faults) {
		cmd.PrintErrf("lockstep: %v\n", err)
		return
	}
	for _, f := range faults {
		cmd.PrintErrln(f.Detail())
	}
}

func newCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:           "lockstep",
		Short:         "Keep Go in step with C headers",
		Long:          "lockstep turns C headers into Go constants, name tables, structs and decoders, as a lockstep.yaml says.",
		Version:       version.Line("lockstep"),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	cmd.SetVersionTemplate("{{.Version}}")
	cmd.AddCommand(initCommand(), genCommand(), checkCommand(), dumpCommand(), breakingCommand(), verifyCommand(),
		versionCommand(), manCommand(), configTopic())
	completion.Add(cmd)
	return cmd
}
