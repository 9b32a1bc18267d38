// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func attachCommand() *cobra.Command {
	return onLinux("attach IFACE...", "Watch the packets of this machine's network interfaces (Linux)")
}

func dropsCommand() *cobra.Command {
	return onLinux("drops", "Say which packets the kernel of this machine drops, where and why (Linux)")
}

func watchCommand() *cobra.Command {
	return onLinux("watch IFACE...", "Watch network interfaces and what the kernel drops, on one time line (Linux)")
}

func mapCommand() *cobra.Command {
	return onLinux("map PATH", "Print what BPF programs send to a pinned map (Linux)")
}

// runningReasons returns nothing: only Linux has reasons.
func runningReasons() []string { return nil }

// peerList returns nothing: where interfaces lead is known on Linux only.
func peerList() []string { return nil }

// onLinux returns a command that says that it works on Linux only, whatever its arguments are.
func onLinux(use, short string) *cobra.Command {
	return &cobra.Command{
		Use:                use,
		Short:              short,
		DisableFlagParsing: true,
		RunE: ran(func(cmd *cobra.Command, _ []string) error {
			return fmt.Errorf("%s reads the Linux kernel, and this is %s: replay and listen work here", cmd.Name(), runtime.GOOS)
		}),
	}
}
