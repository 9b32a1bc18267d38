// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/pflag"
)

// flagError says what a flag takes, where the library would say which of Go's functions did not take the value.
func flagError(err error) error {
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
