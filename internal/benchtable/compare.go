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

// comparison returns a line of the table. The verdict is by the time itself, as the two revisions ran in turns. How the row has
// changed beside its yardstick, which has changed too, stands there for a machine that was busy.
func comparison(r row, was, is, yardWas, yardIs result) string {
	ratio, beside := is.ns/was.ns, "-"
	if yardWas.ns > 0 && yardIs.ns > 0 {
		beside = fmt.Sprintf("%.2f", ratio*yardWas.ns/yardIs.ns)
	}
	verdict := "yes"
	if ratio > slower || r.allocs == none && is.allocs > was.allocs {
		verdict = "no"
	}
	return fmt.Sprintf("| %s | %s | %s | %.2f | %s | %s | %s | %s |\n", r.what, duration(was.ns), duration(is.ns), ratio, beside,
		allocations(r, was), allocations(r, is), verdict)
}
