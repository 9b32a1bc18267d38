// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/version"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/pcapng"
	"github.com/lockstep-bpf/lockstep/monitor/sink/recfile"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// recordOutput keeps events in a recording.
type recordOutput struct {
	path   string
	append bool
	rotate rotateFlag
	keep   int
}

func (o *recordOutput) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.path, "record", "",
		"write the events to this new `file`, readable by its owner only; a pcapng file if its name ends in .pcapng")
	flags.BoolVar(&o.append, "append", false, "continue the recording in the file if it exists")
	flags.Var(&o.rotate, "rotate", "start a new file after this `size or time`, such as 100M or 1h, and number the previous ones (repeatable)")
	flags.IntVar(&o.keep, "keep", 0, "with --rotate, keep this many `files`, 0 for all")
}

func (o *recordOutput) check(changed func(string) bool) error {
	switch {
	case changed("record") && o.path == "":
		return errors.New("--record needs a file")
	case o.path == "-":
		return errors.New("--record cannot be standard output: --pcapng - writes there")
	case o.path == "" && (changed("append") || changed("rotate") || changed("keep")):
		return errors.New("--append, --rotate and --keep are for --record")
	case o.keep < 0:
		return fmt.Errorf("--keep must be 0 or more, not %d", o.keep)
	case o.keep > 0 && !changed("rotate"):
		return errors.New("--keep is for --rotate: there is one file only")
	case o.path == "":
		return nil
	}
	dir := filepath.Dir(o.path) // said before anything is watched; what else fails does so when the file is created
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("--record %q: there is no directory %q", o.path, dir)
	}
	return nil
}

// open creates the file. It is the last of the outputs to be opened, so that no recording is begun where another fails.
func (o *recordOutput) open(log func(any)) (sink.Sink, error) {
	if o.path == "" {
		return nil, nil
	}
	opts := recfile.Options{
		RotateSize: o.rotate.size, RotateAfter: o.rotate.after, Keep: o.keep,
		Report: func(err error) { log(err) },
	}
	if o.append {
		opts.Mode = recfile.Append
	}
	s, err := o.create(opts, func(err error) { log(err) })
	if info, none := os.Stat(o.path); err != nil && none == nil && info.IsDir() {
		return nil, fmt.Errorf("--record %q is a directory: name a file in it, such as %s", o.path, filepath.Join(o.path, "events.gob"))
	}
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%w: --append continues the recording, and another name begins a new one", err)
	}
	return s, err
}

// create creates the file in the format of its name.
func (o *recordOutput) create(opts recfile.Options, failed func(error)) (sink.Sink, error) {
	if recording.IsPcapng(o.path) {
		s, err := recording.CreatePcapng(o.path, opts, pcapngOptions(), failed)
		if err != nil {
			return nil, err // not a sink that is nil
		}
		return s, nil
	}
	rec, err := recording.Create(o.path, opts, failed)
	if err != nil {
		return nil, err
	}
	return &recordSink{rec.Sink(), rec}, nil
}

// pcapngOptions returns what is written into pcapng files.
func pcapngOptions() pcapng.Options {
	return pcapng.Options{
		Application: "bpfmon " + version.Module(),
		Host:        &event.Host{Interfaces: new(monitor.HostInterfaces)},
	}
}

// rotateFlag is the value of --rotate: a size, a time, or both.
type rotateFlag struct {
	size  int64
	after time.Duration
}

// units are the factors that a size may end in.
var units = map[string]int64{"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}

// Set sets the size or the time.
func (f *rotateFlag) Set(s string) error {
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		f.after = d
		return nil
	}
	number := strings.TrimRight(strings.ToUpper(s), "KMGTIB")
	unit := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s)[len(number):], "B"), "I")
	n, err := strconv.ParseInt(number, 10, 64)
	factor, ok := units[unit]
	if err != nil || !ok || n <= 0 || n > (1<<62)/factor {
		return fmt.Errorf("%q is neither a size such as 100M nor a time such as 1h", s)
	}
	f.size = n * factor
	return nil
}

func (f *rotateFlag) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (f *rotateFlag) Type() string { return "size or time" }

// recordSink is the sink of a recording, which it closes.
type recordSink struct {
	sink.Sink
	rec *recording.Recorder
}

func (s *recordSink) Close() error { return s.rec.Close() }

// Reopen has the recording go on in a new file if its file was given another name.
func (s *recordSink) Reopen() { s.rec.Reopen() }
