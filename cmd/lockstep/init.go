// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

const initHelp = `Write a first configuration for C headers, to be read and changed. It asks for the enums (one without a name is named
by a member), the runs of macros whose names begin alike, the structs, and other macros as single constants, with
guessed Go names. What cannot be carried over stands in it as a comment, with the reason. It works as it is: lockstep
gen writes Go that compiles. Beside another configuration, its Go file goes to a directory of its own, unless --package
says which package it belongs to.

A compiled object (-g) will do where there is no header: its types, from BTF or DWARF, are written as a header beside the
configuration, which reads that. The header's layouts are compared with the object's.

Only what the named headers declare themselves is asked for; how much there is in the headers that they include is
listed at the end.`

func initCommand() *cobra.Command {
	var h gen.Headers
	var o gen.InitOptions
	cmd := &cobra.Command{
		Use:   "init {HEADER | OBJECT}...",
		Short: "Write a first configuration for headers",
		Long:  initHelp,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			h.Paths = args
			started, err := gen.Init(h, o)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%w (see --force and --output)", err)
			}
			if err != nil {
				return err
			}
			for _, note := range started.Notes {
				cmd.PrintErrf("note: %s\n", note)
			}
			cmd.PrintErrf("wrote %s: read it, change what you like, and run lockstep gen %s\n"+
				"to have go generate do that, put this into a Go file beside it: //go:generate go tool lockstep gen%s\n",
				o.Config, o.Config, argument(o.Config))
			return nil
		},
	}
	cmd.Flags().StringVarP(&o.Config, "output", "o", gen.ConfigName, "the configuration `file` to write")
	cmd.Flags().StringVar(&o.Package, "package", "", "the Go package's `name` (default: that of the directory)")
	cmd.Flags().BoolVar(&o.Replace, "force", false, "replace a file that is there")
	cmd.Flags().StringSliceVar(&o.Only, "only", nil, "ask only for these constants, enums and structs: `names` or patterns; can be repeated")
	headerFlags(cmd.Flags(), &h)
	return cmd
}

// argument is what names a configuration to a command that runs in its directory: nothing for the one that is looked for.
func argument(config string) string {
	if base := filepath.Base(config); base != gen.ConfigName {
		return " " + base
	}
	return ""
}
