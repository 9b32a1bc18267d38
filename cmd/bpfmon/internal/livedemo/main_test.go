// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bufio"
	"strings"
	"testing"
)

// TestAwaitAttached: what bpfmon prints before it is attached, and what it prints if it never is.
func TestAwaitAttached(t *testing.T) {
	const loading = "bpfmon: loading the programs into the kernel, which checks them\n"
	for in, want := range map[string]struct {
		printed  string
		attached bool
	}{
		"bpfmon: attached to eth0, dropping what is denied\nmore\n":           {"bpfmon: attached to eth0, dropping what is denied\n", true},
		loading + "bpfmon: attached to eth0, dropping what is denied\nmore\n": {loading + "bpfmon: attached to eth0, dropping what is denied\n", true},
		loading + "bpfmon: load the datapath: not permitted\n":                {loading + "bpfmon: load the datapath: not permitted\n", false},
		"": {"", false},
	} {
		var passed strings.Builder
		printed, attached := awaitAttached(bufio.NewReader(strings.NewReader(in)), &passed)
		if printed != want.printed || attached != want.attached || passed.String() != printed {
			t.Errorf("%q: %q, %v, passed on %q", in, printed, attached, passed.String())
		}
	}
}
