// SPDX-License-Identifier: Apache-2.0

package otlp_test

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/otlp"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// attribute is a key with a value.
type attribute struct {
	Key   string
	Value struct {
		StringValue string
		IntValue    string
	}
}

// record is a log record.
type record struct {
	TimeUnixNano, ObservedTimeUnixNano string
	SeverityNumber                     int
	SeverityText, EventName            string
	Body                               struct{ StringValue string }
	Attributes                         []attribute
}

func (r *record) get(key string) string { return get(r.Attributes, key) }

func get(all []attribute, key string) string {
	for _, a := range all {
		if a.Key == key {
			return a.Value.StringValue + a.Value.IntValue
		}
	}
	return ""
}

// collector is a receiver of OTLP/HTTP. It answers the first requests with answers, and takes those after them.
type collector struct {
	*httptest.Server
	mu      sync.Mutex
	answers []func(w http.ResponseWriter)
	records []record
	metrics map[string]string // the last sum of each name, with its attributes
	posts   int
	header  http.Header

	noMetrics chan bool // if not nil, metrics are not taken, which it says
}

func newCollector(t testing.TB, answers ...func(w http.ResponseWriter)) *collector {
	c := &collector{answers: answers, metrics: map[string]string{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "bad request", 400)
		return
	}
	var request struct {
		ResourceLogs []struct {
			Resource  struct{ Attributes []attribute }
			ScopeLogs []struct{ LogRecords []record }
		}
		ResourceMetrics []struct {
			ScopeMetrics []struct {
				Metrics []struct {
					Name string
					Sum  struct {
						AggregationTemporality int
						IsMonotonic            bool
						DataPoints             []struct {
							Attributes                      []attribute
							AsInt                           string
							StartTimeUnixNano, TimeUnixNano string
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error(), 400)
		return
	}
	c.header = r.Header
	if r.URL.Path == "/v1/metrics" && c.noMetrics != nil {
		w.WriteHeader(503)
		select {
		case c.noMetrics <- true:
		default:
		}
		return
	}
	if r.URL.Path == "/v1/logs" {
		c.posts++
		if len(c.answers) > 0 {
			answer := c.answers[0]
			c.answers = c.answers[1:]
			answer(w)
			return
		}
	}
	for _, l := range request.ResourceLogs {
		if get(l.Resource.Attributes, "host.name") != "n1" {
			http.Error(w, "no host", 400)
			return
		}
		for _, s := range l.ScopeLogs {
			c.records = append(c.records, s.LogRecords...)
		}
	}
	for _, m := range request.ResourceMetrics {
		for _, s := range m.ScopeMetrics {
			for _, metric := range s.Metrics {
				for _, p := range metric.Sum.DataPoints {
					if metric.Sum.AggregationTemporality == 2 && metric.Sum.IsMonotonic && p.StartTimeUnixNano != "" && p.TimeUnixNano != "" {
						c.metrics[metric.Name+" "+get(p.Attributes, "bpfmon.verdict")+" "+get(p.Attributes, "bpfmon.drop.reason")+" "+get(p.Attributes, "network.transport")] = p.AsInt
					}
				}
			}
		}
	}
	_, _ = io.WriteString(w, `{"partialSuccess":{}}`)
}

// sink returns a sink that sends to a URL when it is closed, or has a batch.
func sink(t testing.TB, url string, opts otlp.Options) (*otlp.Sink, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var reported []string
	opts.URL, opts.Node, opts.Version = url, "n1", "v0"
	opts.Delay, opts.MetricsEvery = time.Hour, cmp.Or(opts.MetricsEvery, time.Hour)
	opts.Report = func(err error) {
		mu.Lock()
		defer mu.Unlock()
		reported = append(reported, err.Error())
	}
	s, err := otlp.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return reported
	}
}

// demo gives a sink the demonstration recording.
func demo(t testing.TB, s *otlp.Sink) {
	t.Helper()
	src, err := recording.Open(t.Context(), "../../../cmd/bpfmon/testdata/demo.gob")
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	d := new(monitor.Decoder)
	for e := new(event.Event); src.Next(e) == nil; {
		d.Decode(e)
		_ = s.Event(e)
	}
}

// TestRecords: every event is a record, and they are counted.
func TestRecords(t *testing.T) {
	c := newCollector(t)
	s, _ := sink(t, c.URL+"/", otlp.Options{Headers: http.Header{"Authorization": {"Bearer x"}}, Batch: 7})
	demo(t, s)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := len(c.records); n != 40 || s.Stats().Sent != uint64(n) || c.posts < 6 {
		t.Fatalf("%d records in %d requests, %+v", n, c.posts, s.Stats())
	}
	if c.header.Get("Authorization") != "Bearer x" || c.header.Get("User-Agent") != "bpfmon/v0" {
		t.Errorf("headers %v", c.header)
	}
	kinds := map[string]int{}
	for _, r := range c.records {
		kinds[r.EventName+" "+r.SeverityText]++
		if r.ObservedTimeUnixNano == "" || r.Body.StringValue == "" || strings.Contains(r.Body.StringValue, "\n") {
			t.Errorf("%+v", r)
		}
	}
	if kinds["bpfmon.drop WARN"] != 1 || kinds["bpfmon.lost WARN"] != 1 || kinds["bpfmon.flow INFO"] < 20 || kinds["bpfmon.debug DEBUG"] == 0 || kinds["bpfmon.agent INFO"] != 3 {
		t.Errorf("%v", kinds)
	}
	for _, r := range c.records {
		if r.EventName != "bpfmon.drop" {
			continue
		}
		for key, want := range map[string]string{
			"source.address": "10.0.1.15", "source.port": "38550", "destination.address": "10.0.2.33", "destination.port": "5432", "network.transport": "tcp",
			"network.type": "ipv4", "bpfmon.drop.reason": "POLICY_DENIED", "bpfmon.verdict": "DROPPED", "network.io.direction": "transmit",
			"bpfmon.source.identity": "2107", "bpfmon.type": "drop",
		} {
			if got := r.get(key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
		if !strings.HasPrefix(r.Body.StringValue, "xx drop (Policy denied (L3))") || r.SeverityNumber != 13 || r.TimeUnixNano != "" {
			t.Errorf("%+v", r)
		}
	}
	for key, want := range map[string]string{
		"bpfmon.flows DROPPED POLICY_DENIED tcp": "1", "bpfmon.flows FORWARDED  tcp": "18", "bpfmon.events.lost   ": "37", "bpfmon.export.lost   ": "0",
	} {
		if c.metrics[key] != want {
			t.Errorf("%s is %s, want %s: %v", key, c.metrics[key], want, c.metrics)
		}
	}
}

func status(code int, header ...string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
	}
}

// TestRetry: what the collector does not take now is sent again, what it refuses is not, and both are counted.
func TestRetry(t *testing.T) {
	for _, test := range []struct {
		name           string
		answers        []func(http.ResponseWriter)
		sent, rejected uint64
		report         string
	}{
		{"busy", []func(http.ResponseWriter){status(503, "Retry-After", "0"), status(429, "Retry-After", "0"), status(502, "Retry-After", "0")}, 40, 0, "answers 503"},
		{"refused", []func(http.ResponseWriter){status(400)}, 0, 40, "rejected the request: 400"},
		{"in part", []func(http.ResponseWriter){func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, `{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"too old"}}`)
		}}, 37, 3, ""},
	} {
		c := newCollector(t, test.answers...)
		s, reported := sink(t, c.URL, otlp.Options{})
		demo(t, s)
		err := s.Close()
		if got := s.Stats(); got.Sent != test.sent || got.Rejected != test.rejected || got.Lost != 0 || (err == nil) != (test.rejected == 0) {
			t.Errorf("%s: %+v, %v", test.name, got, err)
		}
		all := strings.Join(reported(), "\n")
		if !strings.Contains(all, test.report) || test.name == "busy" && !strings.HasSuffix(all, "answers again") {
			t.Errorf("%s: reported %q", test.name, all)
		}
	}
}

// TestLastAttempt: what waits for a collector that was busy is sent at the end, however long the collector asked to wait.
func TestLastAttempt(t *testing.T) {
	busy := make(chan bool, 1)
	c := newCollector(t, func(w http.ResponseWriter) { status(503, "Retry-After", "60")(w); busy <- true })
	s, _ := sink(t, c.URL, otlp.Options{Batch: 40})
	demo(t, s)
	<-busy
	if err := s.Close(); err != nil || s.Stats().Sent != 40 {
		t.Errorf("%+v, %v", s.Stats(), err)
	}
}

// TestNoMetrics: records reach a collector that takes no metrics now, and that is said once.
func TestNoMetrics(t *testing.T) {
	c := newCollector(t)
	c.noMetrics = make(chan bool, 10)
	s, reported := sink(t, c.URL, otlp.Options{MetricsEvery: time.Millisecond, Batch: 1})
	for range 3 {
		<-c.noMetrics
	}
	demo(t, s)
	if err := s.Close(); err != nil || s.Stats().Sent != 40 {
		t.Errorf("%+v, %v", s.Stats(), err)
	}
	if all := reported(); len(all) != 1 || !strings.HasSuffix(all[0], "/v1/metrics answers 503 Service Unavailable") {
		t.Errorf("reported %q", all)
	}
}

// TestQueue: what does not fit into the queue is lost, and counted; nothing waits for the collector.
func TestQueue(t *testing.T) {
	stop := make(chan struct{})
	c := newCollector(t, func(http.ResponseWriter) { <-stop })
	s, _ := sink(t, c.URL, otlp.Options{Queue: 10_000, Batch: 2})
	for range 100 {
		demo(t, s)
	}
	lost := s.Stats().Lost
	close(stop)
	err := s.Close()
	if got := s.Stats(); lost == 0 || got.Lost != lost || got.Sent+got.Lost != 4000 || err == nil || !strings.Contains(err.Error(), "did not reach the collector") {
		t.Errorf("%d lost, then %+v, %v", lost, got, err)
	}
}

// TestClosed closes a sink several times, also at once, and gives it records afterwards: they are lost, and counted.
func TestClosed(t *testing.T) {
	c := newCollector(t)
	s, _ := sink(t, c.URL, otlp.Options{Queue: -1, Batch: -1, Delay: -1, MetricsEvery: -1}) // stand for 0
	demo(t, s)
	sent := uint64(40)
	errs := make(chan error)
	for range 2 {
		go func() { errs <- s.Close() }()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	demo(t, s)
	if got := s.Stats(); got.Sent != sent || got.Lost != sent {
		t.Errorf("%+v, want %d sent and %d lost", got, sent, sent)
	}
	if err := s.Close(); err == nil {
		t.Error("Close does not say that records were lost")
	}
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"", "localhost:4318", "ftp://x", "http://", "http://[::1"} {
		if _, err := otlp.New(otlp.Options{URL: url}); err == nil {
			t.Errorf("%q is taken", url)
		}
	}
}

func BenchmarkEvent(b *testing.B) {
	c := newCollector(b)
	s, _ := sink(b, c.URL, otlp.Options{Queue: 1 << 10})
	n := monitor.DropNotify{Type: 1, SubType: 133}
	raw, _ := binary.Append(nil, binary.NativeEndian, &n)
	e := &event.Event{Kind: event.Sample, Raw: raw}
	d := new(monitor.Decoder)
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(e)
		_ = s.Event(e)
	}
}
