#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target of the module for the given time: `go test` takes one target a call.
set -eu

time=${1:-10s}
go=${GO:-go}

# run fuzzes one target. When the time is over, `go test` now and then reports that end itself as the failure ("context
# deadline exceeded"): it names no input, and nothing has failed. An input that does fail is written to testdata, and named.
run() {
	status=0
	output=$($go test -run "^\$" -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 10x "$1" 2>&1) || status=$?
	printf '%s\n' "$output"
	test "$status" -ne 0 || return 0
	if printf '%s\n' "$output" | only_deadline; then
		echo "fuzz: $2: the time was over, no input failed"
		return 0
	fi
	return "$status"
}

# only_deadline succeeds if the one failure in the output is the end of the time.
only_deadline() {
	awk '
		/^--- FAIL: / { failures++; next }
		/^    context deadline exceeded$/ { deadlines++; next }
		/^    / { others++ }
		/^panic: |^fatal error: |Failing input|build failed/ { others++ }
		END { exit !(failures == 1 && deadlines == 1 && others == 0) }'
}

count=0
for file in $(git grep -lE '^func Fuzz' -- '*_test.go'); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "fuzz $package $target for $time"
		run "$package" "$target"
		count=$((count + 1))
	done
done
test "$count" -gt 0
echo "fuzz: $count targets, each for $time, no crash"
