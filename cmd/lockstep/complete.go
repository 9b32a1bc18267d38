// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

// What the arguments of commands end in.
var (
	configFiles = []string{"yaml", "yml"}
	headerFiles = []string{"h", "o"} // objects too
	objectFiles = []string{"o"}
)

// completeFiles has the shell complete arguments with the names of files that end in one of these, and of directories.
func completeFiles(extensions []string) cobra.CompletionFunc {
	return cobra.FixedCompletions(extensions, cobra.ShellCompDirectiveFilterFileExt)
}

// completeTargets completes the names of targets.
func completeTargets(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return gen.Targets(), cobra.ShellCompDirectiveNoFileComp
}

// completeRevisions completes the branches and tags of the repository that the current directory is in. Directories are completed
// where none of them fits.
func completeRevisions(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	out, err := exec.CommandContext(cmd.Context(), "git", "for-each-ref", "--format=%(refname:short)",
		"refs/heads", "refs/tags", "refs/remotes").Output()
	if err != nil {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return strings.Fields(string(out)), cobra.ShellCompDirectiveDefault
}
