// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/manpage"
	"github.com/lockstep-bpf/lockstep/internal/version"
)

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: ran(func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), version.Line("bpfmon"))
			return outputError(err)
		}),
	}
}

// manCommand writes the manual pages.
func manCommand() *cobra.Command {
	return manpage.Command(
		func() *cobra.Command {
			root := newCommand(stdio{})
			for _, c := range root.Commands() {
				if c.Name() == filterName {
					c.Long = filterHelp()
				}
			}
			return root
		},
		manpage.Page{Version: "bpfmon " + version.Module(), Date: version.Date(), Manual: "lockstep"})
}
