// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
	"github.com/lockstep-bpf/lockstep/internal/completion"
	"github.com/lockstep-bpf/lockstep/internal/helptext"
)

const dumpHelp = `Print everything that C headers declare, as tables, or with --json for programs. No configuration is needed.
Of a compiled object, or of BTF such as /sys/kernel/btf/vmlinux, print the types in its BTF or DWARF; macros and comments
are in headers only. The BTF of a kernel module builds on the kernel's, which is read from vmlinux in the same directory.

The tables have the declarations of the named headers, and how many the headers that they include have. --only prints some, of
all headers: --only event prints struct event, --only 'BPF_F_*' the macros with that prefix and each enum that has such a member.
The JSON has all declarations.

The tables show each record as it lies in memory: offsets and sizes in bytes, holes and padding, and for bit-fields
byte:bit and the number of bits. A record without a name is shown inside the one that contains it.

The JSON is one object:
  target     the ABI
  constants  name, value, kind ("macro" or "enum"), type, enum, file, line, doc
  records    name ("struct tag", or a typedef's bare name where there is no tag), kind ("struct" or "union"), size,
             align, packed, file, line, doc, fields
  fields     name, type, offset, size, bitOffset, bitWidth, array, doc, record, fields
  skipped    name, file, line, reason: declarations without a value or layout, such as macros with arguments

Sizes and offsets are in bytes. offset is counted from the enclosing record (for a bit-field, it is the offset of
the unit that contains it). record names a nested record that is listed among the records (with --only, if it is asked
for); the fields of a nested record without a name are listed in fields. bitOffset is counted in bits from bit 0 of the
outermost record's first byte, in the order in which the target allocates bits: in little-endian targets bit 0 of a byte
is its lowest bit. In big-endian targets bits are counted from the other end of each unit, so bit 0 of a byte is its
highest, and the first field of a struct still begins at bitOffset 0. bitWidth is 0 for plain fields. array has the
dimensions, outermost first, with -1 for a flexible array. Integers beyond 2^53 in either direction are strings, because
readers of JSON round them. Text that is not UTF-8 is a list of bytes. An enum without a name is "".
doc is the comment above the declaration, and on its own line the trailing comment.`

func dumpCommand() *cobra.Command {
	var h gen.Headers
	var asJSON bool
	var only []string
	cmd := &cobra.Command{
		Use:   "dump {HEADER... | OBJECT}",
		Short: "Print what headers declare: constants, layouts, holes",
		Long:  dumpHelp,
		Args:  helptext.Needs("dump needs headers, or a compiled object: lockstep dump events.h"),

		ValidArgsFunction: completeFiles(headerFiles),
		RunE: func(cmd *cobra.Command, args []string) error {
			h.Paths = args
			found, err := gen.Dump(h, only...)
			if err != nil {
				return err
			}
			data := declarationTables(found, len(only) > 0)
			if asJSON {
				if data, err = document(found); err != nil {
					return err
				}
			}
			_, err = cmd.OutOrStdout().Write(data)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	onlyFlag(cmd, &only)
	headerFlags(cmd, &h)
	return cmd
}

// onlyFlag adds the flag that asks for some declarations.
func onlyFlag(cmd *cobra.Command, only *[]string) {
	cmd.Flags().StringSliceVar(only, "only", nil, "list only these constants, enums, structs and unions: `names` or patterns; can be repeated")
	completion.Flag(cmd, "only", cobra.NoFileCompletions)
}

// headerFlags adds the flags that say how to read headers.
func headerFlags(cmd *cobra.Command, h *gen.Headers) {
	flags := cmd.Flags()
	flags.StringVar(&h.Target, "target", "", "lay out records as this `target` does: "+strings.Join(gen.Targets(), ", ")+" (default bpfel)")
	flags.StringArrayVarP(&h.Include, "include", "I", nil, "look for included headers in this `directory`; can be repeated")
	flags.StringArrayVar(&h.Prelude, "prelude", nil, "read this `header` before the others: a path, or a name as in #include; can be repeated")
	flags.StringArrayVarP(&h.Defines, "define", "D", nil, "define a macro: `NAME=VALUE`; can be repeated")
	completion.Flag(cmd, "target", completeTargets)
	completion.Flag(cmd, "prelude", completeFiles([]string{"h"}))
	completion.Flag(cmd, "define", cobra.NoFileCompletions)
	_ = cmd.MarkFlagDirname("include") // the flag exists
}
