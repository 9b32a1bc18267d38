// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/serve"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// shareFlags are the flags of every command that shares its events with clients: where, and with whom. A command takes
// part in three steps: add, check, and start once its source is open.
type shareFlags struct {
	directory string
	group     string
	queue     int
}

// add adds the flags to a command. What names the directory is up to it.
func (f *shareFlags) add(cmd *cobra.Command, directory, usage string) {
	flags := cmd.Flags()
	flags.StringVar(&f.directory, directory, "", usage)
	_ = cmd.MarkFlagDirname(directory) // the flag exists
	flags.StringVar(&f.group, "group", "", "also let members of this `group` connect, not only the user that runs the command")
	flags.IntVar(&f.queue, "queue", 4<<20, "buffer up to this many `bytes` for a slow client before it loses events")
}

// check returns an error for flags that mean nothing. changed reports whether a flag was given.
func (f *shareFlags) check(changed func(flag string) bool) error {
	switch {
	case f.directory == "" && (changed("group") || changed("queue")):
		return errors.New("--group and --queue are for events that are shared, and these are not")
	case changed("group") && f.group == "":
		return errors.New("--group needs a name or a number")
	case f.queue <= 0:
		return fmt.Errorf("--queue must be more than 0 bytes, not %d", f.queue)
	case f.group != "":
		if _, err := serve.LookupGroup(f.group); err != nil {
			return fmt.Errorf("--group: %w", err)
		}
	}
	return nil
}

// serveOutput shares all events with clients.
type serveOutput struct{ share shareFlags }

func (o *serveOutput) add(cmd *cobra.Command) {
	o.share.add(cmd, "serve", "share the events on an agent's two sockets, in this `directory`")
}

func (o *serveOutput) check(changed func(string) bool) error {
	if changed("serve") && o.share.directory == "" {
		return errors.New("--serve needs a directory")
	}
	return o.share.check(changed)
}

func (o *serveOutput) open(log func(any)) (sink.Sink, error) {
	s, err := o.share.start(log)
	if s == nil || err != nil {
		return nil, err
	}
	return &shareSink{s.server.Sink(), s}, nil
}

// shareSink is the sink of a server, which it closes.
type shareSink struct {
	sink.Sink
	shared *sharing
}

func (s *shareSink) Close() error { return s.shared.close() }

// sharing is a running server of events on the two sockets that an agent has. A nil one shares nothing.
type sharing struct {
	server *serve.Server
	stop   context.CancelFunc
	work   sync.WaitGroup
	failed atomic.Pointer[error] // why a socket takes no more clients
	count  atomic.Int64          // clients that there were
}

// start makes the sockets and waits for clients. It returns nil if no directory was given. log is called from several
// goroutines.
func (f *shareFlags) start(log func(what any)) (*sharing, error) {
	if f.directory == "" {
		return nil, nil
	}
	if err := os.MkdirAll(f.directory, 0o755); err != nil {
		return nil, err
	}
	s := &sharing{}
	s.server = serve.New(serve.Options{Queue: f.queue, Report: func(e serve.Event) { s.report(log, e) }})
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	var paths []string
	for protocol := range payload.Protocols {
		path := protocol.Socket(f.directory)
		paths = append(paths, path)
		l, err := serve.Listen(path, f.group)
		if err != nil {
			_ = s.close()
			return nil, err
		}
		s.work.Go(func() {
			if err := s.server.Serve(ctx, l, protocol); err != nil {
				log(fmt.Errorf("%s takes no more clients: %w", path, err))
				s.failed.CompareAndSwap(nil, &err)
			}
		})
	}
	log("serving on " + paths[0] + " and " + filepath.Base(paths[1]))
	return s, nil
}

// report says of a client that it had a loss, or could not be served.
func (s *sharing) report(log func(what any), e serve.Event) {
	who := "a client"
	if e.Client != "" {
		who += " (" + e.Client + ")"
	}
	switch {
	case e.Change == serve.Came:
		s.count.Add(1)
	case e.Change == serve.Slow:
		log(who + " does not keep up and loses events")
	case e.Change == serve.Refused:
		log(who + " is rejected: too many clients")
	case e.Lost > 0 && e.Err != nil:
		log(fmt.Sprintf("%s lost %d events and is gone: %v", who, e.Lost, e.Err))
	case e.Lost > 0:
		log(fmt.Sprintf("%s lost %d events", who, e.Lost))
	}
}

// drain takes no more clients, and gives those there are the time to take all of a recording, of which nothing is to be
// lost: a pager may be paused.
func (s *sharing) drain(ctx context.Context, log func(what any)) {
	s.stop()
	s.work.Wait()
	ctx, cancel := context.WithTimeout(ctx, lingerRecording)
	defer cancel()
	defer time.AfterFunc(time.Second, func() { log("waiting for clients that have not read everything; Ctrl-C stops waiting") }).Stop()
	_ = s.server.WaitTaken(ctx) // of those that take no more, report tells
}

// close removes the sockets, gives clients a second to take what waits for them, and ends. More calls do nothing. It
// returns an error if not every client could be taken, which has been told.
func (s *sharing) close() error {
	if s == nil {
		return nil
	}
	s.stop()
	s.work.Wait()
	s.server.Close()
	if s.failed.Load() != nil {
		return errReported
	}
	return nil
}
