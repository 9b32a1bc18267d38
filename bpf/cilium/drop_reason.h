/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Why a packet was dropped, by release. Codes below 130 are not drops: they stand in the same place of a message.
 */
#ifndef __CILIUM_DROP_REASON_H
#define __CILIUM_DROP_REASON_H

#include "release.h"

/* The reason of a drop, as a message carries it: the magnitude of what a program returns. */
enum drop_reason {
	REASON_FORWARDED = 0, /* Success */
	REASON_SHOT = 2, /* Invalid packet */
#if CILIUM_RELEASE >= 10600
	REASON_INTERFACE = 3, /* Interface */
	REASON_DECRYPTED = 4, /* Interface Decrypted */
#endif
#if CILIUM_RELEASE >= 10600 && CILIUM_RELEASE < 10802
	REASON_LB_NO_SLOT = 5, /* LB, sock cgroup: No slave entry found */
#endif
#if CILIUM_RELEASE >= 10802
	REASON_LB_NO_SLOT = 5, /* LB, sock cgroup: No backend slot entry found */
#endif
#if CILIUM_RELEASE >= 10600
	REASON_LB_NO_BACKEND = 6, /* LB, sock cgroup: No backend entry found */
	REASON_LB_REV_FAILED = 7, /* LB, sock cgroup: Reverse entry update failed */
	REASON_LB_REV_STALE = 8, /* LB, sock cgroup: Reverse entry stale */
#endif
#if CILIUM_RELEASE >= 10901
	REASON_FRAG = 9, /* Fragmented packet */
	REASON_FRAG_FAILED = 10, /* Fragmented packet entry update failed */
#endif
#if CILIUM_RELEASE >= 11000
	REASON_MISSED_CUSTOM_CALL = 11, /* Missed tail call to custom program */
#endif
#if CILIUM_RELEASE >= 11705
	REASON_DECRYPTING = 12, /* Interface Decrypting */
	REASON_ENCRYPTING = 13, /* Interface Encrypting */
#endif
#if CILIUM_RELEASE >= 11800
	REASON_LB_REV_DELETED = 14, /* LB: sock cgroup: Reverse entry delete succeeded */
#endif
#if CILIUM_RELEASE >= 11900
	REASON_MTU_ERROR = 15, /* MTU error message */
#endif
	DROP_INVALID_SMAC = 130, /* Invalid source mac */
	DROP_INVALID_DMAC = 131, /* Invalid destination mac */
	DROP_INVALID_SIP = 132, /* Invalid source ip */
#if CILIUM_RELEASE < 10700
	DROP_POLICY = 133, /* Policy denied (L3) */
#else
	DROP_POLICY = 133, /* Policy denied */
#endif
	DROP_INVALID = 134, /* Invalid packet */
	DROP_CT_INVALID_HDR = 135, /* CT: Truncated or invalid header */
#if CILIUM_RELEASE < 11000
	DROP_CT_MISSING_ACK = 136, /* CT: Missing TCP ACK flag */
#else
	DROP_FRAG_NEEDED = 136, /* Fragmentation needed */
#endif
	DROP_CT_UNKNOWN_PROTO = 137, /* CT: Unknown L4 protocol */
	DROP_CT_CANT_CREATE = 138, /* CT: Can't create entry from packet */
	DROP_UNKNOWN_L3 = 139, /* Unsupported L3 protocol */
	DROP_MISSED_TAIL_CALL = 140, /* Missed tail call */
	DROP_WRITE_ERROR = 141, /* Error writing to packet */
	DROP_UNKNOWN_L4 = 142, /* Unknown L4 protocol */
	DROP_UNKNOWN_ICMP4_CODE = 143, /* Unknown ICMPv4 code */
	DROP_UNKNOWN_ICMP4_TYPE = 144, /* Unknown ICMPv4 type */
	DROP_UNKNOWN_ICMP6_CODE = 145, /* Unknown ICMPv6 code */
	DROP_UNKNOWN_ICMP6_TYPE = 146, /* Unknown ICMPv6 type */
	DROP_NO_TUNNEL_KEY = 147, /* Error retrieving tunnel key */
	DROP_NO_TUNNEL_OPT = 148, /* Error retrieving tunnel options */
	DROP_INVALID_GENEVE = 149, /* Invalid Geneve option */
	DROP_UNKNOWN_TARGET = 150, /* Unknown L3 target address */
#if CILIUM_RELEASE < 10600
	DROP_NON_LOCAL = 151, /* Not a local target address */
#else
	DROP_UNROUTABLE = 151, /* Stale or unroutable IP */
#endif
	DROP_NO_LXC = 152, /* No matching local container found */
	DROP_CSUM_L3 = 153, /* Error while correcting L3 checksum */
	DROP_CSUM_L4 = 154, /* Error while correcting L4 checksum */
	DROP_CT_CREATE_FAILED = 155, /* CT: Map insertion failed */
	DROP_INVALID_EXTHDR = 156, /* Invalid IPv6 extension header */
	DROP_FRAG_NOSUPPORT = 157, /* IP fragmentation not supported */
	DROP_NO_SERVICE = 158, /* Service backend not found */
#if CILIUM_RELEASE < 10700
	DROP_POLICY_L4 = 159, /* Policy denied (L4) */
#endif
	DROP_NO_TUNNEL_ENDPOINT = 160, /* No tunnel/encapsulation endpoint (datapath BUG!) */
#if CILIUM_RELEASE < 11200
	DROP_PROXYMAP_CREATE_FAILED = 161, /* Failed to insert into proxymap */
#else
	DROP_NAT_46X64_DISABLED = 161, /* NAT 46/64 not enabled */
#endif
#if CILIUM_RELEASE < 10700
	DROP_POLICY_CIDR = 162, /* Policy denied (CIDR) */
#endif
#if CILIUM_RELEASE >= 10900
	DROP_EDT_HORIZON = 162, /* Reached EDT rate-limiting drop horizon */
#endif
	DROP_UNKNOWN_CT = 163, /* Unknown connection tracking state */
	DROP_HOST_UNREACHABLE = 164, /* Local host is unreachable */
	DROP_NO_CONFIG = 165, /* No configuration available to perform policy decision */
	DROP_UNSUPPORTED_L2 = 166, /* Unsupported L2 protocol */
	DROP_NAT_NO_MAPPING = 167, /* No mapping for NAT masquerade */
	DROP_NAT_UNSUPP_PROTO = 168, /* Unsupported protocol for NAT masquerade */
#if CILIUM_RELEASE >= 10600
	DROP_NO_FIB = 169, /* FIB lookup failed */
#endif
#if CILIUM_RELEASE >= 10504
	DROP_ENCAP_PROHIBITED = 170, /* Encapsulation traffic is prohibited */
	DROP_INVALID_IDENTITY = 171, /* Invalid identity */
	DROP_UNKNOWN_SENDER = 172, /* Unknown sender */
#endif
#if CILIUM_RELEASE >= 10702
	DROP_NAT_NOT_NEEDED = 173, /* NAT not needed */
	DROP_IS_CLUSTER_IP = 174, /* Is a ClusterIP */
#endif
#if CILIUM_RELEASE >= 10800
	DROP_FRAG_NOT_FOUND = 175, /* First logical datagram fragment not found */
#endif
#if CILIUM_RELEASE >= 10801
	DROP_FORBIDDEN_ICMP6 = 176, /* Forbidden ICMPv6 message */
#endif
#if CILIUM_RELEASE >= 10803
	DROP_NOT_IN_SRC_RANGE = 177, /* Denied by LB src range check */
#endif
#if CILIUM_RELEASE >= 10900
	DROP_PROXY_LOOKUP_FAILED = 178, /* Socket lookup failed */
	DROP_PROXY_SET_FAILED = 179, /* Socket assign failed */
	DROP_PROXY_UNKNOWN_PROTO = 180, /* Proxy redirection not supported for protocol */
	DROP_POLICY_DENY = 181, /* Policy denied by denylist */
#endif
#if CILIUM_RELEASE >= 11100
	DROP_VLAN_FILTERED = 182, /* VLAN traffic disallowed by VLAN filter */
#endif
#if CILIUM_RELEASE >= 11200
	DROP_INVALID_VNI = 183, /* Incorrect VNI from VTEP */
	DROP_INVALID_TC_BUFFER = 184, /* Failed to update or lookup TC buffer */
#endif
#if CILIUM_RELEASE >= 11300
	DROP_NO_SID = 185, /* No SID was found for the IP address */
	DROP_MISSING_SRV6_STATE = 186, /* SRv6 state was removed during tail call */
	DROP_NAT46 = 187, /* L3 translation from IPv4 to IPv6 failed (NAT46) */
	DROP_NAT64 = 188, /* L3 translation from IPv6 to IPv4 failed (NAT64) */
	DROP_POLICY_AUTH_REQUIRED = 189, /* Authentication required */
#endif
#if CILIUM_RELEASE >= 11400
	DROP_CT_NO_MAP_FOUND = 190, /* No conntrack map found */
	DROP_SNAT_NO_MAP_FOUND = 191, /* No nat map found */
	DROP_INVALID_CLUSTER_ID = 192, /* Invalid ClusterID */
	DROP_DSR_ENCAP_UNSUPP_PROTO = 193, /* Unsupported packet protocol for DSR encapsulation */
	DROP_NO_EGRESS_GATEWAY = 194, /* No egress gateway found */
	DROP_UNENCRYPTED_TRAFFIC = 195, /* Traffic is unencrypted */
#endif
#if CILIUM_RELEASE >= 11500
	DROP_TTL_EXCEEDED = 196, /* TTL exceeded */
#endif
#if CILIUM_RELEASE >= 11213 && CILIUM_RELEASE < 11300
	DROP_NO_NODE_ID = 197, /* No node ID found */
#endif
#if CILIUM_RELEASE >= 11500
	DROP_NO_NODE_ID = 197, /* No node ID found */
	DROP_RATE_LIMITED = 198, /* Rate limited */
#endif
#if CILIUM_RELEASE >= 11519
	DROP_IGMP_HANDLED = 199, /* IGMP handled */
	DROP_IGMP_SUBSCRIBED = 200, /* IGMP subscribed */
	DROP_MULTICAST_HANDLED = 201, /* Multicast handled */
#endif
#if CILIUM_RELEASE >= 11502
	DROP_HOST_NOT_READY = 202, /* Host datapath not ready */
#endif
#if CILIUM_RELEASE >= 11519
	DROP_EP_NOT_READY = 203, /* Endpoint policy program not available */
#endif
#if CILIUM_RELEASE >= 11602
	DROP_NO_EGRESS_IP = 204, /* No Egress IP configured */
#endif
#if CILIUM_RELEASE >= 11800
	DROP_PUNT_PROXY = 205, /* Punt to proxy */
#endif
#if CILIUM_RELEASE >= 12002
	DROP_NO_DEVICE = 206, /* No device */
	DROP_FRAG_NOT_FOUND_WORLD = 207, /* First logical datagram fragment not found from world */
#endif
};

#endif /* __CILIUM_DROP_REASON_H */
