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
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), version.Line("lockstep"))
			return err
		},
	}
}

// manCommand writes the manual pages.
func manCommand() *cobra.Command {
	return manpage.Command(newCommand, manpage.Page{Version: "lockstep " + version.Module(), Date: version.Date(), Manual: "lockstep"})
}
