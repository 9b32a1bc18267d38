// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

const initHelp = `Write a first configuration for C headers, as a starting point. It lists the enums (an enum without a name is named by
one of its members), groups of macros with a common prefix, the structs, and other macros as single constants, with
suggested Go names. Declarations without a Go form are listed as comments, with the reason. The configuration is
complete: lockstep gen writes Go that compiles. If the directory has another configuration already, the Go file is put into
a new directory, unless --package names the package that it belongs to.

A compiled object (-g), or BTF such as /sys/kernel/btf/vmlinux, can be used if there is no header: its types, from BTF or
DWARF, are written to a header next to the configuration. The layouts of that header are compared with those of the object.

Only declarations of the named headers are listed. The number of declarations in the headers that they include is printed
at the end.`

func initCommand() *cobra.Command {
	var h gen.Headers
	var o gen.InitOptions
	cmd := &cobra.Command{
		Use:   "init {HEADER | OBJECT}...",
		Short: "Write a first configuration for headers",
		Long:  initHelp,
		Args:  helptext.Needs("init needs headers, or a compiled object: lockstep init events.h"),

		ValidArgsFunction: completeFiles(headerFiles),
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
			cmd.PrintErrf("wrote %s: review it, and run lockstep gen %s\n"+
				"to run it with go generate, add this line to a Go file in the same directory: //go:generate go tool lockstep gen%s\n",
				o.Config, o.Config, argument(o.Config))
			return nil
		},
	}
	cmd.Flags().StringVarP(&o.Config, "output", "o", gen.ConfigName, "the configuration `file` to write")
	cmd.Flags().StringVar(&o.Package, "package", "", "the Go package's `name` (default: that of the directory)")
	cmd.Flags().BoolVar(&o.Replace, "force", false, "replace an existing file")
	onlyFlag(cmd, &o.Only)
	completion.Flag(cmd, "output", completeFiles(configFiles))
	completion.Flag(cmd, "package", cobra.NoFileCompletions)
	headerFlags(cmd, &h)
	return cmd
}

// argument is what names a configuration to a command that runs in its directory: nothing for the one that is looked for.
func argument(config string) string {
	if base := filepath.Base(config); base != gen.ConfigName {
		return " " + base
	}
	return ""
}
