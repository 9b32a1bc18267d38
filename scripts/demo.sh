#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The whole chain on real input: the generated code is what the headers call for, a recording prints, and, where BPF
# may be loaded, real packets do too. BIN is the directory that holds lockstep, bpfmon and livedemo.
set -eu

story=cmd/bpfmon/testdata/demo.gob
live=cmd/bpfmon/testdata/live.gob

run() {
	printf '\n$ %s\n' "$*"
	PATH="$BIN:$PATH" "$@"
}

run lockstep check
run bpfmon replay "$story"
run bpfmon replay "$story" --type drop --verbose
run bpfmon replay "$story" --type drop --json

# What a packet meets, live: in network namespaces of their own, so that nothing of this machine is touched.
status=0
"$BIN/livedemo" "$BIN/bpfmon" || status=$?
case $status in
0) ;;
3)
	case ${LOCKSTEP_REQUIRE:-} in *bpf*) exit 1 ;; esac # as in CI: it must work there
	printf '\nBPF cannot be loaded here (it takes Linux and root), so this is a recording of the same:\n'
	run bpfmon replay "$live"
	;;
*) exit "$status" ;;
esac
