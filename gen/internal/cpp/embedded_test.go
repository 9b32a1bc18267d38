// SPDX-License-Identifier: Apache-2.0

package cpp

import "testing"

// TestSystems tells the headers of systems from those that projects keep in directories of the same names.
func TestSystems(t *testing.T) {
	for _, name := range []string{
		"linux/no_such.h", "asm/unistd.h", "sys/epoll.h", "netinet/if_ether.h", "uapi/linux/bpf.h", "../include/linux/mm.h",
		"bpf/libbpf_legacy.h", "bcc/proto.h", "net/sock.h", "net/netfilter/nf_conntrack.h", "net/route.h", "crypto/hash.h",
		"kernel/sched/sched.h", "trace/events/sched.h", "generated/autoconf.h", "security/pam_modules.h", "sound/pcm.h",
		"pthread.h", "machine/endian.h", "gelf/gelf.h", "bpf/usdt.bpf.h",
	} {
		if !systems().MatchString(name) {
			t.Errorf("%s is a project's", name)
		}
	}
	for _, name := range []string{
		"bpf/mine.h", "bpf/events.h", "bpf/lib/common.h", "bpf/bpf/bpf.h", "bcc/mine.h", "net/events.h", "net/packet.h",
		"kernel/events.h", "kernel/types.h", "trace/events.h", "crypto/keys.h", "generated/events.h", "security/events.h",
		"sound/mine.h", "machine/events.h", "include/bpf/mine.h", "../bpf/mine.h", "gelf/mine.h", "mine.h", "linux.h",
		"../pthread.h", "bpf/usdtxbpf.h",
	} {
		if systems().MatchString(name) {
			t.Errorf("%s is a system's", name)
		}
	}
}
