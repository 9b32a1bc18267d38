// SPDX-License-Identifier: Apache-2.0

//go:build linux

package cpus

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOnline checks that a CPU that the process may not run on is listed.
func TestOnline(t *testing.T) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	all, err := Online()
	if err != nil || len(all) < allowed.Count() || !slices.IsSorted(all) {
		t.Errorf("%v, %v; this process may run on %d", all, err, allowed.Count())
	}
}

// TestParse checks how the kernel's list of CPUs is read.
func TestParse(t *testing.T) {
	for list, want := range map[string][]int{
		"0": {0}, "0-3": {0, 1, 2, 3}, "0,2": {0, 2}, "0-1,4-5,9": {0, 1, 4, 5, 9},
		"": nil, "a": nil, "3-1": nil, "1,1": nil, "-1": nil, "0-": nil, "99999": nil,
	} {
		got, err := parse(list)
		if !slices.Equal(want, got) || (err == nil) != (want != nil) {
			t.Errorf("%q: %v, %v", list, got, err)
		}
	}
}

// FuzzCPUs reads lists of CPUs: the numbers rise.
func FuzzCPUs(f *testing.F) {
	for _, list := range []string{"0", "0-2,5,7-8", "0-65535", "", "-", "1,0", "9-8", "0,,1", "99999999999999999999"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		cpus, err := parse(list)
		if err != nil {
			return
		}
		for i, cpu := range cpus {
			if cpu < 0 || cpu > 1<<16 || i > 0 && cpu <= cpus[i-1] {
				t.Fatalf("%q: CPU %d behind %d", list, cpu, cpus[max(i, 1)-1])
			}
		}
		if len(cpus) == 0 || strings.Trim(list, "0123456789,-") != "" {
			t.Errorf("%q is no list: %v", list, cpus)
		}
	})
}
