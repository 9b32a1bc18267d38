// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"encoding/binary"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/metrics"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// count gives the events of the demonstration recording to a new sink and returns what it serves.
func count(t testing.TB, labels ...string) string {
	t.Helper()
	s, err := metrics.New(metrics.Options{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
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
	return get(s, "/metrics")
}

func get(s *metrics.Sink, path string) string {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w.Body.String()
}

// lines returns the lines of a metric.
func lines(page, name string) []string {
	var all []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, name) {
			all = append(all, strings.TrimSuffix(line, "\n"))
		}
	}
	return all
}

// TestNames: the names and labels are those of Hubble's metrics.
func TestNames(t *testing.T) {
	page := count(t)
	for name, want := range map[string][]string{
		"hubble_drop_total":        {`hubble_drop_total{reason="POLICY_DENIED",protocol="TCP"} 1`},
		"hubble_lost_events_total": {`hubble_lost_events_total{source="perf_event_ring_buffer"} 37`},
		"hubble_tcp_flags_total": {
			`hubble_tcp_flags_total{flag="FIN",family="IPv4"} 4`, `hubble_tcp_flags_total{flag="SYN",family="IPv4"} 2`,
			`hubble_tcp_flags_total{flag="SYN-ACK",family="IPv4"} 2`,
		},
		"hubble_flows_processed_total": {
			`hubble_flows_processed_total{protocol="DNS",type="L7",subtype="DNS",verdict="FORWARDED"} 2`,
			`hubble_flows_processed_total{protocol="HTTP",type="L7",subtype="HTTP",verdict="FORWARDED"} 2`,
			`hubble_flows_processed_total{protocol="TCP",type="Drop",subtype="",verdict="DROPPED"} 1`,
			`hubble_flows_processed_total{protocol="TCP",type="Trace",subtype="from-endpoint",verdict="FORWARDED"} 8`,
			`hubble_flows_processed_total{protocol="TCP",type="Trace",subtype="to-endpoint",verdict="FORWARDED"} 8`,
			`hubble_flows_processed_total{protocol="UDP",type="Trace",subtype="from-endpoint",verdict="FORWARDED"} 1`,
			`hubble_flows_processed_total{protocol="UDP",type="Trace",subtype="to-endpoint",verdict="FORWARDED"} 1`,
			`hubble_flows_processed_total{protocol="UDP",type="Trace",subtype="to-stack",verdict="FORWARDED"} 1`,
		},
		"bpfmon_undecodable": {"bpfmon_undecodable_events_total 0"},
	} {
		if diff := cmp.Diff(want, lines(page, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLabels: labels that are asked for follow the others.
func TestLabels(t *testing.T) {
	want := []string{`hubble_drop_total{reason="POLICY_DENIED",protocol="TCP",destination="10.0.2.33",port="5432"} 1`}
	if diff := cmp.Diff(want, lines(count(t, "destination", "port", "port"), "hubble_drop_total")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := metrics.New(metrics.Options{Labels: []string{"pod"}}); err == nil || !strings.Contains(err.Error(), "destination, direction") {
		t.Errorf("an unknown label: %v", err)
	}
}

// drop returns a drop of a packet to a port.
func drop(port uint16) []byte {
	b := make([]byte, 36+54)
	b[0], b[1] = 1, 133
	binary.NativeEndian.PutUint32(b[12:], 54)
	p := b[32:] // the longer struct is another release's
	copy(p, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45\x00\x00\x28\x00\x00\x00\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02")
	binary.BigEndian.PutUint16(p[36:], port)
	p[46], p[47] = 0x50, 2
	return b
}

// TestBounded: values from the network do not make series without end.
func TestBounded(t *testing.T) {
	s, err := metrics.New(metrics.Options{Labels: []string{"port"}})
	if err != nil {
		t.Fatal(err)
	}
	d := new(monitor.Decoder)
	const ports = metrics.MaxSeries + 5000
	for port := range ports {
		e := &event.Event{Kind: event.Sample, Raw: drop(uint16(port + 1))}
		d.Decode(e)
		_ = s.Event(e)
	}
	all := lines(get(s, "/metrics"), "hubble_drop_total")
	if len(all) != metrics.MaxSeries+1 || !slices.Contains(all, `hubble_drop_total{reason="other",protocol="other",port="other"} 5000`) {
		t.Errorf("%d series, the last of them %s", len(all), all[len(all)-1])
	}
}

// TestPaths are the other pages.
func TestPaths(t *testing.T) {
	s, err := metrics.New(metrics.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		code         int
	}{{"GET", "/healthz", 200}, {"HEAD", "/metrics", 200}, {"GET", "/", 200}, {"GET", "/x", 404}, {"POST", "/metrics", 405}} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(c.method, c.path, nil))
		if w.Code != c.code {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.code)
		}
	}
}

// promtool runs Prometheus' checker, where it is installed.
func promtool(t *testing.T, stdin string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "promtool") {
			t.Fatal("LOCKSTEP_REQUIRE promises promtool")
		}
		t.Skip("promtool is not installed")
	}
	cmd := exec.Command("promtool", args...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestPromtoolMetrics(t *testing.T) {
	promtool(t, count(t, "source", "interface"), "check", "metrics")
}

func TestPromtoolRules(t *testing.T) {
	promtool(t, "", "check", "rules", "../../../docs/prometheus/alerts.yml")
	promtool(t, "", "test", "rules", "testdata/alerts_test.yml")
}

func BenchmarkEvent(b *testing.B) {
	s, err := metrics.New(metrics.Options{})
	if err != nil {
		b.Fatal(err)
	}
	d := new(monitor.Decoder)
	e := &event.Event{Kind: event.Sample, Raw: drop(80)}
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(e)
		_ = s.Event(e)
	}
}

// TestDashboard: every metric that the dashboard asks for is served.
func TestDashboard(t *testing.T) {
	b, err := os.ReadFile("../../../docs/prometheus/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b) {
		t.Fatal("not JSON")
	}
	page := count(t)
	for _, name := range regexp.MustCompile(`(hubble|bpfmon)_[a-z_]+_total`).FindAllString(string(b), -1) {
		if len(lines(page, "# TYPE "+name+" ")) == 0 {
			t.Errorf("there is no metric %s", name)
		}
	}
}
