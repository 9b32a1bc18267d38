// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/cilium/ebpf"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// mapOptions are the flags of map.
type mapOptions struct{ live liveFlags }

func mapCommand() *cobra.Command {
	var o mapOptions
	cmd := &cobra.Command{
		Use:   "map PATH",
		Short: "Print what BPF programs send to a pinned map",
		Long: `map reads the events that BPF programs of someone else send to a map that is pinned at PATH, below a BPF file
system, and prints them until it is interrupted. The map is a perf event array or a ring buffer; which one is seen
from the map. It needs root.

A perf event array has one reader: map takes the place of whoever reads it. The events of a ring buffer are divided
between all who read it; they do not say on which CPU they happened, which prints as -1, nor how many were lost.`,
		Example: `  bpfmon map /sys/fs/bpf/tc/globals/cilium_events`,
		Args:    justOne("map needs the path of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events", "map takes one path, not %d"),
		PreRunE: func(cmd *cobra.Command, _ []string) error { return o.live.check(cmd) },
		RunE:    ran(o.run),
	}
	o.live.add(cmd)
	o.live.cilium.add(cmd, cilium.Newest)
	return cmd
}

func (o *mapOptions) run(cmd *cobra.Command, args []string) error {
	events, err := openMap(args[0])
	if err != nil {
		return err
	}
	src, err := ring.New(cmd.Context(), events, ring.Options{})
	_ = events.Close() // the source has what it needs
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	tell := teller(cmd)
	tell("reading " + args[0])
	return o.live.print(cmd, src, tell)
}

// openMap opens a pinned map.
func openMap(path string) (*ebpf.Map, error) {
	m, err := ebpf.LoadPinnedMap(path, nil)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: nothing is pinned there", path)
	case errors.Is(err, os.ErrPermission) && os.Geteuid() != 0:
		return nil, fmt.Errorf("%s: reading a map needs root (try sudo): %w", path, err)
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return nil, fmt.Errorf("%s: not a pinned map: %w", path, err)
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}
