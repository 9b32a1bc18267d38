// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// slower is by how much a row may be slower than before.
const slower = 1.05

// compare prints the table of what took how long before, as a file says, and takes how long now. Rows that one of the two
// does not have are left out.
func compare(path string, in io.Reader, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	before, err := parse(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	now, err := parse(in)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("| per event | before | now | now / before | beside the yardstick | allocations before | now | within 1.05 |\n")
	b.WriteString("| --- | --: | --: | --: | --: | --: | --: | --- |\n")
	lines := 0
	for _, r := range rows() {
		was, had := before[r.measured]
		is, has := now[r.measured]
		if !had || !has {
			continue
		}
		b.WriteString(comparison(r, was, is, before[r.against], now[r.against]))
		lines++
	}
	if lines == 0 {
		return fmt.Errorf("no benchmark of the table is in both results")
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// comparison returns a line of the table. The ratio is taken a second time of what the row takes beside its yardstick in
// the same run: that of a machine which was slower for one of the runs is the better one.
func comparison(r row, was, is, yardWas, yardIs result) string {
	ratio, beside := is.ns/was.ns, "-"
	best := ratio
	if yardWas.ns > 0 && yardIs.ns > 0 {
		relative := ratio * yardWas.ns / yardIs.ns
		best, beside = min(best, relative), fmt.Sprintf("%.2f", relative)
	}
	verdict := "yes"
	if best > slower || r.allocs == none && is.allocs > was.allocs {
		verdict = "no"
	}
	return fmt.Sprintf("| %s | %s | %s | %.2f | %s | %s | %s | %s |\n", r.what, duration(was.ns), duration(is.ns), ratio, beside,
		allocations(r, was), allocations(r, is), verdict)
}
