// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"strings"
	"testing"
)

const unixHead = "Num       RefCount Protocol Flags    Type St Inode Path\n"

// TestLists holds which sockets are found in the kernel's list.
func TestLists(t *testing.T) {
	const line = "ffff8881: 00000002 00000000 00010000 0001 01 16157 "
	for _, c := range []struct {
		list, path string
		want       bool
	}{
		{"", "/run/a.sock", false},
		{unixHead, "/run/a.sock", false},
		{unixHead + line + "/run/a.sock\n", "/run/a.sock", true},
		{unixHead + line + "/run/b.sock\n" + line + "a.sock\n", "/run/a.sock", true},
		{unixHead + line + "@/run/a.sock\n", "/run/a.sock", false},
		{unixHead + line + "\n", "/run/a.sock", false},
	} {
		if got, err := lists(strings.NewReader(c.list), c.path); got != c.want || err != nil {
			t.Errorf("%q: %t, %v, want %t", c.list, got, err, c.want)
		}
	}
}

// FuzzLists reads the kernel's list of sockets, in which every process has put names.
func FuzzLists(f *testing.F) {
	f.Add(unixHead+"ffff8881: 00000002 00000000 00010000 0001 01 16157 /run/a.sock\n", "/run/a.sock")
	f.Add(unixHead+"ffff8881: 00000002 00000000 00010000 0001 01 16157 ../a.sock\n", "/run/a.sock")
	f.Add(strings.Repeat("x ", 70_000), "/")
	f.Fuzz(func(t *testing.T, list, path string) {
		found, err := lists(strings.NewReader(list), path)
		if found && (err != nil || path == "") {
			t.Errorf("%q in %q: %v", path, list, err)
		}
	})
}
