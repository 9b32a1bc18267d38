// SPDX-License-Identifier: Apache-2.0

package metrics_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// patience is how long Prometheus may take for what it must do.
const patience = 3 * time.Minute

// TestPrometheus has a Prometheus scrape what is served, with the rules of docs, and asks it what the dashboard asks.
func TestPrometheus(t *testing.T) {
	if _, err := exec.LookPath("prometheus"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "prometheus") {
			t.Fatal("LOCKSTEP_REQUIRE promises prometheus")
		}
		t.Skip("prometheus is not installed")
	}
	page := count(t)
	scraped := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = w.Write([]byte(page)) // Prometheus asks again
	}))
	defer scraped.Close()
	rules, err := filepath.Abs("../../../docs/prometheus/alerts.yml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := fmt.Sprintf("global: {scrape_interval: 500ms}\nrule_files: [%q]\nscrape_configs: [{job_name: bpfmon, static_configs: [{targets: [%q]}]}]\n",
		rules, strings.TrimPrefix(scraped.URL, "http://"))
	if err := os.WriteFile(filepath.Join(dir, "p.yml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := startPrometheus(t, dir)
	for query, want := range map[string]string{
		`hubble_drop_total{reason="POLICY_DENIED",protocol="TCP"}`: `"1"`,
		`sum(hubble_lost_events_total)`:                            `"37"`,
		`up{job="bpfmon"}`:                                         `"1"`,
	} {
		ask(t, "http://"+addr+"/api/v1/query?query="+url.QueryEscape(query), want)
	}
	ask(t, "http://"+addr+"/api/v1/rules", `"PacketsDropped"`)
}

// startPrometheus starts one whose files are in dir, and returns its address.
func startPrometheus(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.Command("prometheus", "--config.file="+filepath.Join(dir, "p.yml"), "--storage.tsdb.path="+filepath.Join(dir, "data"), "--web.listen-address=127.0.0.1:0")
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = cmd.Process.Kill(), cmd.Wait() }) // its files go with it
	listening := regexp.MustCompile(`(?i)msg="?listening on"? .*address="?(127\.0\.0\.1:[1-9][0-9]*)`)
	found := make(chan string, 1)
	go func() {
		for s := bufio.NewScanner(log); s.Scan(); {
			if m := listening.FindStringSubmatch(s.Text()); m != nil && len(found) == 0 {
				found <- m[1]
			}
		}
		close(found)
	}()
	select {
	case addr := <-found:
		if addr != "" {
			return addr
		}
	case <-time.After(patience):
	}
	t.Fatal("prometheus does not say where it listens")
	return ""
}

// ask asks until the answer has a text.
func ask(t *testing.T, url, want string) {
	t.Helper()
	last := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		resp, err := http.Get(url)
		if err != nil {
			continue // not yet
		}
		var answer struct{ Data json.RawMessage }
		err = json.NewDecoder(resp.Body).Decode(&answer)
		_ = resp.Body.Close()
		if last = string(answer.Data); err == nil && strings.Contains(last, want) {
			return
		}
	}
	t.Errorf("%s: no %s in %s", url, want, last)
}
