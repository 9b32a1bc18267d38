// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

// checkNotInput returns an error if what a command writes, to standard output or to the file record, goes to the end of the
// recording that it reads: reading would never end, or what is printed would damage the recording.
func checkNotInput(cmd *cobra.Command, name, record string) error {
	input := statInput(cmd, name)
	if input == nil || !input.Mode().IsRegular() {
		return nil
	}
	if out, ok := cmd.OutOrStdout().(*os.File); ok {
		if info, err := out.Stat(); err == nil && os.SameFile(input, info) {
			return errors.New("standard output is the file that is read: redirect it to another file")
		}
	}
	if record == "" {
		return nil
	}
	if info, err := os.Stat(record); err == nil && os.SameFile(input, info) {
		return fmt.Errorf("--record %q is the file that is read: record to another file", record)
	}
	return nil
}

// statInput returns what is known of the file that an argument names, nil if it cannot be known.
func statInput(cmd *cobra.Command, name string) fs.FileInfo {
	info, err := os.Stat(name)
	if name == standardInput {
		file, ok := cmd.InOrStdin().(*os.File)
		if !ok {
			return nil
		}
		info, err = file.Stat()
	}
	if err != nil {
		return nil
	}
	return info
}
