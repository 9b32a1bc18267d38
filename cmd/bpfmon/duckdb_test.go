// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestQueries runs the queries of docs/queries.md, where DuckDB is installed.
func TestQueries(t *testing.T) {
	doc, err := os.ReadFile("../../docs/queries.md")
	if err != nil {
		t.Fatal(err)
	}
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllSubmatch(doc, -1)
	want := []string{
		"reason,port,n\nPolicy denied (L3),5432,1\n",
		"src,dst,packets,bytes\n10.0.1.15,10.0.1.87,5,377\n10.0.1.87,10.0.1.15,3,256\n10.0.0.10,10.0.1.15,1,128\n",
		"dst,port,n\n10.0.1.87,8080,2\n10.0.2.33,5432,1\n",
	}
	if len(queries) != len(want) {
		t.Fatalf("%d queries, %d results", len(queries), len(want))
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		if !bytes.Contains(readme, bytes.TrimSpace(q[1])) {
			t.Errorf("README.md does not show the query\n%s", q[1])
		}
	}
	has, err := hasProgram("duckdb")
	if err != nil {
		t.Fatal(err)
	}
	if !has {
		t.Skip("duckdb is not installed")
	}
	dir := t.TempDir()
	var json bytes.Buffer
	if code := run([]string{"replay", "testdata/demo.gob", "--json"}, stdio{nil, &json, os.Stderr}); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	if err := os.WriteFile(filepath.Join(dir, "demo.json"), json.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for i, q := range queries {
		cmd := exec.Command("duckdb", "-csv", "-c", string(q[1]))
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if diff := cmp.Diff(want[i], string(out)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", q[1], err, diff)
		}
	}
}
