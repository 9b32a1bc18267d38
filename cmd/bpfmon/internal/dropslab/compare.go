// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// event is what tracefs and bpfmon both say of a packet that the kernel dropped.
type event struct{ reason, function string }

// events are those of each CPU, in their order.
type events map[int][]event

// compare checks that what bpfmon has printed as JSON has, on each CPU, exactly what tracefs has of a while in between. The order
// of a few events may differ, since one interrupts the other.
func compare(traced, printed string) error {
	want, err := readFile(traced, readTrace)
	if err != nil {
		return err
	}
	got, err := readFile(printed, readJSON)
	if err != nil {
		return err
	}
	total := 0
	var errs []error
	for _, cpu := range slices.Sorted(maps.Keys(want)) {
		total += len(want[cpu])
		if !within(want[cpu], got[cpu]) {
			errs = append(errs, fmt.Errorf("CPU %d: tracefs has %d events, which are not in the %d of bpfmon", cpu, len(want[cpu]), len(got[cpu])))
		}
	}
	if total == 0 {
		errs = append(errs, errors.New("tracefs has no events"))
	}
	if len(errs) == 0 {
		fmt.Println(total)
	}
	return errors.Join(errs...)
}

func readFile(name string, read func(io.Reader) (events, error)) (events, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	all, err := read(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

// traceLine is a line of tracefs, such as
//
//	<idle>-0 [001] ..s1. 162.226611: kfree_skb: skbaddr=... protocol=2048 location=ip_error+0x94/0x220 reason: NETFILTER_DROP
var traceLine = regexp.MustCompile(`\[(\d+)\] .* kfree_skb: .* location=([^ /]+).* reason: (\S+)`)

func readTrace(r io.Reader) (events, error) {
	all := events{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		m := traceLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		cpu, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		all[cpu] = append(all[cpu], event{m[3], m[2]})
	}
	return all, lines.Err()
}

func readJSON(r io.Reader) (events, error) {
	all := events{}
	for dec := json.NewDecoder(r); ; {
		var v struct {
			CPU                    string
			Kind, Reason, Function string
		}
		if err := dec.Decode(&v); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		cpu, err := strconv.Atoi(strings.Trim(v.CPU, "CPU :"))
		if err != nil {
			return nil, fmt.Errorf("CPU %q: %w", v.CPU, err)
		}
		function, _, _ := bytes.Cut([]byte(v.Function), []byte(" ")) // the module
		all[cpu] = append(all[cpu], event{v.Reason, string(function)})
	}
}

// within reports whether some events in a row of all are the given ones, in any order.
func within(some, all []event) bool {
	missing := map[event]int{}
	for _, e := range some {
		missing[e]++
	}
	change := func(e event, by int) {
		if missing[e] += by; missing[e] == 0 {
			delete(missing, e)
		}
	}
	for i, e := range all {
		change(e, -1)
		if i >= len(some) {
			change(all[i-len(some)], 1)
		}
		if len(missing) == 0 && i >= len(some)-1 {
			return true
		}
	}
	return len(some) == 0
}
