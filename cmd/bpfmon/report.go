// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/lockstep-bpf/lockstep/internal/helptext"
	"github.com/lockstep-bpf/lockstep/internal/version"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/report"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// reportOptions are the flags of report.
type reportOptions struct {
	replay replayOptions // of which it has the flags that say what a recording holds
	output string
	title  string
}

func reportCommand() *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report RECORDING...",
		Short: "Draw recordings as one page of HTML",
		Long: `report reads recordings, in every format that replay reads, and writes one HTML page: drops over time by reason, top
talkers, dropped pairs and ports, connections without an answer, losses, interfaces and nodes. The page needs no network and
no other file. Its plots zoom, and each has a table that can be searched, sorted and copied.

Events that do not name their node are listed under the name of their file: node7 for node7.gob. With - report reads standard
input.

If a recording is truncated, the page shows all complete events and says so, and report exits with 1. Only its owner can read
the page, as with recordings. It replaces an existing page. Without -o it is written to standard output.

Events are counted as they are read, in bounded memory: each table keeps the 50,000 rows with the most events. The page has
at most 1,000 of them, and states when rows are left out.`,
		Example: `  bpfmon report node7.gob -o report.html
  bpfmon report node*.gob --filter 'dst port 5432' -o db.html
  zcat node7.gob.gz | bpfmon report - > report.html`,
		Args:    helptext.Needs("report needs recordings: FILEs, or - for standard input"),
		PreRunE: o.check,
		RunE:    ran(o.run),
	}
	o.replay.addSource(cmd)
	o.replay.view.addExpression(cmd, "show only what matches this `expression`; see bpfmon help filter")
	cmd.Flags().StringVarP(&o.output, "output", "o", "", "write the page to this `file`")
	cmd.Flags().StringVar(&o.title, "title", "", "title of the page: this `text`")
	return cmd
}

// check returns an error for flags that mean nothing, and for an output that would take the place of a recording.
func (o *reportOptions) check(cmd *cobra.Command, args []string) error {
	if cmd.Flags().Changed("output") && o.output == "" {
		return errors.New("--output needs a file")
	}
	if o.output == "" && terminalWidth(cmd.OutOrStdout()) > 0 {
		return errors.New("report writes HTML, which is not for a terminal: name a file with -o, such as -o report.html")
	}
	if o.output == standardInput {
		o.output = ""
	}
	view := &o.replay.view
	if err := o.replay.checkSource(cmd, args[0]); err != nil {
		return err
	}
	if err := view.cilium.check(cmd); err != nil {
		return err
	}
	if view.header.decoder == nil && view.cilium.selector != nil {
		for _, name := range args[1:] {
			if release := recordedRelease(cmd, name); release != "" {
				view.cilium.selector.Add(release)
			}
		}
	}
	if err := o.checkFiles(cmd, args); err != nil {
		return err
	}
	return view.compile()
}

// checkFiles returns an error for recordings that the page would overwrite, or that are read twice.
func (o *reportOptions) checkFiles(cmd *cobra.Command, args []string) error {
	page, pageErr := os.Stat(o.output)
	inputs := 0
	for _, name := range args {
		if name == standardInput {
			if inputs++; inputs > 1 {
				return errors.New("standard input can be read once only")
			}
		}
		if o.output == "" {
			if err := checkNotInput(cmd, name, ""); err != nil {
				return err
			}
		} else if info := statInput(cmd, name); info != nil && pageErr == nil && os.SameFile(page, info) {
			return fmt.Errorf("-o %s is one of the recordings: give the page a name of its own", o.output)
		}
	}
	if dir := filepath.Dir(o.output); o.output != "" {
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("-o %q: there is no directory %q", o.output, dir)
		}
	}
	return nil
}

