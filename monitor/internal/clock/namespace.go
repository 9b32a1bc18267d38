// SPDX-License-Identifier: Apache-2.0

//go:build linux

package clock

import (
	"os"
	"strconv"
	"strings"
)

// offset returns by how much CLOCK_MONOTONIC of this process's time namespace is ahead of the kernel's own, which
// bpf_ktime_get_ns returns whatever namespace the reader is in. It is 0 but in containers that were given one.
func offset() int64 {
	// The file has the offsets of the namespace that children will be in. A process that has asked for another one for them is
	// not in it itself, and what its own has cannot be read.
	own, _ := os.Readlink("/proc/self/ns/time")
	if children, _ := os.Readlink("/proc/self/ns/time_for_children"); own != children {
		return 0
	}
	text, err := os.ReadFile("/proc/self/timens_offsets")
	if err != nil {
		return 0 // the kernel has no time namespaces
	}
	return parseOffset(string(text))
}

// parseOffset reads the kernel's list of offsets: the name of a clock, seconds and nanoseconds in each line.
func parseOffset(text string) int64 {
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) != 3 || words[0] != "monotonic" {
			continue
		}
		sec, err1 := strconv.ParseInt(words[1], 10, 34) // 272 years in nanoseconds fit
		ns, err2 := strconv.ParseInt(words[2], 10, 31)
		if err1 == nil && err2 == nil {
			return sec*1e9 + ns
		}
	}
	return 0
}
