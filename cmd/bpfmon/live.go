// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// liveFlags are the flags of the commands that show what happens now.
type liveFlags struct {
	viewFlags
	host      *event.Host // that sends, if more is known of it than names of interfaces
	elsewhere bool        // the events are from another network namespace
}

func (f *liveFlags) add(cmd *cobra.Command) { f.viewFlags.add(cmd, newLiveOutputs()) }

// print shows the events of a source until it ends. The end by a signal is a good one.
func (f *liveFlags) print(cmd *cobra.Command, src source.Source, log func(any)) error {
	host := f.host
	switch {
	case host != nil:
	case !f.elsewhere:
		host = f.cilium.host()
	default: // the names of its interfaces are not known
		host = &event.Host{Release: f.cilium.sent()}
	}
	return withoutEnd(f.view(cmd, src, host, log))
}
