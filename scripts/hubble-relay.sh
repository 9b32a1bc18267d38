#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs hubble and hubble-relay over two nodes of bpfmon: one sees a TCP connection between two network namespaces, the other
# a packet that the kernel drops there. Needs root, iproute2, nftables, and the programs hubble and hubble-relay; without
# them it ends with 3.
#
#   BIN=bin HUBBLE=hubble RELAY=hubble-relay sh scripts/hubble-relay.sh
set -eu

BIN=${BIN:-bin} HUBBLE=${HUBBLE:-hubble} RELAY=${RELAY:-hubble-relay}
for program in "$HUBBLE" "$RELAY"; do
	command -v "$program" >/dev/null || { echo "there is no $program"; exit 3; }
done
id=$$ left=relay-l$$ right=relay-r$$
dir=$(mktemp -d)
pids=

cleanup() {
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	wait 2>/dev/null || true
	for ns in $left $right; do ip netns del $ns 2>/dev/null || true; done
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# until_true COMMAND...: waits until it succeeds, a minute at most.
until_true() {
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 300 ] || { echo "never true: $*"; tail "$dir"/*.log; exit 1; }
		sleep 0.2
	done
}

for ns in $left $right; do
	ip netns add $ns
	ip -n $ns link set lo up
done
ip link add eth0 netns $left type veth peer name eth0 netns $right
ip -n $left addr add 10.93.0.1/24 dev eth0
ip -n $right addr add 10.93.0.2/24 dev eth0
ip -n $left link set eth0 up
ip -n $right link set eth0 up
ip netns exec $right nft 'add table ip t; add chain ip t in { type filter hook input priority 0; }; add rule ip t in tcp dport 5432 drop'

printf 'left unix://%s/left.sock\nright unix://%s/right.sock\n' "$dir" "$dir" >"$dir/peers"
"$BIN/bpfmon" attach eth0 --netns $left --hubble "unix://$dir/left.sock" --hubble-peers "$dir/peers" >/dev/null 2>"$dir/left.log" &
pids="$pids $!"
"$BIN/bpfmon" drops --hubble "unix://$dir/right.sock" >/dev/null 2>"$dir/right.log" &
pids="$pids $!"
until_true grep -q attached "$dir/left.log"
until_true test -S "$dir/right.sock"
port=$((20000 + id % 20000))
"$RELAY" serve --peer-service "unix://$dir/left.sock" --disable-client-tls --disable-server-tls --listen-address "localhost:$port" \
	--health-listen-address "localhost:$((port + 20001 > 65000 ? port - 5000 : port + 20001))" --sort-buffer-drain-timeout 100ms >"$dir/relay.log" 2>&1 &
pids="$pids $!"
server="--server localhost:$port"
nodes() { [ "$("$HUBBLE" list nodes $server | grep -c Connected)" = 2 ]; }
until_true nodes

# One connection, and one packet that is dropped.
ip netns exec $left timeout 2 bash -c 'exec 3<>/dev/tcp/10.93.0.2/80' 2>/dev/null || true
ip netns exec $left timeout 1 bash -c 'exec 3<>/dev/tcp/10.93.0.2/5432' 2>/dev/null || true

# shows TEXT ARG...: hubble observe prints the text.
shows() {
	text=$1
	shift
	"$HUBBLE" observe $server --all "$@" >"$dir/out" && grep -qE "$text" "$dir/out"
}
until_true shows '10.93.0.1:[0-9]+.* -> 10.93.0.2:80 .* FORWARDED \(TCP Flags: SYN\)' --ip 10.93.0.2 --type trace
until_true shows '10.93.0.1:[0-9]+ .* <- 10.93.0.2:80 .* FORWARDED \(TCP Flags: RST' --port 80
until_true shows '10.93.0.1:[0-9]+ .*10.93.0.2:5432 .*DROPPED \(NETFILTER_DROP.*TCP Flags: SYN\)' --verdict DROPPED --port 5432
until_true shows 'DROPPED' --type drop --ip 10.93.0.1
if shows FORWARDED --verdict DROPPED; then echo "a filter is ignored"; exit 1; fi
if "$HUBBLE" observe --server "unix://$dir/left.sock" --pod shop/ >"$dir/out" 2>&1; then echo "a filter that cannot be judged is not refused"; exit 1; fi
"$HUBBLE" list nodes $server
"$HUBBLE" observe $server --all --ip 10.93.0.2
echo ok
