// SPDX-License-Identifier: Apache-2.0

// Package completion gives commands completion in bash that works without the package bash-completion, and their flags the
// values to complete.
package completion

import (
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// bare defines what cobra's script calls from the package bash-completion. NAME stands for the command.
//
//go:embed bare.bash
var bare string

// Add gives a command, whose subcommands it has already, the command "completion".
func Add(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	bash, _, err := root.Find([]string{"completion", "bash"})
	if err != nil || bash.Name() != "bash" {
		return // the default command is disabled
	}
	bash.Long = strings.Replace(bash.Long, "This script depends on the 'bash-completion' package.\n"+
		"If it is not installed already, you can install it via your OS's package manager.",
		"The script works with and without the package bash-completion.", 1)
	bash.RunE = func(cmd *cobra.Command, _ []string) error {
		plain, err := cmd.Flags().GetBool("no-descriptions")
		if err != nil {
			return err
		}
		return Bash(cmd.OutOrStdout(), root, !plain)
	}
}

// Bash writes the script for bash.
func Bash(w io.Writer, root *cobra.Command, descriptions bool) error {
	if err := root.GenBashCompletionV2(w, descriptions); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.ReplaceAll(bare, "NAME", root.Name()))
	return err
}

// Flag has the shell complete the value of a flag, which must be defined.
func Flag(cmd *cobra.Command, flag string, values cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, values); err != nil {
		panic(fmt.Sprintf("flag %s: %v", flag, err)) // it was not defined: a bug of this program
	}
}
