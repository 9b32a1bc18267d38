#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The whole chain on real input: the generated code is what the headers call for, and a recording prints.
# BIN is the folder that holds lockstep and bpfmon.
set -eu

recording=cmd/bpfmon/testdata/demo.gob

run() {
	printf '\n$ %s\n' "$*"
	PATH="$BIN:$PATH" "$@"
}

run lockstep check
run bpfmon replay "$recording"
run bpfmon replay "$recording" --type drop --verbose
run bpfmon replay "$recording" --type drop --json
