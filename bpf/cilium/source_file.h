/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The numbers of the source files. They were given anew at 1.13 and at 1.19.
 */
#ifndef __CILIUM_SOURCE_FILE_H
#define __CILIUM_SOURCE_FILE_H

#include "release.h"

/* The file that a drop comes from: its number in drop_notify. */
enum source_file {
#if CILIUM_RELEASE >= 11900
	FILE_BPF_HOST_C = 1, /* bpf_host.c */
	FILE_BPF_LXC_C = 2, /* bpf_lxc.c */
	FILE_BPF_OVERLAY_C = 3, /* bpf_overlay.c */
	FILE_BPF_XDP_C = 4, /* bpf_xdp.c */
	FILE_BPF_SOCK_C = 5, /* bpf_sock.c */
#if CILIUM_RELEASE < 12002
	FILE_BPF_NETWORK_C = 6, /* bpf_network.c */
#endif
	FILE_BPF_WIREGUARD_C = 7, /* bpf_wireguard.c */
	FILE_DROP_H = 101, /* drop.h */
	FILE_SRV6_H = 102, /* srv6.h */
	FILE_ICMP6_H = 103, /* icmp6.h */
	FILE_NODEPORT_H = 104, /* nodeport.h */
	FILE_LB_H = 105, /* lb.h */
	FILE_MCAST_H = 106, /* mcast.h */
	FILE_IPV4_H = 107, /* ipv4.h */
	FILE_CONNTRACK_H = 108, /* conntrack.h */
	FILE_LOCAL_DELIVERY_H = 109, /* local_delivery.h */
	FILE_TRACE_H = 110, /* trace.h */
	FILE_ENCAP_H = 111, /* encap.h */
	FILE_HOST_FIREWALL_H = 112, /* host_firewall.h */
	FILE_NODEPORT_EGRESS_H = 113, /* nodeport_egress.h */
	FILE_IPV6_H = 114, /* ipv6.h */
	FILE_CLASSIFIERS_H = 115, /* classifiers.h */
#elif CILIUM_RELEASE >= 11300
	FILE_BPF_HOST_C = 1, /* bpf_host.c */
	FILE_BPF_LXC_C = 2, /* bpf_lxc.c */
	FILE_BPF_OVERLAY_C = 3, /* bpf_overlay.c */
	FILE_BPF_XDP_C = 4, /* bpf_xdp.c */
#if CILIUM_RELEASE >= 11600
	FILE_BPF_SOCK_C = 5, /* bpf_sock.c */
	FILE_BPF_NETWORK_C = 6, /* bpf_network.c */
	FILE_BPF_WIREGUARD_C = 7, /* bpf_wireguard.c */
#endif
	FILE_ARP_H = 101, /* arp.h */
	FILE_DROP_H = 102, /* drop.h */
#if CILIUM_RELEASE < 11519
	FILE_EGRESS_POLICIES_H = 103, /* egress_policies.h */
#endif
#if CILIUM_RELEASE >= 11519
	FILE_SRV6_H = 103, /* srv6.h */
#endif
	FILE_ICMP6_H = 104, /* icmp6.h */
	FILE_NODEPORT_H = 105, /* nodeport.h */
#if CILIUM_RELEASE >= 11500
	FILE_LB_H = 106, /* lb.h */
#endif
#if CILIUM_RELEASE >= 11519 && CILIUM_RELEASE < 11600
	FILE_ENCRYPT_H = 107, /* encrypt.h */
#endif
#if CILIUM_RELEASE >= 11600
	FILE_MCAST_H = 107, /* mcast.h */
#endif
#if CILIUM_RELEASE >= 11519 && CILIUM_RELEASE < 11600
	FILE_MCAST_H = 108, /* mcast.h */
#endif
#if CILIUM_RELEASE >= 11600
	FILE_IPV4_H = 108, /* ipv4.h */
	FILE_CONNTRACK_H = 109, /* conntrack.h */
#endif
#if CILIUM_RELEASE >= 11600 && CILIUM_RELEASE < 11800
	FILE_L3_H = 110, /* l3.h */
#endif
#if CILIUM_RELEASE >= 11800
	FILE_LOCAL_DELIVERY_H = 110, /* local_delivery.h */
#endif
#if CILIUM_RELEASE >= 11600
	FILE_TRACE_H = 111, /* trace.h */
	FILE_ENCAP_H = 112, /* encap.h */
	FILE_ENCRYPT_H = 113, /* encrypt.h */
#endif
#if CILIUM_RELEASE >= 11700
	FILE_HOST_FIREWALL_H = 114, /* host_firewall.h */
	FILE_NODEPORT_EGRESS_H = 115, /* nodeport_egress.h */
#endif
#if CILIUM_RELEASE >= 11800
	FILE_IPV6_H = 116, /* ipv6.h */
	FILE_CLASSIFIERS_H = 117, /* classifiers.h */
#endif
#elif CILIUM_RELEASE >= 11200
	FILE_BPF_NETWORK_C = 1, /* bpf_network.c */
	FILE_BPF_SOCK_C = 2, /* bpf_sock.c */
	FILE_BPF_HOST_C = 3, /* bpf_host.c */
	FILE_BPF_OVERLAY_C = 4, /* bpf_overlay.c */
	FILE_BPF_XDP_C = 5, /* bpf_xdp.c */
	FILE_BPF_ALIGNCHECKER_C = 6, /* bpf_alignchecker.c */
	FILE_CILIUM_PROBE_KERNEL_HZ_C = 7, /* cilium-probe-kernel-hz.c */
	FILE_BPF_LXC_C = 8, /* bpf_lxc.c */
#endif
	FILE_UNKNOWN = 0,
};

#endif /* __CILIUM_SOURCE_FILE_H */
