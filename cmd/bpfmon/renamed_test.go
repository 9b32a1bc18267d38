// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestNegatedFlag checks the value and the warning of a flag that another is the opposite of.
func TestNegatedFlag(t *testing.T) {
	const warning = "bpfmon: --ringbuf is deprecated and will be removed in the next release: "
	for arg, want := range map[string]struct {
		value bool
		said  string
	}{
		"--perf-array":    {true, ""},
		"--ringbuf":       {true, warning + "leave it out, as it is the default\n"},
		"--ringbuf=true":  {true, warning + "leave it out, as it is the default\n"},
		"--ringbuf=false": {false, warning + "use --perf-array\n"},
	} {
		var said strings.Builder
		value := true
		cmd := &cobra.Command{Use: "attach", Run: func(*cobra.Command, []string) {}}
		cmd.Flags().Bool("perf-array", false, "")
		negateFlag(cmd, "ringbuf", "perf-array", &value)
		cmd.SetArgs([]string{arg})
		cmd.SetErr(&said)
		if err := cmd.Execute(); err != nil || value != want.value || said.String() != want.said {
			t.Errorf("%s: %t, %q, %v", arg, value, said.String(), err)
		}
		if strings.Contains(cmd.UsageString(), "ringbuf") {
			t.Errorf("the usage has it:\n%s", cmd.UsageString())
		}
	}
	cmd := &cobra.Command{Use: "attach", SilenceErrors: true, SilenceUsage: true, Run: func(*cobra.Command, []string) {}}
	negateFlag(cmd, "ringbuf", "perf-array", new(bool))
	cmd.SetArgs([]string{"--ringbuf=some"})
	if err := cmd.Execute(); err == nil || !strings.Contains(err.Error(), `"some" is not true or false`) {
		t.Errorf("%v", err)
	}
}
