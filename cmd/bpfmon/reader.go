// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"syscall"

	"github.com/spf13/cobra"
)

// ranLive is ran for commands that print what happens until they are ended. If standard output is a pipe, they also end when
// nobody can read it any more: with a filter that matches little, the next write, which would fail, can be far away.
func ranLive(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return ran(func(cmd *cobra.Command, args []string) error {
		ctx, end := context.WithCancelCause(cmd.Context())
		defer end(nil)
		defer onReaderGone(cmd.OutOrStdout(), func() { end(syscall.EPIPE) })()
		cmd.SetContext(ctx)
		return f(cmd, args)
	})
}
