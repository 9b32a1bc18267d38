// SPDX-License-Identifier: Apache-2.0

//go:build linux

package memlock

import "testing"

func TestCounts(t *testing.T) {
	for release, want := range map[string]bool{
		"4.19.0":                true,
		"5.10.0-30-cloud-amd64": true,
		"5.11.0":                false,
		"5.11-rc1":              false,
		"6.1.0-18-amd64":        false,
		"10.0":                  false,
		"odd":                   true,
		"":                      true,
	} {
		if got := counts(release); got != want {
			t.Errorf("counts(%q) = %t, want %t", release, got, want)
		}
	}
}
