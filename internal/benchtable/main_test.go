// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const recorded = `goos: linux
BenchmarkDecode/drop/native-2    	 1000	 5.500 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecode/drop/native-2    	 1000	 3.500 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecode/drop/straightforward-2 	 1000	 210.0 ns/op	 96 B/op	 3 allocs/op
BenchmarkFormat/info/log-dns/append 	 10	 5500 ns/op	 7 MB/s	 900 B/op	 12 allocs/op
BenchmarkFormat/info/log-dns/straightforward 	 10	 60000 ns/op	 9 B/op	 1 allocs/op
BenchmarkReplay/bpfmon-file 	 10	 300 ns/op	 3000000 events/s	 900 B/op	 12 allocs/op
BenchmarkReplay/straightforward 	 10	 2400 ns/op	 400000 events/s	 900 B/op	 12 allocs/op
BenchmarkParallel/info/one-2 	 10	 100 ns/op
BenchmarkParallel/info/two-2 	 10	 50 ns/op
BenchmarkFormat/info/drop-tcp4/append-2 	 10	 80 ns/op	 0 B/op	 0 allocs/op
PASS
`

const table = `| per event | target | measured | allocations | yardstick | times faster | met |
| --- | --: | --: | --: | --: | --: | --- |
| decode: drop | 4.0 ns | 3.5 ns | 0 | 210.0 ns | 60.0 | yes |
| info with gob: log-dns | 5.00 us, 10 times | 5.50 us | 12 | 60.00 us | 10.9 | no |
| replay of a recording, whole process on one core | 250.0 ns | 300.0 ns | - | 2.40 us | 8.0 | no |
| two goroutines, line | 1.9 times | 50.0 ns | - | 100.0 ns | 2.0 | yes |
`

const compared = `| per event | before | now | now / before | beside the yardstick | allocations before | now | within 1.05 |
| --- | --: | --: | --: | --: | --: | --: | --- |
| decode: drop | 3.5 ns | 7.0 ns | 2.00 | 1.00 | 0 | 0 | no |
| info with gob: log-dns | 5.50 us | 5.60 us | 1.02 | 1.02 | 12 | 12 | yes |
`

func TestCompare(t *testing.T) {
	before := filepath.Join(t.TempDir(), "before")
	if err := os.WriteFile(before, []byte(recorded), 0o600); err != nil {
		t.Fatal(err)
	}
	now := `BenchmarkDecode/drop/native-2 	 1000	 7.000 ns/op	 0 B/op	 0 allocs/op
BenchmarkDecode/drop/straightforward-2 	 1000	 420.0 ns/op	 96 B/op	 3 allocs/op
BenchmarkFormat/info/log-dns/append 	 10	 5600 ns/op	 7 MB/s	 900 B/op	 12 allocs/op
BenchmarkFormat/info/log-dns/straightforward 	 10	 60000 ns/op	 9 B/op	 1 allocs/op
`
	var out strings.Builder
	if err := compare(before, strings.NewReader(now), &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(compared, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRun(t *testing.T) {
	var out strings.Builder
	if err := run(strings.NewReader(recorded), &out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := run(strings.NewReader("ok\n"), &out); err == nil {
		t.Error("a table of nothing")
	}
}
