// SPDX-License-Identifier: Apache-2.0

package interop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/otlp"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// patience is how long what must come may take, however busy the machine is.
const patience = 2 * time.Minute

// collector is an OpenTelemetry Collector that can be stopped and started again on the same port.
type collector struct {
	t                     *testing.T
	program, config, file string
	addr                  string
	cmd                   *exec.Cmd
	ended                 chan error // what became of it
	log                   bytes.Buffer
}

// newCollector builds a collector, which is not started.
func newCollector(t *testing.T) *collector {
	t.Helper()
	dir := t.TempDir()
	c := &collector{t: t, program: os.Getenv("COLLECTOR"), config: filepath.Join(dir, "config.yaml"), file: filepath.Join(dir, "got.jsonl")}
	if c.program == "" {
		c.program = filepath.Join(dir, "collector")
		if out, err := exec.Command("go", "build", "-o", c.program, "./collector").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.addr = l.Addr().String()
	_ = l.Close()
	config := fmt.Sprintf(`
receivers: {otlp: {protocols: {http: {endpoint: %q}}}}
exporters: {lines: {path: %q}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    logs: {receivers: [otlp], exporters: [lines]}
    metrics: {receivers: [otlp], exporters: [lines]}
`, c.addr, c.file)
	if err := os.WriteFile(c.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.stop)
	return c
}

func (c *collector) start() {
	c.t.Helper()
	c.cmd = exec.Command(c.program, "--config", "file:"+c.config)
	c.cmd.Stdout, c.cmd.Stderr = &c.log, &c.log
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.ended = make(chan error, 1)
	go func(cmd *exec.Cmd) { c.ended <- cmd.Wait() }(c.cmd)
	until(c.t, "the collector", func() bool {
		select {
		case err := <-c.ended:
			c.cmd = nil
			c.t.Fatalf("the collector: %v\n%s", err, &c.log)
		default:
		}
		conn, err := net.Dial("tcp", c.addr)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

func (c *collector) stop() {
	if c.cmd == nil {
		return
	}
	_ = c.cmd.Process.Signal(os.Interrupt)
	if err := <-c.ended; err != nil {
		c.t.Errorf("the collector: %v\n%s", err, &c.log)
	}
	c.cmd = nil
}

// until waits until something is so.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

// attributes are keys and values.
type attributes []struct {
	Key   string
	Value struct{ StringValue, IntValue string }
}

func (a attributes) get(key string) string {
	for _, one := range a {
		if one.Key == key {
			return one.Value.StringValue + one.Value.IntValue
		}
	}
	return ""
}

// logRecord is a record as the collector writes it.
type logRecord struct {
	TimeUnixNano, ObservedTimeUnixNano string
	SeverityNumber                     int
	SeverityText, EventName            string
	Body                               struct{ StringValue string }
	Attributes                         attributes
}

// got returns what the collector has written: records, and the last value of each metric by its verdict, reason and transport.
func (c *collector) got() (records []logRecord, sums map[string]string) {
	c.t.Helper()
	b, err := os.ReadFile(c.file)
	if err != nil && !os.IsNotExist(err) {
		c.t.Fatal(err)
	}
	sums = map[string]string{}
	for line := range bytes.Lines(b) {
		var request struct {
			ResourceLogs []struct {
				Resource  struct{ Attributes attributes }
				ScopeLogs []struct{ LogRecords []logRecord }
			}
			ResourceMetrics []struct {
				ScopeMetrics []struct {
					Metrics []struct {
						Name string
						Sum  struct {
							AggregationTemporality int
							IsMonotonic            bool
							DataPoints             []struct {
								Attributes attributes
								AsInt      string
							}
						}
					}
				}
			}
		}
		if !bytes.HasSuffix(line, []byte("\n")) {
			continue // it is being written
		}
		if err := json.Unmarshal(line, &request); err != nil {
			c.t.Fatalf("%v: %s", err, line)
		}
		for _, r := range request.ResourceLogs {
			if a := r.Resource.Attributes; a.get("host.name") != "n1" || a.get("service.name") != "bpfmon" || a.get("service.version") != "v9" {
				c.t.Errorf("resource %v", a)
			}
			for _, s := range r.ScopeLogs {
				records = append(records, s.LogRecords...)
			}
		}
		for _, r := range request.ResourceMetrics {
			for _, s := range r.ScopeMetrics {
				for _, m := range s.Metrics {
					if m.Sum.AggregationTemporality != 2 || !m.Sum.IsMonotonic {
						c.t.Errorf("%s is no cumulative sum", m.Name)
					}
					for _, p := range m.Sum.DataPoints {
						sums[strings.TrimRight(strings.Join([]string{m.Name, p.Attributes.get("bpfmon.verdict"), p.Attributes.get("bpfmon.drop.reason"), p.Attributes.get("network.transport")}, " "), " ")] = p.AsInt
					}
				}
			}
		}
	}
	return records, sums
}

// demo gives a sink the 40 records of the demonstration recording.
func demo(t *testing.T, s *otlp.Sink) {
	t.Helper()
	src, err := recording.Open(t.Context(), filepath.Join("..", "..", "cmd", "bpfmon", "testdata", "demo.gob"))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close() //nolint:errcheck // it was read
	d := new(monitor.Decoder)
	for e := new(event.Event); src.Next(e) == nil; {
		d.Decode(e)
		_ = s.Event(e)
	}
}

// newSink returns a sink to a collector, and what it reports.
func newSink(t *testing.T, c *collector, opts otlp.Options) (*otlp.Sink, chan string) {
	t.Helper()
	reported := make(chan string, 100)
	opts.URL, opts.Node, opts.Version = "http://"+c.addr, "n1", "v9"
	opts.Delay, opts.MetricsEvery = 10*time.Millisecond, time.Hour
	opts.Report = func(err error) { reported <- err.Error() }
	s, err := otlp.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, reported
}

// TestCollector sends the demonstration to a collector that is down at first, that is stopped, and that is started again: it gets
// everything, once, and what did not fit into the queue is counted.
func TestCollector(t *testing.T) {
	c := newCollector(t)
	s, reported := newSink(t, c, otlp.Options{})
	demo(t, s)
	if said := <-reported; !strings.Contains(said, "connect") {
		t.Errorf("reported %q", said)
	}
	c.start()
	if said := <-reported; said != "the collector answers again" {
		t.Errorf("reported %q", said)
	}
	until(t, "40 records", func() bool { return s.Stats().Sent == 40 })
	records, _ := c.got()
	checkRecords(t, records)

	c.stop()
	demo(t, s)
	<-reported // that it does not answer
	c.start()
	until(t, "80 records", func() bool { return s.Stats().Sent == 80 })
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	records, sums := c.got()
	if len(records) != 80 {
		t.Errorf("%d records", len(records))
	}
	for name, want := range map[string]string{
		"bpfmon.flows DROPPED POLICY_DENIED tcp": "2", "bpfmon.flows FORWARDED  tcp": "36", "bpfmon.events.lost": "74", "bpfmon.export.lost": "0",
	} {
		if sums[name] != want {
			t.Errorf("%s is %q, want %s: %v", name, sums[name], want, sums)
		}
	}
}

// checkRecords checks what stands in the records of the demonstration.
func checkRecords(t *testing.T, records []logRecord) {
	t.Helper()
	kinds := map[string]int{}
	for _, r := range records {
		kinds[fmt.Sprintf("%s %s %d", r.EventName, r.SeverityText, r.SeverityNumber)]++
		if r.ObservedTimeUnixNano == "" || r.Body.StringValue == "" {
			t.Errorf("%+v", r)
		}
		if r.EventName != "bpfmon.drop" {
			continue
		}
		for key, want := range map[string]string{
			"source.address": "10.0.1.15", "source.port": "38550", "destination.address": "10.0.2.33", "destination.port": "5432",
			"network.transport": "tcp", "network.type": "ipv4", "bpfmon.drop.reason": "POLICY_DENIED", "bpfmon.verdict": "DROPPED",
			"network.io.direction": "transmit", "bpfmon.source.identity": "2107", "bpfmon.type": "drop",
		} {
			if got := r.Attributes.get(key); got != want {
				t.Errorf("%s is %q, want %q", key, got, want)
			}
		}
	}
	if len(records) != 40 || kinds["bpfmon.drop WARN 13"] != 1 || kinds["bpfmon.lost WARN 13"] != 1 || kinds["bpfmon.flow INFO 9"] < 20 ||
		kinds["bpfmon.debug DEBUG 5"] == 0 || kinds["bpfmon.agent INFO 9"] != 3 {
		t.Errorf("%d records: %v", len(records), kinds)
	}
}

// TestCollectorLoss: while the collector is down the queue fills, and what does not fit is counted here and in the metrics.
func TestCollectorLoss(t *testing.T) {
	c := newCollector(t)
	s, reported := newSink(t, c, otlp.Options{Queue: 10_000, Batch: 2})
	for range 50 {
		demo(t, s)
	}
	<-reported // that it does not answer
	lost := s.Stats().Lost
	c.start()
	until(t, "all records", func() bool { stats := s.Stats(); return stats.Sent+stats.Lost == 50*40 })
	err := s.Close()
	if stats := s.Stats(); lost == 0 || stats.Lost != lost || stats.Rejected != 0 || err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%d of 2000 records did not reach the collector", lost)) {
		t.Errorf("%d lost, then %+v, %v", lost, stats, err)
	}
	records, sums := c.got()
	if uint64(len(records))+lost != 2000 || sums["bpfmon.export.lost"] != fmt.Sprint(lost) || sums["bpfmon.flows DROPPED POLICY_DENIED tcp"] != "50" {
		t.Errorf("%d records, %d lost, %v", len(records), lost, sums)
	}
}

// TestRefused: what is sent to another path of the collector is refused, and counted.
func TestRefused(t *testing.T) {
	c := newCollector(t)
	c.start()
	s, reported := newSink(t, c, otlp.Options{})
	s2, reported2 := newSink(t, &collector{addr: c.addr + "/nowhere"}, otlp.Options{})
	demo(t, s)
	demo(t, s2)
	if err := s.Close(); err != nil || len(reported) != 0 {
		t.Errorf("%v, %d errors", err, len(reported))
	}
	if err := s2.Close(); err == nil || s2.Stats().Rejected != 40 {
		t.Errorf("%v, %+v", err, s2.Stats())
	}
	if said := <-reported2; !strings.Contains(said, "rejected the request: 404") {
		t.Errorf("reported %q", said)
	}
}
