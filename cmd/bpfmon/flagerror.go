// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	var like []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		far := 2
		if len(name) < 5 {
			far = 1
		}
		if !f.Hidden && (distance(name, f.Name) <= far || len(name) > 2 && strings.HasPrefix(f.Name, name)) {
			like = append(like, "--"+f.Name)
		}
	})
	if len(like) == 0 {
		return "; " + cmd.CommandPath() + " --help lists the flags"
	}
	slices.Sort(like)
	return "; did you mean " + strings.Join(like, " or ") + "?"
}

// distance returns how many letters must be put in, left out or replaced to make one word of another.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := corner
			if a[i] != b[j] {
				changed++
			}
			corner = row[j+1]
			row[j+1] = min(changed, row[j]+1, corner+1)
		}
	}
	return row[len(b)]
}
