#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Drops packets in every way that is usual, in three network namespaces: a client, a router and a server. `bpfmon drops`
# must name each, and count as many as the kernel's own counters. Needs root, iproute2 and nftables.
#
#   BIN=bin sh scripts/drops-lab.sh
set -eu

BIN=${BIN:-bin}
id=$$
client=lab-c$id router=lab-r$id server=lab-s$id
dir=$(mktemp -d)
pids=
trace=

cleanup() {
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	wait 2>/dev/null || true
	for ns in $client $router $server; do ip netns del $ns 2>/dev/null || true; done
	[ -z "$trace" ] || rmdir "$trace" 2>/dev/null || true
	umount "$dir/tracing" 2>/dev/null || true
	rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

in_ns() { ns=$1; shift; ip netns exec "$ns" "$@"; }

# The three namespaces: 10.91.1.1 - 10.91.1.254 router 10.91.2.254 - 10.91.2.1. The second cable has a smaller MTU.
for ns in $client $router $server; do
	ip netns add $ns
	in_ns $ns ip link set lo up
	in_ns $ns sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 2>/dev/null || true
done
ip link add eth0 netns $client type veth peer name left netns $router
ip link add eth0 netns $server mtu 1400 type veth peer name right mtu 1400 netns $router
in_ns $client ip addr add 10.91.1.1/24 dev eth0
in_ns $router ip addr add 10.91.1.254/24 dev left
in_ns $router ip addr add 10.91.2.254/24 dev right
in_ns $server ip addr add 10.91.2.1/24 dev eth0
in_ns $client ip link set eth0 up
in_ns $router ip link set left up
in_ns $router ip link set right up
in_ns $server ip link set eth0 up
in_ns $client ip route add default via 10.91.1.254
in_ns $server ip route add default via 10.91.2.254
in_ns $router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.left.rp_filter=1
# The errors that the router and the server send are not part of the lab.
for ns in $router $server; do in_ns $ns sysctl -qw net.ipv4.icmp_ratemask=6168 2>/dev/null || true; done

in_ns $router nft -f - <<'RULES'
table ip lab {
	chain forward {
		type filter hook forward priority 0
		udp dport 7777 counter drop
	}
}
RULES

# A tunnel that has both its ends, and one of which the server knows nothing.
tunnels=
if in_ns $client ip link add vx42 type vxlan id 42 dstport 4789 remote 10.91.2.1 local 10.91.1.1 2>/dev/null; then
	tunnels=yes
	in_ns $server ip link add vx42 type vxlan id 42 dstport 4789 remote 10.91.1.1 local 10.91.2.1
	in_ns $client ip link add vx43 type vxlan id 43 dstport 4789 remote 10.91.2.1 local 10.91.1.1
	in_ns $client ip addr add 10.92.42.1/24 dev vx42
	in_ns $server ip addr add 10.92.42.2/24 dev vx42
	in_ns $client ip addr add 10.92.43.1/24 dev vx43
	for ns in $client $server; do in_ns $ns ip link set vx42 mtu 1300 up; done
	in_ns $client ip link set vx43 mtu 1300 up
	in_ns $client ip neigh add 10.92.43.2 lladdr 02:00:00:00:43:02 dev vx43
fi

# Who does not know the next hop's address yet asks, and what waits for the answer could be dropped.
in_ns $client ping -q -c 1 -W 5 10.91.2.1 >/dev/null
[ -z "$tunnels" ] || in_ns $client ping -q -c 1 -W 5 10.92.42.2 >/dev/null

"$BIN/bpfmon" drops --json --tcp --stack --rate 0 --host 10.91.0.0/16 --host 10.92.0.0/16 >"$dir/drops" 2>"$dir/said" &
bpfmon=$!
pids=$bpfmon
until grep -q watching "$dir/said"; do
	kill -0 $bpfmon 2>/dev/null || { cat "$dir/said" >&2; exit 1; }
	sleep 0.1
done

# All that the kernel frees, which tracefs shows too, if there is one: for a while within that of bpfmon.
mkdir "$dir/tracing"
for at in /sys/kernel/tracing "$dir/tracing"; do
	[ $at = /sys/kernel/tracing ] || mount -t tracefs tracefs "$at" 2>/dev/null || continue
	[ -e "$at/events/skb/kfree_skb" ] && mkdir "$at/instances/lab$id" 2>/dev/null || continue
	trace=$at/instances/lab$id
	break
done
if [ -n "$trace" ]; then
	"$BIN/bpfmon" drops --json --all --rate 0 --capture 0 >"$dir/all" 2>"$dir/said-all" &
	all=$!
	pids="$pids $all"
	until grep -q watching "$dir/said-all"; do
		kill -0 $all 2>/dev/null || { cat "$dir/said-all" >&2; exit 1; }
		sleep 0.1
	done
	echo 8192 >"$trace/buffer_size_kb"
	echo 1 >"$trace/events/skb/kfree_skb/enable"
fi

ip netns exec $server "$BIN/dropslab" hold 10.91.2.1:7001 >"$dir/hold" & # no function: the process itself is to end
pids="$pids $!"
until grep -q ready "$dir/hold"; do sleep 0.1; done

in_ns $client "$BIN/dropslab" send 10.91.2.1:7777 21          # nftables
in_ns $client "$BIN/dropslab" send 10.91.2.1:7002 22          # nobody listens
in_ns $client "$BIN/dropslab" dial 10.91.2.1:7003 3           # the same with TCP: a reset
in_ns $client "$BIN/dropslab" send 10.91.2.1:7001 400 1000    # the buffer is full
in_ns $client "$BIN/dropslab" send 10.91.2.1:7004 5 1450      # too big for the second cable
in_ns $client "$BIN/dropslab" spoof 127.0.0.9 10.91.2.1 6     # a martian
in_ns $client "$BIN/dropslab" spoof 10.91.2.77 10.91.2.1 7    # from where it cannot come from
if [ -n "$tunnels" ]; then
	in_ns $client "$BIN/dropslab" send 10.92.42.2:7005 8      # nobody listens at the end of the tunnel
	in_ns $client "$BIN/dropslab" send 10.92.43.2:7006 9      # the tunnel has no end
fi
if [ -n "$trace" ]; then
	echo 0 >"$trace/events/skb/kfree_skb/enable"
	cat "$trace/trace" >"$dir/trace"
	overrun=$(awk '$1 ~ /overrun:$/ { n += $NF } END { print n + 0 }' "$trace"/per_cpu/cpu*/stats)
	sleep 0.5
	kill -TERM $all
	wait $all
fi
sleep 0.5
kill -TERM $bpfmon # a shell makes what it runs in the background ignore SIGINT
wait $bpfmon
cat "$dir/said" >&2

# What the kernel counted.
nft=$(in_ns $router nft list table ip lab | sed -n 's/.*counter packets \([0-9]*\).*/\1/p')
snmp() { in_ns "$1" awk -v proto="$2:" -v name="$3" '$1 == proto { if (!n) { for (i = 2; i <= NF; i++) if ($i == name) n = i } else print $n }' /proc/net/snmp; }
noports=$(snmp $server Udp NoPorts)
rcvbuf=$(snmp $server Udp RcvbufErrors)
fragfails=$(snmp $router Ip FragFails)
rsts=$(snmp $server Tcp OutRsts)

failed=0
# check WHAT WANT PATTERN...: as many lines as the kernel counted have all the patterns.
check() {
	what=$1 want=$2
	shift 2
	cp "$dir/drops" "$dir/lines"
	for pattern; do grep -F "$pattern" "$dir/lines" >"$dir/fewer" || true; mv "$dir/fewer" "$dir/lines"; done
	got=$(grep -c . "$dir/lines" || true)
	if [ "$got" -eq "$want" ]; then
		echo "ok   $what: $got"
	else
		echo "FAIL $what: bpfmon counts $got, the kernel $want"
		failed=1
	fi
}
if grep -q '"reason":' "$dir/drops"; then reasons=yes; else reasons=; fi
why() { [ -n "$reasons" ] && echo "\"reason\":\"$1\"" || echo '"type":"kernel"'; }

check "nftables (nft counter)" "$nft" "$(why NETFILTER_DROP)" '"dstPort":7777' "\"netns\":\"$router\""
check "closed UDP port (UdpNoPorts)" "$noports" "$(why NO_SOCKET)" '"protocol":"udp"' "\"netns\":\"$server\""
check "full buffer (UdpRcvbufErrors)" "$rcvbuf" "$(why SOCKET_RCVBUFF)" '"dstPort":7001' "\"netns\":\"$server\"" '"process":"dropslab"'
check "closed TCP port" 3 '"kind":"drop"' "$(why NO_SOCKET)" '"dstPort":7003' "\"netns\":\"$server\""
[ -z "$reasons" ] || check "resets (TcpOutRsts)" "$rsts" '"kind":"reset-sent"' "\"netns\":\"$server\""
check "too big for the MTU (IpFragFails)" "$fragfails" "$(why PKT_TOO_BIG)" '"dstPort":7004' "\"netns\":\"$router\""
check "martian source" 6 '"src":"127.0.0.9"' "\"netns\":\"$router\"" '"device":"left"'
check "reverse path filter" 7 "$(why IP_RPFILTER)" '"src":"10.91.2.77"' "\"netns\":\"$router\""
if [ -n "$tunnels" ]; then
	check "closed port behind a tunnel" 8 "$(why NO_SOCKET)" '"device":"vx42"' '"dstPort":7005'
	check "tunnel without an end" 9 "$(why VXLAN_VNI_NOT_FOUND)" '"tunnel":"vxlan"' '"tunnelID":43' '"dstPort":7006'
fi
if [ -z "$trace" ]; then
	echo "--   tracefs: it is not here"
elif ! grep -q 'location=[a-z].* reason: ' "$dir/trace"; then
	echo "--   tracefs: this kernel's has no reasons"
elif [ "$overrun" -ne 0 ]; then
	echo "--   tracefs: it has lost $overrun events itself"
elif n=$("$BIN/dropslab" compare "$dir/trace" "$dir/all"); then
	echo "ok   all drops of the machine, by reason and function (tracefs skb:kfree_skb): $n"
else
	echo "FAIL all drops of the machine (tracefs skb:kfree_skb)"
	failed=1
fi
exit $failed
