// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// mapOptions are the flags of map.
type mapOptions struct {
	live   liveFlags
	events *ebpf.Map
}

func mapCommand() *cobra.Command {
	var o mapOptions
	cmd := &cobra.Command{
		Use:   "map PATH",
		Short: "Print what BPF programs send to a pinned map",
		Long: `map reads the events that other BPF programs send to a map that is pinned at PATH, in a BPF file system, and prints
them until it is interrupted. The map is a perf event array or a ring buffer; map detects which. It needs root.

The events are taken to be Cilium's unless --header or --config describes them: a C header, or a lockstep.yaml that names
one. --struct names the struct that is sent. For several structs, give each the field value that identifies it:
--struct exec_event,kind=1 --struct exit_event,kind=EVENT_EXIT. Fields are printed with their names from the header, and
values with the names of their enum: the enum of the field's type, or the one that the field's trailing comment begins with
(enum event_kind, or EVENT_* for constants). --filter and --summary use the same names, with dots for nested structs
(head.kind) and numbers for elements of arrays (args.0). An event that matches no struct, or is shorter than its struct, is
printed as an error.

A perf event array has one reader: map replaces the current one. The events of a ring buffer are divided among its readers;
they carry neither the CPU, which is printed as -1, nor a count of lost events.`,
		Example: `  bpfmon map /sys/fs/bpf/tc/globals/cilium_events
  bpfmon map /sys/fs/bpf/events --header events.h --struct event
  bpfmon map /sys/fs/bpf/events --config lockstep.yaml --struct exec_event,kind=1 --struct exit_event,kind=2
  bpfmon map /sys/fs/bpf/events --header events.h --struct event --filter 'pid == 4711 and comm == ssh*' --json`,
		Args:    justOne("map needs the path of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events", "map takes one path, not %d"),
		PreRunE: o.check,
		RunE:    ranLive(o.run),
	}
	o.live.add(cmd)
	o.live.cilium.add(cmd, cilium.Newest)
	o.live.header.add(cmd)
	o.live.foreign = true
	return cmd
}

// check returns an error for flags that contradict each other or mean nothing, and for a path at which no map is pinned.
func (o *mapOptions) check(cmd *cobra.Command, args []string) (err error) {
	if err := o.live.header.check(cmd, binary.NativeEndian); err != nil {
		return err
	}
	if err := o.live.check(cmd); err != nil {
		return err
	}
	if o.events, err = openMap(args[0]); err != nil {
		return err
	}
	if kind := o.events.Type(); kind != ebpf.PerfEventArray && kind != ebpf.RingBuf {
		_ = o.events.Close() // nothing was done with it
		return fmt.Errorf("%s: %w", args[0], &ring.MapTypeError{Type: kind})
	}
	return nil
}

func (o *mapOptions) run(cmd *cobra.Command, args []string) error {
	log := logger(cmd)
	src, err := ring.New(cmd.Context(), o.events, ring.Options{})
	_ = o.events.Close() // the source has what it needs
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	if err := o.live.open(log); err != nil {
		return err
	}
	defer func() { _ = o.live.close() }() // if it was not run
	log("reading " + args[0])
	return o.live.print(cmd, src, log)
}

// openMap opens a pinned map.
func openMap(path string) (*ebpf.Map, error) {
	if path == "" {
		return nil, errors.New("the path is empty: map needs that of a pinned map, such as /sys/fs/bpf/tc/globals/cilium_events")
	}
	m, err := ebpf.LoadPinnedMap(path, nil)
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return nil, fmt.Errorf("%s: nothing is pinned there%s", path, beside(path))
	}
	if why := notPinned(path); why != "" {
		return nil, fmt.Errorf("%s: not a pinned map: %s", path, why)
	}
	switch {
	case errors.Is(err, os.ErrPermission):
		return nil, &runError{fmt.Errorf("%s: reading it needs root (try sudo), or the permission to read and write the file", path)}
	case isProgram(path):
		return nil, fmt.Errorf("%s: this is a pinned program, not a map%s", path, beside(path))
	case errors.Is(err, unix.EINVAL):
		return nil, fmt.Errorf("%s: not a pinned map: %w", path, err)
	}
	return nil, &runError{fmt.Errorf("%s: %w", path, err)}
}

// isProgram reports whether a program is pinned at a path.
func isProgram(path string) bool {
	p, err := ebpf.LoadPinnedProgram(path, nil)
	if err != nil {
		return false
	}
	_ = p.Close() // nothing was written
	return true
}

// notPinned says why there can be no map at a path; it is empty if there can be one.
func notPinned(path string) string {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return ""
	case info.IsDir():
		return "it is a directory" + beside(filepath.Join(path, "x"))
	case isElsewhere(path):
		return "it is not in a BPF file system, such as that at /sys/fs/bpf"
	}
	return ""
}

// isElsewhere reports whether a path is known not to be in a BPF file system.
func isElsewhere(path string) bool {
	var in unix.Statfs_t
	return unix.Statfs(path, &in) == nil && uint32(in.Type) != unix.BPF_FS_MAGIC
}

// beside says what is in the directory of a path, or which part of it there is not.
func beside(path string) string {
	dir := filepath.Dir(path)
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrPermission):
		return ""
	case err != nil:
		return fmt.Sprintf(": there is no directory %s", dir)
	case isElsewhere(dir):
		return fmt.Sprintf(": %s is not in a BPF file system, such as that at /sys/fs/bpf", dir)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".debug") { // what every BPF file system has
			names = append(names, e.Name())
		}
	}
	return fmt.Sprintf("; pinned in %s: %s", dir, list(some(names)))
}
