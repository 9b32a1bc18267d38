// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTables compares the names of each release with those that the release's own tables have.
func TestTables(t *testing.T) {
	data, err := os.ReadFile("testdata/tables.json")
	if err != nil {
		t.Fatal(err)
	}
	var facts struct {
		Tables   map[string]map[string]string
		Releases map[string]map[string]string
	}
	if err := json.Unmarshal(data, &facts); err != nil {
		t.Fatal(err)
	}
	if len(facts.Releases) < 100 {
		t.Fatalf("only %d releases", len(facts.Releases))
	}
	for name, kinds := range facts.Releases {
		r, err := ParseRelease(name)
		if err != nil {
			t.Error(err)
			continue
		}
		for kind, id := range kinds {
			if diff := cmp.Diff(facts.Tables[id], named(kind, r)); diff != "" {
				t.Errorf("%s of %s (-release +got): edit bpf/cilium\n%s", kind, name, diff)
			}
		}
	}
}

// named returns the names of a kind in a release, by value.
func named(kind string, r Release) map[string]string {
	lookup := map[string]func(int) (string, bool){
		"drop_reason":        func(v int) (string, bool) { return DropReason(v).NameIn(r) },
		"trace_point":        func(v int) (string, bool) { return TracePoint(v).NameIn(r) },
		"trace_reason":       func(v int) (string, bool) { return TraceReason(v).NameIn(r) },
		"source_file":        func(v int) (string, bool) { return SourceFile(v).NameIn(r) },
		"agent_notification": func(v int) (string, bool) { return AgentNotification(v).NameIn(r) },
	}[kind]
	names := map[string]string{}
	for v := range 256 {
		if text, ok := lookup(v); ok {
			names[strconv.Itoa(v)] = text
		}
	}
	return names
}

func TestParseRelease(t *testing.T) {
	for name, want := range map[string]string{
		"1.5": "1.5.4", "1.5.3": "1.5.2", "1.8": "1.8.5", "1.8.1": "1.8.1", "1.12": "1.12.13", "1.12.12": "1.12.0",
		"1.20": "1.20.2", "v1.20.2": "1.20.2", "1.16.4": "1.16.2",
	} {
		r, err := ParseRelease(name)
		if err != nil || r.String() != want {
			t.Errorf("%s: got %s, %v, want %s", name, r, err, want)
		}
	}
	for _, name := range []string{"", "1", "1.4", "1.21", "2.0", "1.20.2.1", "1.x", "1.020", "1.-1", "1.8.256"} {
		if r, err := ParseRelease(name); err == nil {
			t.Errorf("%s: got %s", name, r)
		}
	}
	for _, name := range releaseNames {
		if r, err := ParseRelease(name); err != nil || r.String() != name {
			t.Errorf("%s: got %s, %v", name, r, err)
		}
	}
}
