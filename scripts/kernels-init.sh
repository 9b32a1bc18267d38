#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
#
# The first process in an emulated kernel (see kernels.sh): it runs every test binary and says what passed.
/bin/busybox --install -s /bin
export PATH=/bin HOME=/tmp LOCKSTEP_REQUIRE=bpf

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
for module in $(cat /tests/modules); do
	modprobe "$module" || echo "guest: no module $module"
done
ip link set lo up
echo "guest: Linux $(uname -r)"

failed=
# run NAME LABEL PATTERN: the tests of a package whose names match.
run() {
	cd "/tests/$1" || return
	start=$(cut -d. -f1 /proc/uptime)
	if ./run -test.short -test.v -test.timeout 15m -test.run "$3"; then
		verdict=passed
	else
		verdict=FAILED
		failed=yes
	fi
	echo "guest: $2 $verdict in $(($(cut -d. -f1 /proc/uptime) - start)) s"
}

pattern=$(cat /tests/pattern)
for dir in /tests/*/; do
	name=$(basename "$dir")
	[ -e "$dir/run" ] || continue
	tests=$pattern
	# Of the command, what reads the kernel: the rest is the same on every kernel.
	[ "$name" != bpfmon ] || [ "$pattern" != . ] || tests='Attach|Map|Drops|Watch'
	run "$name" "$name" "$tests"
done

if [ -e /tests/ring/run ] && echo 0 >/sys/devices/system/cpu/cpu1/online; then
	run ring 'ring with a gap in the CPU numbers' "$pattern"
fi

[ -n "$failed" ] || echo 'guest: all passed'
poweroff -f
