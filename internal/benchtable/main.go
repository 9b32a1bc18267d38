// SPDX-License-Identifier: Apache-2.0

// Benchtable reads what `go test -bench -benchmem` printed and prints the table of speed that the library promises:
// each benchmark beside its yardstick from the same run, as Markdown. Of several runs of a benchmark the fastest counts,
// since what slows a run down is the rest of the machine. The exit code says nothing about the targets.
//
// With -before it compares the run with one of another revision, whose results are in a file: scripts/bench-before.sh.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	before := flag.String("before", "", "compare with the results in this `file`")
	flag.Parse()
	show := run
	if *before != "" {
		show = func(in io.Reader, out io.Writer) error { return compare(*before, in, out) }
	}
	if err := show(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

// run prints the table for the benchmarks that in holds.
func run(in io.Reader, out io.Writer) error {
	results, err := parse(in)
	if err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("| per event | target | measured | allocations | yardstick | times faster | met |\n")
	b.WriteString("| --- | --: | --: | --: | --: | --: | --- |\n")
	lines := 0
	for _, r := range rows() {
		got, okGot := results[r.measured]
		yard, okYard := results[r.against]
		if okGot && okYard {
			b.WriteString(line(r, got, yard))
			lines++
		}
	}
	if lines == 0 {
		return fmt.Errorf("no benchmark of the table in %d results", len(results))
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// result is the fastest run of a benchmark.
type result struct {
	ns     float64 // ns/op
	allocs int     // allocs/op; -1 if they were not counted
}

// benchmark matches a line of `go test -bench`: the name without the number of processors, and the numbers.
var benchmark = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op(?:.*?\s(\d+) allocs/op)?`)

// parse returns the results by name.
func parse(in io.Reader) (map[string]result, error) {
	results := make(map[string]result)
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		m := benchmark.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m[1], err)
		}
		r := result{ns, -1}
		if m[3] != "" {
			if r.allocs, err = strconv.Atoi(m[3]); err != nil {
				return nil, fmt.Errorf("%s: %w", m[1], err)
			}
		}
		if old, ok := results[m[1]]; !ok || r.ns < old.ns {
			results[m[1]] = r
		}
	}
	return results, lines.Err()
}

// line returns a line of the table.
func line(r row, got, yard result) string {
	var target []string
	if r.target > 0 {
		target = append(target, duration(r.target))
	}
	if r.times > 0 {
		target = append(target, strconv.FormatFloat(r.times, 'g', -1, 64)+" times")
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %.1f | %s |\n", r.what, strings.Join(target, ", "), duration(got.ns), allocations(r, got),
		duration(yard.ns), yard.ns/got.ns, r.verdict(got, yard))
}

// allocations returns how many there were.
func allocations(r row, got result) string {
	if got.allocs < 0 || r.allocs == uncounted {
		return "-"
	}
	return strconv.Itoa(got.allocs)
}

// verdict says whether all that the row asks for is met.
func (r row) verdict(got, yard result) string {
	switch {
	case r.target == 0 && r.times == 0:
		return ""
	case r.target > 0 && got.ns > r.target, yard.ns < r.times*got.ns, r.allocs == none && got.allocs > 0:
		return "no"
	}
	return "yes"
}

// duration returns a time in a unit that fits.
func duration(ns float64) string {
	switch {
	case ns >= 1e7:
		return strconv.FormatFloat(ns/1e6, 'f', 0, 64) + " ms"
	case ns >= 1000:
		return strconv.FormatFloat(ns/1000, 'f', 2, 64) + " us"
	}
	return strconv.FormatFloat(ns, 'f', 1, 64) + " ns"
}