func (o *reportOptions) run(cmd *cobra.Command, args []string) error {
	for _, name := range args { // before the work of reading others
		if name == standardInput {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			return err
		}
	}
	out, err := createPage(o.output, cmd.OutOrStdout())
	if err != nil {
		return err
	}
	defer out.discard()
	log := logger(cmd)
	page := report.New(report.Options{
		Title: o.title, Generator: "bpfmon " + version.Module(), Sources: args, Filter: o.replay.view.expr, Interfaces: new(monitor.HostInterfaces),
	})
	failed, err := o.read(cmd, args, page, log)
	if err != nil {
		return err
	}
	if page.Events == 0 && page.Lost == 0 && failed != nil {
		return failed
	}
	if err := page.Write(out); err != nil {
		return outputErrorOf(o.output, err)
	}
	if err := out.commit(); err != nil {
		return outputErrorOf(o.output, err)
	}
	if o.output != "" {
		log(fmt.Sprintf("%s: events: %d, drops: %d, lost: %d", o.output, page.Events, page.Drops, page.Lost))
	}
	return failed
}

// read counts the events of all recordings. failed says which were not whole.
func (o *reportOptions) read(cmd *cobra.Command, args []string, page *report.Sink, log func(any)) (failed, err error) {
	progress := newProgress(cmd.ErrOrStderr(), args)
	defer progress.end()
	log = progress.around(log)
	o.replay.view.warn(log)
	var unknown unknownEvents
	defer func() { unknown.end(log) }()
	for _, name := range args {
		err := o.readOne(cmd, name, page, progress, &unknown, log)
		var truncated *payload.TruncatedError
		var corrupt *payload.CorruptError
		switch {
		case err == nil:
		case errors.As(err, &truncated), errors.As(err, &corrupt), errors.Is(err, recording.ErrEmpty):
			page.Note(err.Error())
			failed = errors.Join(failed, err)
		default:
			return nil, err
		}
	}
	return failed, nil
}

// readOne counts the events of one recording.
func (o *reportOptions) readOne(cmd *cobra.Command, name string, page *report.Sink, progress *progress, unknown *unknownEvents, log func(any)) error {
	src, err := openRecording(cmd, name)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // nothing was written to it
	page.SetNode(nodeOf(name))
	progress.begin(name, src)
	view := &o.replay.view
	p := pipeline.Pipeline{
		Source: src, Decoder: view.decoder(), Host: o.replay.host(cmd, name, log), Filter: view.filter(),
		All: []sink.Sink{progress}, Selected: []sink.Sink{page}, Unknown: func(e *event.Event) { unknown.report(e, log) },
	}
	_, err = p.Run()
	progress.done()
	return err
}

// nodeOf returns what a recording's node is called where its events do not say: the name of the file, without its endings.
func nodeOf(name string) string {
	if name == standardInput {
		return ""
	}
	base := filepath.Base(name)
	for _, ext := range []string{".gob", ".pcapng"} {
		base = strings.TrimSuffix(base, ext)
	}
	return base
}

// page is where a page goes: a new file that takes its name when it is whole, or what is there already and is no file.
type page struct {
	io.Writer
	file *os.File // nil for standard output
	path string   // the name that the file gets; "" if it has it
}

func createPage(path string, stdout io.Writer) (*page, error) {
	if path == "" {
		return &page{Writer: stdout}, nil
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, err
		}
		return &page{Writer: f, file: f}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return nil, outputErrorOf(path, err)
	}
	return &page{f, f, path}, nil
}

// commit gives the file its name.
func (p *page) commit() error {
	if p.file == nil {
		return nil
	}
	f := p.file
	if err := f.Close(); err != nil {
		return err
	}
	if p.path != "" {
		if err := os.Rename(f.Name(), p.path); err != nil {
			return err
		}
	}
	p.file = nil
	return nil
}

// discard removes a file that got no name.
func (p *page) discard() {
	if p.file == nil {
		return
	}
	_ = p.file.Close() // it goes, or is no file
	if p.path != "" {
		_ = os.Remove(p.file.Name()) // nobody knows it
	}
}

// outputErrorOf says that a page cannot be written, and why: to a file, or to standard output for "".
func outputErrorOf(path string, err error) error {
	return cannotWrite(cmp.Or(path, "to standard output"), err)
}

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
