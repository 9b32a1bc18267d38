// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/gen"
)

// configTopic is what "lockstep help config" prints.
func configTopic() *cobra.Command {
	return &cobra.Command{Use: "config", Short: "The keys of lockstep.yaml", Long: gen.ConfigReference()}
}
