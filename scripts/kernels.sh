#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kernels.sh [VERSION...]: run the tests that use BPF in Debian's kernels 5.10, 6.1 and 6.12, or in those named, emulated.
# KERNEL_TESTS is a regular expression of the packages to test, KERNEL_RUN one of the tests in them.
#
# It needs root's tools but not root: qemu-system-x86, busybox-static, cpio, kmod, xz-utils, and apt-get to fetch the
# kernels, which stay in bin/kernels. It ends with 3 where they cannot be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=$PWD/bin/kernels
work=$cache/work
GO=${GO:-go}
tests=${KERNEL_TESTS:-.}
run=${KERNEL_RUN:-.}
limit=${KERNEL_TIMEOUT:-1200}
modules='veth sch_ingress cls_bpf act_bpf tun dummy 8021q bridge ip_gre'

say() { printf '%s\n' "kernels: $*"; }
cannot() {
	say "$*" >&2
	exit 3
}

# The security archive of the release, where this machine gets its own packages from.
mirror() {
	local found
	found=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		awk '$2 ~ /-security$/ { sub("/$", "", $1); print $1; exit }')
	echo "${DEBIAN_SECURITY:-${found:-http://security.debian.org/debian-security}}"
}

# apt with lists and packages of its own, so that the machine's stay as they are.
kernel_apt() {
	local command=$1
	shift
	"$command" -qq -o Dir::Etc::SourceList="$cache/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$cache/apt/lists" -o Dir::Cache="$cache/apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# lists fetches the lists of packages once in a run.
lists() {
	[ -z "${listed:-}" ] || return 0
	local release
	mkdir -p "$cache"/apt/{lists/partial,cache/archives/partial}
	for release in bullseye bookworm; do
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $(mirror) $release-security main"
	done >"$cache/apt/sources.list"
	kernel_apt apt-get update || cannot 'cannot fetch the lists of packages'
	listed=yes
}

# fetch unpacks the newest kernel of a version to the directory of the version.
fetch() {
	local version=$1 package
	[ ! -e "$cache/$version/done" ] || return 0
	lists
	package=$(kernel_apt apt-cache pkgnames "linux-image-$version" |
		grep -E "^linux-image-${version//./\\.}(\.[0-9]+)*(-[0-9]+|\+deb[0-9]+)-cloud-amd64\$" | sort -V | tail -1)
	[ -n "$package" ] || cannot "there is no package of Linux $version"
	say "fetching $package"
	rm -rf "${cache:?}/$version"
	mkdir -p "$cache/$version"
	(cd "$cache/$version" && kernel_apt apt-get download "$package") || cannot "cannot fetch $package"
	dpkg -x "$cache/$version"/*.deb "$cache/$version"
	rm "$cache/$version"/*.deb
	touch "$cache/$version/done"
}

# build compiles the tests of every package that uses BPF, and lays out what is common to all kernels in $work/root.
build() {
	local package dir name
	rm -rf "$work"
	mkdir -p "$work/root"/{bin,proc,sys,dev,tmp,etc,tests}
	cp "$(command -v busybox)" "$work/root/bin/busybox"
	cp scripts/kernels-init.sh "$work/root/init"
	chmod 755 "$work/root/init"
	for package in $($GO list ./bpf/... ./monitor/source/ring ./internal/netlab ./cmd/bpfmon | grep -E "$tests"); do
		dir=$($GO list -f '{{.Dir}}' "$package")
		name=$(basename "$dir")
		mkdir "$work/root/tests/$name"
		CGO_ENABLED=0 $GO test -c -ldflags '-s -w' -o "$work/root/tests/$name/run" "$package"
		[ -e "$work/root/tests/$name/run" ] || continue # it has no tests
		[ ! -e "$dir/testdata" ] || cp -r "$dir/testdata" "$work/root/tests/$name/"
		[ ! -e "$dir/lib" ] || cp -r "$dir"/*.c "$dir/lib" "$work/root/tests/$name/" # a test reads them
	done
	printf '%s' "$run" >"$work/root/tests/pattern"
}

# image makes the initramfs of a kernel: what is common, and the kernel's modules.
image() {
	local version=$1 release
	rm -rf "$work/root/lib"
	release=$(basename "$cache/$version"/lib/modules/* 2>/dev/null || true)
	[ -e "$cache/$version/lib/modules/$release" ] || release=$(basename "$cache/$version"/usr/lib/modules/*)
	mkdir -p "$work/root/lib/modules/$release"
	local from="$cache/$version/lib/modules/$release"
	[ -e "$from" ] || from="$cache/$version/usr/lib/modules/$release"
	cp -r "$from/kernel" "$from"/modules.{order,builtin,builtin.modinfo} "$work/root/lib/modules/$release/"
	find "$work/root/lib" -name '*.ko.xz' -exec xz -d {} +
	/sbin/depmod -b "$work/root" "$release"
	echo "$modules" >"$work/root/tests/modules"
	(cd "$work/root" && find . | cpio -o -H newc --quiet) >"$work/initramfs"
}

# boot runs the tests in a kernel. It prints what they print, and fails if one does.
boot() {
	local version=$1 start=$SECONDS log=$cache/$version.log
	image "$version"
	timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 3072 -smp 3 -nographic -no-reboot \
		-nodefaults -serial stdio -kernel "$cache/$version"/boot/vmlinuz-* -initrd "$work/initramfs" \
		-append 'console=ttyS0 quiet panic=-1 rdinit=/init' </dev/null >"$log" 2>&1 || true
	sed -i 's/\r//; s/\x1b\[[0-9;?]*[A-Za-z]//g; s/\x1bc//' "$log"
	grep '^guest: ' "$log" || true
	if ! grep -q '^guest: all passed$' "$log"; then
		grep -E -B30 '^(--- FAIL|FAIL|panic:)' "$log" | tail -200 || tail -50 "$log"
		say "Linux $version failed; everything it printed is in $log"
		return 1
	fi
	say "Linux $version passed in $((SECONDS - start)) s"
}

main() {
	local tool version failed=0
	for tool in qemu-system-x86_64 busybox cpio xz apt-get; do
		command -v "$tool" >/dev/null || cannot "needs $tool"
	done
	[ $# -gt 0 ] || set -- 5.10 6.1 6.12
	for version; do
		fetch "$version"
	done
	build
	for version; do
		boot "$version" || failed=1
	done
	return $failed
}

main "$@" # read as a whole before it starts, so that it may be edited meanwhile
