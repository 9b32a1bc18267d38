// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

const verifyHelp = `Compare the layouts that lockstep reads in the headers with those in compiled objects: the records and enums of the
configurations, and those that they contain, are looked up in the BTF of each object, and in its DWARF if present. Objects
may be compiled for BPF or for the host, with types (-g), or be BTF alone, such as /sys/kernel/btf/vmlinux. Differences
are printed with both layouts. The exit status is 1 if there are any, and 2 if the comparison failed.

A compiler records only types that code or a global variable refers to; a struct that is only a local variable is not
in BTF. Types that an object lacks are listed. They are an error only if all are missing, or with --all, which requires
each record and enum in one of the objects. "struct T *unused_T __attribute__((unused));" keeps a struct, "enum E
unused_E;" an enum. Macros are not in objects and are not verified.

With --json, each report has object, config, target, machine, bigEndian, verified, missing and mismatches; a mismatch has
the differences and both layouts: a record as "lockstep dump --json" has it, or the members of an enum.

An object's byte order and pointer size must be those of the target; --target overrides the target of the
configurations.`

func verifyCommand() *cobra.Command {
	var configs []string
	var target string
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "verify OBJECT...",
		Short: "Check that compiled objects have the layouts of the headers",
		Long:  verifyHelp,
		Args:  helptext.Needs("verify needs compiled objects: lockstep verify programs.o"),

		ValidArgsFunction: completeFiles(objectFiles),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := findConfigs(configs)
			if err != nil {
				return err
			}
			v, err := gen.Verify(found, args, target)
			if err != nil {
				return err
			}
			return printVerification(cmd, v, all, asJSON)
		},
	}
	cmd.Flags().StringArrayVarP(&configs, "config", "c", nil, "a configuration `file`, or a directory that contains some (default \".\"); can be repeated")
	cmd.Flags().StringVar(&target, "target", "", "the `target` (ABI) of the objects, if it differs from that of the configurations")
	cmd.Flags().BoolVar(&all, "all", false, "require each record and enum in one of the objects")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print {\"reports\": [...], \"notFound\": [...]}: each object's verified, missing and mismatches, with both layouts")
	completion.Flag(cmd, "config", completeFiles(configFiles))
	completion.Flag(cmd, "target", completeTargets)
	return cmd
}

func printVerification(cmd *cobra.Command, v *gen.Verification, all, asJSON bool) error {
	data := verificationText(v)
	if all {
		for _, item := range v.NotFound {
			data = fmt.Appendf(data, "%v: in none of the objects\n", item)
		}
	}
	if asJSON {
		var err error
		if data, err = document(v); err != nil {
			return err
		}
	}
	if _, err := cmd.OutOrStdout().Write(data); err != nil {
		return err
	}
	bad := all && len(v.NotFound) > 0
	for _, r := range v.Reports {
		bad = bad || len(r.Mismatches) > 0
	}
	if bad {
		return errDiffers
	}
	return nil
}
