// SPDX-License-Identifier: Apache-2.0

// Package otlp sends events to an OpenTelemetry Collector: each as a log record, and their counts as metrics, over
// OTLP/HTTP in JSON.
//
// It never slows the source: records that the collector has not accepted yet are in a queue of bounded size, and those that do
// not fit are counted as lost.
package otlp

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// Options are the options of a sink. Only URL must be set.
type Options struct {
	// URL is that of the collector, such as http://localhost:4318. The path of each signal is appended.
	URL string
	// Headers are sent with each request.
	Headers http.Header
	// Node is the name of this host, and Version that of this program.
	Node, Version string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
	// Queue is how many bytes of records wait at most; 0 stands for 8 MiB.
	Queue int
	// Batch is how many records a request has at most; 0 stands for 512.
	Batch int
	// Delay is how long a record waits at most for others to be sent with; 0 stands for a second.
	Delay time.Duration
	// MetricsEvery is the time between two requests with metrics; 0 stands for 10 seconds.
	MetricsEvery time.Duration
	// Client sends the requests; nil for one that gives up after 10 seconds.
	Client *http.Client
	// Report is called with the first of several errors in a row. It may be nil.
	Report func(err error)
}

// Stats says what became of the records.
type Stats struct {
	Sent     uint64 // records that the collector has taken
	Lost     uint64 // records that did not fit into the queue, or could not be sent before the end
	Rejected uint64 // records that the collector did not want
}

// Sink sends events. Event and Flush are for one goroutine at a time.
type Sink struct {
	opts   Options
	mapper hubble.Mapper
	style  event.Style
	line   []byte
	rec    []byte // the last record
	start  time.Time

	mu     sync.Mutex
	queue  [][]byte
	bytes  int
	stats  Stats
	counts map[series]uint64
	lost   uint64 // events that were lost before they came here
	kick   chan struct{}
	closed bool // no more records are taken
	ending chan struct{}
	done   chan struct{}

	failing, failingMetrics bool // the last request was not taken
}

// series is what events are counted by.
type series struct{ verdict, reason, transport string }

// maxSeries bounds the number of series. Reasons come from tables, not from the network.
const maxSeries = 2000

// New returns a sink that sends until Close. The error is about the URL.
func New(opts Options) (*Sink, error) {
	if err := CheckURL(opts.URL); err != nil {
		return nil, err
	}
	opts.URL = strings.TrimRight(opts.URL, "/")
	opts.Queue, opts.Batch = cmp.Or(max(opts.Queue, 0), 8<<20), cmp.Or(max(opts.Batch, 0), 512)
	opts.Delay, opts.MetricsEvery = cmp.Or(max(opts.Delay, 0), time.Second), cmp.Or(max(opts.MetricsEvery, 0), 10*time.Second)
	if opts.Client == nil {
		opts.Client = &http.Client{Timeout: 10 * time.Second}
	}
	if opts.Report == nil {
		opts.Report = func(error) {}
	}
	s := &Sink{
		opts: opts, mapper: hubble.Mapper{Node: opts.Node, Interfaces: opts.Interfaces}, start: time.Now(), counts: map[series]uint64{},
		kick: make(chan struct{}, 1), ending: make(chan struct{}), done: make(chan struct{}),
	}
	go s.work()
	return s, nil
}

// CheckURL returns an error for what can be no URL of a collector.
func CheckURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return err
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("%q is not a URL such as http://localhost:4318", text)
	}
	return nil
}

// Event takes an event. The error is always nil. After Close, the event is counted as lost.
func (s *Sink) Event(e *event.Event) error {
	r := s.mapper.Record(e)
	if r.Kind == hubble.NoRecord {
		return nil
	}
	rec := s.record(e, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(r)
	if s.closed || s.bytes+len(rec) > s.opts.Queue {
		s.stats.Lost++
		return nil
	}
	s.queue = append(s.queue, rec)
	s.bytes += len(rec)
	if len(s.queue) >= s.opts.Batch {
		s.wake()
	}
	return nil
}

// Flush does nothing: records wait for others for a time.
func (s *Sink) Flush() error { return nil }

// Stats says what became of the records up to now.
func (s *Sink) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

func (s *Sink) wake() {
	select {
	case s.kick <- struct{}{}:
	default:
	}
}

// count counts an event for the metrics. The sink is locked.
func (s *Sink) count(r *hubble.Record) {
	switch r.Kind {
	case hubble.IsLost:
		s.lost += r.Lost.Count
	case hubble.IsFlow:
		key := series{verdict: hubble.VerdictName(r.Flow.Verdict), transport: transport(&r.Flow)}
		if r.Flow.Verdict == hubble.Dropped {
			key.reason = reason(&r.Flow)
		}
		if _, there := s.counts[key]; !there && len(s.counts) >= maxSeries {
			key = series{verdict: "other"}
		}
		s.counts[key]++
	}
}

// Close sends what waits, for five seconds at most, and ends. It says what was lost by the error, which is nil if nothing was.
// Further calls return the same. It may be called from any goroutine.
func (s *Sink) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	if first {
		close(s.ending)
	}
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.stats.Lost + s.stats.Rejected; n > 0 {
		return fmt.Errorf("%d of %d records did not reach the collector", n, n+s.stats.Sent)
	}
	return nil
}

// endAfter is how long Close waits for the collector.
const endAfter = 5 * time.Second

// work sends until the end.
func (s *Sink) work() {
	defer close(s.done)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.ending:
			time.AfterFunc(endAfter, cancel)
		case <-ctx.Done():
		}
	}()
	tick, metrics := time.NewTicker(s.opts.Delay), time.NewTicker(s.opts.MetricsEvery)
	defer tick.Stop()
	defer metrics.Stop()
	for ending := false; !ending; {
		withMetrics := false
		select {
		case <-s.kick:
		case <-tick.C:
		case <-metrics.C:
			withMetrics = true
		case <-s.ending:
			ending, withMetrics = true, true
		}
		for s.sendBatch(ctx) {
		}
		if withMetrics {
			s.sendMetrics(ctx)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Lost += uint64(len(s.queue))
	s.queue = nil
}

// take takes a batch out of the queue.
func (s *Sink) take() [][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := s.queue[:min(len(s.queue), s.opts.Batch)]
	s.queue = s.queue[len(batch):]
	for _, rec := range batch {
		s.bytes -= len(rec)
	}
	return batch
}

// sendBatch sends a batch, and reports whether there is another to send.
func (s *Sink) sendBatch(ctx context.Context) bool {
	batch := s.take()
	if len(batch) == 0 {
		return false
	}
	rejected, err := s.post(ctx, pathLogs, s.logs(batch))
	s.mu.Lock()
	defer s.mu.Unlock()
	switch rejected = min(rejected, uint64(len(batch))); {
	case err != nil && ctx.Err() != nil:
		s.stats.Lost += uint64(len(batch))
	case err != nil:
		s.stats.Rejected += uint64(len(batch))
	default:
		s.stats.Sent += uint64(len(batch)) - rejected
		s.stats.Rejected += rejected
	}
	return ctx.Err() == nil && len(s.queue) > 0
}

// sendMetrics sends the counts, once: they are cumulative, so those that are not taken are in the next, and records do not
// wait for a collector that takes no metrics.
func (s *Sink) sendMetrics(ctx context.Context) {
	_, err := s.try(ctx, pathMetrics, s.metrics())
	s.report(pathMetrics, err)
}
