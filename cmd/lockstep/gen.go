// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

const configArgs = `

Each argument is a configuration, or a directory with any number of lockstep.yaml below it. Without arguments it is the
current directory.`

func genCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "gen [CONFIG|DIR...]",
		Short: "Write the Go code that the headers call for",
		Long: "Write the Go code that the headers call for. Files that are as they should be are not touched; files that a\n" +
			"configuration generated once and does not name any more are removed." + configArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			results, err := generate(cmd, args)
			if err != nil {
				return err
			}
			for _, r := range results {
				written, err := r.Write()
				if err != nil {
					return err
				}
				summarize(cmd, r, written)
			}
			return nil
		},
	}
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [CONFIG|DIR...]",
		Short: "Fail, with a diff, if the Go code on disk is not what the headers call for",
		Long: "Compare the Go code on disk with what the headers call for, and write nothing. Print the difference as a\n" +
			"unified diff and exit 1 if there is any; exit 2 if the question cannot be answered." + configArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			results, err := generate(cmd, args)
			if err != nil {
				return err
			}
			return compare(cmd, results)
		},
	}
}

// generate runs the configurations that the arguments name. Nothing is written where one of them fails.
func generate(cmd *cobra.Command, args []string) ([]*gen.Result, error) {
	configs, err := findConfigs(args)
	if err != nil {
		return nil, err
	}
	show := newProgress(cmd.ErrOrStderr(), len(configs))
	defer show.stop()
	return gen.GenerateAll(configs, show.next)
}

// summarize prints what was written, removed and skipped, and the count of what was not touched.
func summarize(cmd *cobra.Command, r *gen.Result, written *gen.Written) {
	for _, name := range written.Wrote {
		cmd.PrintErrf("wrote %s\n", name)
	}
	for _, name := range written.Removed {
		cmd.PrintErrf("removed %s\n", name)
	}
	for _, s := range r.Skipped {
		cmd.PrintErrf("%s: %s: skipped: %s\n", s.Pos, s.Name, s.Reason)
	}
	cmd.PrintErrf("%s: %d written, %d unchanged, %d removed, %d skipped\n",
		r.Config, len(written.Wrote), len(written.Unchanged), len(written.Removed), len(r.Skipped))
}

// compare prints the differences of all results.
func compare(cmd *cobra.Command, results []*gen.Result) error {
	stale := false
	for _, r := range results {
		diff, err := r.Compare()
		if err != nil {
			return err
		}
		if len(diff) == 0 {
			cmd.PrintErrf("%s: %s up to date\n", r.Config, files(len(r.Files)))
			continue
		}
		stale = true
		if _, err := cmd.OutOrStdout().Write(diff); err != nil {
			return err
		}
		cmd.PrintErrf("%s: generated code is stale: run lockstep gen %s\n", r.Config, r.Config)
	}
	if stale {
		return errStale
	}
	return nil
}

// files counts files.
func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}
