#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target of the module for the given time: `go test` takes one target a call.
set -eu

time=${1:-10s}
go=${GO:-go}

count=0
for file in $(git grep -lE '^func Fuzz' -- '*_test.go'); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz $package $target for $time"
		$go test -run "^\$" -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 10x "$package"
		count=$((count + 1))
	done
done
test "$count" -gt 0
echo "fuzz: $count targets, each for $time, no crash"
