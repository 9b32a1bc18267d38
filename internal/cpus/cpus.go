// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package cpus lists the CPUs of the machine, which are more than those that this process may run on.
package cpus

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Online returns the numbers of the CPUs that are online, in rising order. There can be gaps.
func Online() ([]int, error) {
	const file = "/sys/devices/system/cpu/online"
	list, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	cpus, err := parse(strings.TrimSpace(string(list)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return cpus, nil
}

// parse reads a list like 0-2,5,7-8.
func parse(list string) ([]int, error) {
	var cpus []int
	for part := range strings.SplitSeq(list, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		first, err1 := strconv.ParseUint(low, 10, 16)
		last, err2 := strconv.ParseUint(high, 10, 16)
		if err1 != nil || err2 != nil || first > last || len(cpus) > 0 && int(first) <= cpus[len(cpus)-1] {
			return nil, fmt.Errorf("%q is not a list of CPUs", list)
		}
		for cpu := first; cpu <= last; cpu++ {
			cpus = append(cpus, int(cpu))
		}
	}
	return cpus, nil
}
