// SPDX-License-Identifier: Apache-2.0

package cpp

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
)

// deepDir is an include path below stubDir from which names that begin with ../ stay within stubDir.
const deepDir = stubDir + "/-/-/-/-/-/-"

// Kernels are the embedded headers that mirror the kernel's: their constants and records can be asked for, as those of
// the user's own headers. The others stand in for what a compiler brings.
var Kernels = map[string]bool{
	"linux/bpf.h": true, "linux/icmp.h": true, "linux/icmpv6.h": true, "linux/if.h": true, "linux/if_arp.h": true,
	"linux/if_ether.h": true, "linux/if_packet.h": true, "linux/if_vlan.h": true, "linux/in.h": true, "linux/in6.h": true,
	"linux/ip.h": true, "linux/ipv6.h": true, "linux/netfilter.h": true, "linux/perf_event.h": true, "linux/pkt_cls.h": true,
	"linux/sched.h": true, "linux/socket.h": true, "linux/stat.h": true, "linux/tcp.h": true, "linux/udp.h": true,
}

func isKernels(name string) bool {
	rest := strings.TrimPrefix(name, stubDir+"/")
	return Kernels[rest] || strings.HasPrefix(rest, "kernel/")
}

// anywhere matches the headers that projects generate or bring along, under paths of their own.
var anywhere = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(vmlinux)([-_][a-z0-9_]+)?\.h$|^(bpf_helpers|bpf_helper_defs|bpf_endian|bpf_tracing|bpf_core_read)\.h$`)
})

// Empty are headers of systems that declare nothing that a layout or a value needs, so that an empty one stands in: what
// is missed is a type or a constant that is not declared, and no other one.
var Empty = strings.Fields(`
	asm/bitsperlong.h asm/errno.h asm/ioctls.h asm/posix_types.h asm/unistd.h asm-generic/errno-base.h asm-generic/errno.h
	asm-generic/unistd.h ctype.h fcntl.h getopt.h linux/bpf_verifier.h linux/btf.h
	linux/compiler.h linux/compiler_types.h linux/err.h linux/fcntl.h linux/filter.h linux/fs.h linux/if_link.h
	linux/if_tunnel.h linux/ioctl.h linux/kconfig.h linux/kernel.h linux/mm.h linux/module.h linux/netdevice.h
	linux/netlink.h linux/nsproxy.h linux/ns_common.h linux/path.h linux/rtnetlink.h linux/skbuff.h linux/slab.h
	linux/string.h linux/stringify.h linux/time.h linux/time_types.h linux/uio.h linux/un.h linux/unistd.h linux/utsname.h
	math.h net/inet_sock.h net/net_namespace.h net/sock.h poll.h pthread.h sched.h signal.h sys/ioctl.h sys/mman.h
	sys/resource.h sys/stat.h sys/syscall.h sys/time.h sys/uio.h sys/un.h sys/utsname.h sys/wait.h syscall.h`)

// systems matches the headers of kernels, of the C library and of the tools that compile BPF, as #include names them. One that
// is not found can be read as empty, as those in Empty are. Directories that projects have too, such as bpf and net, are
// matched with the names of the systems' headers in them: a project's own bpf/mine.h that is not found is a fault.
// It is compiled at its first use: that takes 4 ms, which commands that read no headers are spared.
var systems = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(systemHeaders) })

const systemHeaders = `^(\.\./)*(uapi/|include/)*(` +
	`(asm|asm-generic|linux|netinet|arpa|sys|scsi|rdma|drm|uapi|rpc|elfutils|libelf|event2|openssl|json-c)/[a-z0-9_./-]+|` +
	`bpf/(bpf|bpf_core_read|bpf_endian|bpf_helpers|bpf_helper_defs|bpf_tracing|btf|hashmap|libbpf|libbpf_common|libbpf_legacy|` +
	`libbpf_version|skel_internal|usdt\.bpf|xsk)|` +
	`bcc/(bcc_common|bcc_elf|bcc_proc|bcc_syms|bcc_usdt|bcc_version|BPF|BPFTable|helpers|libbpf|perf_reader|proto)|` +
	`crypto/(aead|aes|akcipher|algapi|hash|hash_info|internal/[a-z0-9_]+|kpp|rng|scatterwalk|sha|sha1|sha2|sha3|skcipher)|` +
	`gelf/gelf|generated/(asm-offsets|autoconf|bounds|compile|timeconst|uapi/linux/version|utsrelease)|` +
	`kernel/(bpf|cgroup|events|locking|rcu|sched|time|trace)/[a-z0-9_-]+|machine/(atomic|bus|cpu|endian|param|pcb|pmap|types)|` +
	`net/(act_api|addrconf|af_unix|af_vsock|arp|bonding|busy_poll|cfg80211|checksum|cls_cgroup|dsa|dsfield|dst|dst_metadata|` +
	`ethernet|fib_rules|flow|flow_dissector|genetlink|geneve|gre|gro|gso|icmp|if|if_arp|if_inet6|if_packet|if_ppp|if_shaper|` +
	`if_slip|inet_[a-z0-9_]+|ip|ip6_[a-z0-9_]+|ip_[a-z0-9_]+|ipv6|ipv6_stubs|ipx|iucv/[a-z_]+|lwtunnel|mac80211|mpls|mptcp|` +
	`neighbour|net_namespace|netevent|netfilter/[a-z0-9_/-]+|netlink|netns/[a-z0-9_]+|nexthop|page_pool(/[a-z]+)?|ping|` +
	`pkt_cls|pkt_sched|ppp-comp|ppp_defs|protocol|raw|request_sock|route|rtnetlink|sch_generic|scm|sctp/[a-z]+|` +
	`seg6(_[a-z]+)?|sock|sock_reuseport|strparser|tc_act/[a-z0-9_]+|tcp|tcp_states|tcx|tls|transp_v6|tun_proto|udp|` +
	`udp_tunnel|udplite|vxlan|x25|xdp|xdp_[a-z]+|xfrm|xsk_[a-z_]+)|` +
	`security/(_?pam_[a-z_]+|security)|sound/(asoc|asound|compress_[a-z]+|control|core|emu10k1|hdsp|info|pcm|rawmidi|soc|timer)|` +
	`trace/(bpf_probe|define_trace|perf|syscall|trace_events|events/[a-z0-9_]+))\.h$|` +
	`^(alloca|argp|argz|assert|byteswap|complex|cpuid|ctype|dirent|dlfcn|elf|err|error|execinfo|fcntl|features|fenv|float|fnmatch|` +
	`ftw|gelf|getopt|glob|grp|ifaddrs|iconv|langinfo|libelf|libgen|libintl|link|locale|malloc|memory|mntent|monetary|mqueue|netdb|` +
	`obstack|paths|poll|printf|pthread|pty|pwd|regex|resolv|sched|search|semaphore|setjmp|shadow|signal|spawn|stdatomic|` +
	`stdio_ext|stdnoreturn|strings|syscall|sysexits|syslog|termios|tgmath|threads|uchar|ucontext|ulimit|unistd|utime|utmp|` +
	`values|wait|wchar|wctype|wordexp|x86intrin|immintrin|zlib)\.h$`

// embeddedFile returns an embedded header by the end of its path, and the name that it has.
func embeddedFile(rest string) (data []byte, name string, ok bool) {
	rest = strings.TrimLeft(strings.TrimPrefix(path.Clean(rest), "-/"), "-/")
	for _, name := range []string{rest, strings.TrimPrefix(rest, "uapi/")} {
		if data, err := stubs.ReadFile("stubs/" + name); err == nil {
			return data, name, true
		}
		for _, e := range Empty {
			if e == name {
				return []byte("#pragma once\n"), name, true
			}
		}
	}
	if m := anywhere().FindStringSubmatch(path.Base(rest)); m != nil {
		name := m[1] + m[3] + ".h"
		data, err := stubs.ReadFile("stubs/" + name)
		return data, name, err == nil
	}
	return nil, "", false
}

// EmbeddedFiles holds the embedded headers, below the directory stubs.
func EmbeddedFiles() fs.FS { return stubs }
