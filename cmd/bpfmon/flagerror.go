// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lockstep-bpf/lockstep/internal/nearest"
)

// flagError says what a flag takes, where the library would say which of Go's functions did not take the value.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		return fmt.Errorf("%w%s", err, likeFlag(cmd, missing.GetSpecifiedName()))
	}
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) {
		return err
	}
	var number *strconv.NumError
	wants := ""
	switch kind := invalid.GetFlag().Value.Type(); kind {
	case "int", "int32", "int64", "uint", "uint32", "uint64":
		wants = "a whole number"
	case "uint8":
		wants = "a number from 0 to 255"
	case "uint16":
		wants = "a number from 0 to 65535"
	case "float64":
		wants = "a number"
	case "duration":
		wants = "a time, such as 10s or 1m30s"
	case "bool":
		wants = "true or false"
	}
	if wants == "" || !errors.As(err, &number) && invalid.GetFlag().Value.Type() != "duration" {
		return err
	}
	return fmt.Errorf("invalid argument %q for \"--%s\" flag: it is %s", invalid.GetValue(), invalid.GetFlag().Name, wants)
}

// likeFlag returns which flags of a command have names like one that there is not, as the end of an error.
func likeFlag(cmd *cobra.Command, name string) string {
	if len(name) < 2 {
		return "" // one letter is like every other
	}
	var flags []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			flags = append(flags, f.Name)
		}
	})
	like := nearest.Names(name, flags)
	if len(like) == 0 {
		return "; " + cmd.CommandPath() + " --help lists the flags"
	}
	return "; did you mean --" + strings.Join(like, " or --") + "?"
}
