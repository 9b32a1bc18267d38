// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// renamed is a flag under its old name. Setting it sets the flag under the new one, after a warning on standard error.
type renamed struct {
	cmd       *cobra.Command
	old, name string
}

// renameFlag keeps the old name of a flag for one release. It is not pflag's MarkDeprecated, whose warning cobra prints on
// standard output, among the events.
func renameFlag(cmd *cobra.Command, old, name string) {
	flags := cmd.Flags()
	flags.Var(renamed{cmd, old, name}, old, flags.Lookup(name).Usage)
	_ = flags.MarkHidden(old) // it exists
}

// Set sets the flag.
func (r renamed) Set(s string) error {
	_, _ = fmt.Fprintf(r.cmd.ErrOrStderr(), "bpfmon: --%s is deprecated and will be removed in the next release: use --%s\n", r.old, r.name)
	return r.cmd.Flags().Set(r.name, s)
}

// String returns the flag's value.
func (r renamed) String() string {
	if r.cmd == nil {
		return ""
	}
	return r.cmd.Flags().Lookup(r.name).Value.String()
}

// Type returns the type of the flag's value.
func (r renamed) Type() string { return r.cmd.Flags().Lookup(r.name).Value.Type() }

// negated is a flag that became the opposite of another: --old=false is --name, and --old is the default.
type negated struct {
	cmd       *cobra.Command
	old, name string
	value     *bool
}

// negateFlag keeps such a flag for one release, with the default *value.
func negateFlag(cmd *cobra.Command, old, name string, value *bool) {
	flag := cmd.Flags().VarPF(negated{cmd, old, name, value}, old, "", "the opposite of --"+name)
	flag.NoOptDefVal, flag.Hidden = "true", true
}

// Set sets the flag.
func (n negated) Set(s string) error {
	on, err := strconv.ParseBool(s)
	if err != nil {
		return fmt.Errorf("%q is not true or false", s)
	}
	*n.value = on
	instead := "leave it out, as it is the default"
	if !on {
		instead = "use --" + n.name
	}
	_, _ = fmt.Fprintf(n.cmd.ErrOrStderr(), "bpfmon: --%s is deprecated and will be removed in the next release: %s\n", n.old, instead)
	return nil
}

// String returns the flag's value.
func (n negated) String() string { return strconv.FormatBool(n.value != nil && *n.value) }

// Type returns the type of the flag's value.
func (n negated) Type() string { return "bool" }
