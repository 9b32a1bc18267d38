// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// TestMetricsOutput asks a running output for its pages, and for its address a second time.
func TestMetricsOutput(t *testing.T) {
	start := func(addr string) (*metricsOutput, []string, io.Closer, error) {
		o := &metricsOutput{addr: addr}
		if err := o.check(func(string) bool { return true }); err != nil {
			return nil, nil, nil, err
		}
		var reported []string
		s, err := o.open(func(what any) { reported = append(reported, fmt.Sprint(what)) })
		if err != nil {
			return nil, nil, nil, err
		}
		return o, reported, s.(io.Closer), nil
	}
	o, reported, closer, err := start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.sink.Event(&event.Event{Kind: event.Lost, Lost: 5}); err != nil {
		t.Fatal(err)
	}
	url := strings.TrimPrefix(reported[0], "metrics on ")
	for page, want := range map[string]string{url: `hubble_lost_events_total{source="perf_event_ring_buffer"} 5`, strings.TrimSuffix(url, "metrics") + "healthz": "ok\n"} {
		resp, err := http.Get(page)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("%s has no %s:\n%s", page, want, body)
		}
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/metrics")
	if _, _, _, err := start(addr); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("the address is in use: %v", err)
	}
	if err := closer.Close(); err != nil {
		t.Error(err)
	}
	for addr, want := range map[string]string{"9965": `--metrics "9965": missing port in address; it is HOST:PORT, or :PORT for all addresses`, "": "--metrics needs an address"} {
		if _, _, _, err := start(addr); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", addr, err)
		}
	}
}
