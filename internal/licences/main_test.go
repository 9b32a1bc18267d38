// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompare(t *testing.T) {
	want, err := parseAllowed("# comment\n\na MIT\nb BSD-3-Clause\nc MIT\n")
	if err != nil {
		t.Fatal(err)
	}
	if err := compare(map[string]string{"a": "MIT", "b": "BSD-3-Clause", "c": "MIT"}, want); err != nil {
		t.Error(err)
	}
	err = compare(map[string]string{"a": "MIT", "b": "unknown", "d": "MIT"}, want)
	faults := "b: licence unknown, but BSD-3-Clause was allowed\nc: allowed, but not used\n" +
		"d: licence MIT: not in internal/licences/allowed.txt"
	if err == nil {
		t.Fatal("no error")
	}
	if diff := cmp.Diff(faults, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"a", "a b c", "a MIT\na MIT\n"} {
		if _, err := parseAllowed(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestClassify(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "unknown",
		"GNU GENERAL PUBLIC LICENSE":    "unknown",
		"All rights reserved.":          "unknown",
		"Apache License\n\tVersion 2.0": "Apache-2.0",
		"Redistribution and use in source\nand binary forms":                                                           "BSD-2-Clause",
		"Redistribution and use in source and binary forms. Neither the name of":                                       "BSD-3-Clause",
		"Permission is hereby granted, free of charge. The above copyright notice and this permission notice shall be": "MIT",
	} {
		if got := classify(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
