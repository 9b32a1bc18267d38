// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

const breakingHelp = `Compare the headers that configurations name with an older state of them, and say what changed for those who read
the data that the C code writes. Print a line for each change, and exit 1 if one breaks a reader; exit 2 if the
question cannot be answered.

--against is a directory, or else a revision that git knows: main, v1.2, HEAD~3. Write ./main for a directory that has a
revision's name. The directory is the root of another checkout, or has copies of the files as they lie seen from the current
directory. Nothing in the repository is touched. Where the older state has neither the configuration nor a header that it
names, there is nothing to compare, which is a failure.

--releases 1.15,1.20 compares two releases of the headers of today instead, where a configuration has a list of them
("releases:"): what one who reads the first has to know to read the second. 1.15 stands for its last patch release.

An old reader was generated from the old headers and meets data of new C code. A new reader was generated from the
new headers and meets data of old C code, or an old recording. Both are as lockstep generates them: a value without
a name prints as a number, bytes beyond a struct are left alone, missing ones are an error.
`

// errDiffers makes a command exit with exitStale: the answer is no, and has been printed.
var errDiffers = errors.New("differences were found")

func breakingCommand() *cobra.Command {
	var against, releases string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "breaking {--against OLD | --releases OLD,NEW} [CONFIG|DIR...]",
		Short: "Say what a change of the headers breaks for readers of the data",
		Long:  breakingHelp + rulesHelp() + configArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			configs, err := findConfigs(args)
			if err != nil {
				return err
			}
			changes, err := changesOf(configs, against, releases)
			if err != nil {
				return err
			}
			return printChanges(cmd, changes, asJSON)
		},
	}
	cmd.Flags().StringVar(&against, "against", "", "the `older` state: the root of a checkout, or a revision")
	cmd.Flags().StringVar(&releases, "releases", "", "`two` releases of the headers, such as 1.15,1.20")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print {\"changes\": [...]}: rule, breaks (of \"old\" and \"new\"), subject, message, old, new")
	cmd.MarkFlagsOneRequired("against", "releases")
	cmd.MarkFlagsMutuallyExclusive("against", "releases")
	return cmd
}

// changesOf returns the changes since an older state, or between two releases.
func changesOf(configs []string, against, releases string) (*gen.Changes, error) {
	if releases == "" {
		return gen.Breaking(configs, against)
	}
	from, to, ok := strings.Cut(releases, ",")
	if !ok {
		return nil, fmt.Errorf("--releases %s: want two releases with a comma between them", releases)
	}
	return gen.BreakingReleases(configs, from, to)
}

// rulesHelp lists every kind of change, with whom it breaks and why.
func rulesHelp() string {
	var b strings.Builder
	for _, r := range gen.Rules() {
		fmt.Fprintf(&b, "\n%s: breaks %s\n    %s", r.Name, r.Breaks, r.Why)
	}
	return b.String()
}

func findConfigs(args []string) ([]string, error) {
	if len(args) == 0 {
		args = []string{"."}
	}
	return gen.Find(args...)
}

func printChanges(cmd *cobra.Command, changes *gen.Changes, asJSON bool) error {
	data := changes.Text()
	if asJSON {
		var err error
		if data, err = changes.JSON(); err != nil {
			return err
		}
	}
	if _, err := cmd.OutOrStdout().Write(data); err != nil {
		return err
	}
	cmd.PrintErrf("changes: %d, of which %d break a reader\n", changes.Len(), changes.Breaks())
	if changes.Breaks() > 0 {
		return errDiffers
	}
	return nil
}
