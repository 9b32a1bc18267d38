#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Compares the benchmarks of the working tree with those of another revision: builds both, runs them in turns, so that what
# else the machine does meets both, and prints the fastest run of each row: bench-before.sh REVISION [COUNT [BENCHTIME [REGEXP]]]
set -eu

revision=$1 count=${2:-20} time=${3:-2ms} bench=${4:-.}
go=${GO:-go}
packages="monitor/format monitor/payload cmd/bpfmon"

here=$(pwd)
dir=$(mktemp -d)
trap 'git worktree remove --force "$dir/tree" >/dev/null 2>&1 || true; rm -rf "$dir"' EXIT
git worktree add --quiet --detach "$dir/tree" "$revision"
for p in $packages; do
	name=$(echo "$p" | tr / -)
	(cd "$dir/tree" && $go test -c -o "$dir/$name.before" "./$p")
	$go test -c -o "$dir/$name.now" "./$p"
done

i=0
while [ "$i" -lt "$count" ]; do
	for p in $packages; do
		name=$(echo "$p" | tr / -)
		for side in before now; do
			tree=$here
			[ "$side" = now ] || tree=$dir/tree
			(cd "$tree/$p" && "$dir/$name.$side" -test.run '^$' -test.bench "$bench" -test.benchmem -test.benchtime "$time") >>"$dir/$side.txt"
		done
	done
	i=$((i + 1))
done
$go run ./internal/benchtable -before "$dir/before.txt" <"$dir/now.txt"
