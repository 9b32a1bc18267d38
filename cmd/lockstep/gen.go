// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

const configArgs = `

Each argument is a configuration, or a directory: then every lockstep.yaml in it and below is used. The default is the
current directory.`

func genCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "gen [CONFIG|DIR...]",
		Short: "Generate Go code from the headers",
		Long: "Generate Go code from the headers. Files that are up to date are not touched; files that a configuration generated\n" +
			"earlier and no longer names are removed. --dry-run lists the files that would be written and removed." + configArgs,

		ValidArgsFunction: completeFiles(configFiles),
		RunE: func(cmd *cobra.Command, args []string) error {
			results, err := generate(cmd, args)
			if err != nil {
				return err
			}
			for _, r := range results {
				write, verb := r.Write, ""
				if dryRun {
					write, verb = r.Plan, "would be "
				}
				written, err := write()
				if err != nil {
					return err
				}
				summarize(cmd, r, written, verb)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "write nothing: list the files that would be written and removed")
	return cmd
}

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check [CONFIG|DIR...]",
		Short: "Check that the generated Go code is up to date",
		Long: "Compare the Go code on disk with what gen would write, without writing it. The difference is printed as a unified\n" +
			"diff. The exit status is 1 if there is any, and 2 if the comparison failed." + configArgs,

		ValidArgsFunction: completeFiles(configFiles),
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
	if len(configs) > 1 {
		cmd.PrintErrf("%d configurations\n", len(configs))
	}
	show := newProgress(cmd.ErrOrStderr(), len(configs))
	defer show.stop()
	return gen.GenerateAll(configs, show.next)
}

// summarize prints what was, or would be, written, removed and skipped, and the number of unchanged files.
func summarize(cmd *cobra.Command, r *gen.Result, written *gen.Written, would string) {
	for _, name := range written.Wrote {
		cmd.PrintErrln(done(would, "write", "wrote"), name)
	}
	for _, name := range written.Removed {
		cmd.PrintErrln(done(would, "remove", "removed"), name)
	}
	for _, s := range r.Skipped {
		cmd.PrintErrf("%s: %s: skipped: %s\n", s.Pos, s.Name, s.Reason)
	}
	cmd.PrintErrf("%s: %d %swritten, %d unchanged, %d %sremoved, %d skipped\n",
		r.Config, len(written.Wrote), would, len(written.Unchanged), len(written.Removed), would, len(r.Skipped))
}

// done returns the verb for what was done, or for what would be.
func done(would, verb, past string) string {
	if would != "" {
		return "would " + verb
	}
	return past
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
