#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Answers questions about a recording of `bpfmon attach`, from bpfmon alone: which connections had no answer, how long the
# first answer of each TCP connection took, what passes a VLAN, and what the rules would drop.
#
#   sudo bpfmon attach eth0 --deny all,tcp/23 --record today.gob
#   sh scripts/answers.sh today.gob [VLAN]
set -eu

BPFMON=${BPFMON:-bpfmon}
file=${1:?answers.sh needs a recording of bpfmon attach}
vlan=${2:-100}

echo "connections without an answer:"
"$BPFMON" replay "$file" --summary=unanswered | sed 's/^/  /'

echo "round trips, in microseconds:"
"$BPFMON" replay "$file" --time epoch --filter 'proto == tcp' | awk '
	{
		flow = ""
		for (i = 1; i < NF; i++)
			if ($i == "flow")
				flow = $(i + 1)
		split($1, at, ".")
	}
	/ tcp SYN$/ && !(flow in second) {
		second[flow] = at[1]; part[flow] = at[2]
	}
	/ state reply / && (flow in second) && !(flow in done) {
		done[flow] = 1
		match($0, /ifindex [^ ]+: .* tcp/)
		split(substr($0, RSTART, RLENGTH), ends, " ")
		printf "  %s -> %s %.3f\n", ends[5], ends[3], (at[1] - second[flow]) * 1e6 + (at[2] - part[flow]) / 1e3
	}'

echo "VLAN $vlan:"
"$BPFMON" replay "$file" --filter "vlan == $vlan" | sed 's/^/  /'

echo "would be dropped:"
"$BPFMON" replay "$file" --filter 'state == denied' | sed 's/^/  /'
