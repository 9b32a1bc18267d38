// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

const verifyHelp = `Hold what the headers say against what a compiler made of them: the records and enums that configurations ask for,
and those that these hold, are looked for in the BTF of compiled objects, and in the DWARF where there is any. Objects
for BPF and for the host will do, as long as they have types (-g). Where something is compiled otherwise than the
headers say, print what differs with both layouts and exit 1; exit 2 if the question cannot be answered.

A compiler writes down only the types that code or a global refers to; a struct that is only a local variable is not
in BTF. What an object does not have is listed, and is no error unless it is everything, or --all is given: then each
record and enum must be in one of the objects. "struct T *unused_T __attribute__((unused));" keeps a struct, "enum E
unused_E;" an enum. Macros are in no object and are not verified.

An object's byte order and the size of its pointers must be those of the target; --target overrides that of the
configurations.`

func verifyCommand() *cobra.Command {
	var configs []string
	var target string
	var all bool
	cmd := &cobra.Command{
		Use:   "verify OBJECT...",
		Short: "Fail if compiled objects have other layouts than the headers say",
		Long:  verifyHelp,
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := findConfigs(configs)
			if err != nil {
				return err
			}
			v, err := gen.Verify(found, args, target)
			if err != nil {
				return err
			}
			return printVerification(cmd, v, all)
		},
	}
	cmd.Flags().StringArrayVarP(&configs, "config", "c", nil, "a configuration `file`, or a directory with some below it (default \".\"); can be repeated")
	cmd.Flags().StringVar(&target, "target", "", "the ABI (`target`) of the objects, where it is not that of the configurations")
	cmd.Flags().BoolVar(&all, "all", false, "fail if a record or enum is in none of the objects")
	return cmd
}

func printVerification(cmd *cobra.Command, v *gen.Verification, all bool) error {
	if _, err := cmd.OutOrStdout().Write(v.Mismatches); err != nil {
		return err
	}
	cmd.PrintErr(string(v.Summary))
	bad := len(v.Mismatches) > 0
	if all {
		for _, item := range v.NotFound {
			cmd.PrintErrf("%s: in none of the objects\n", item)
			bad = true
		}
	}
	if bad {
		return errDiffers
	}
	return nil
}
