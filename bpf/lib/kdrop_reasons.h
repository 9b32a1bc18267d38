/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the reasons mean for which the kernel drops packets and resets connections, in our own words: the kernel's type
 * information has names only. The numbers are ours; the kernel's differ from version to version, so a reason is known by
 * its name: SKB_DROP_REASON_NO_SOCKET, SK_RST_REASON_NO_SOCKET and REASON_NO_SOCKET are the same.
 */
#ifndef __LIB_KDROP_REASONS_H
#define __LIB_KDROP_REASONS_H

enum kdrop_reason {
	REASON_NOT_SPECIFIED,            /* the kernel gives no reason: it may be no loss, see the function */
	REASON_NO_SOCKET,                /* no socket takes it: nothing listens on this address and port */
	REASON_SOCKET_CLOSE,             /* the socket was closed while data waited in it */
	REASON_SOCKET_FILTER,            /* a BPF filter on the socket rejected it */
	REASON_SOCKET_RCVBUFF,           /* the socket's receive buffer is full: the process reads too slowly */
	REASON_UNIX_DISCONNECT,          /* the peer of a Unix socket is gone */
	REASON_UNIX_SKIP_OOB,            /* out-of-band data of a Unix socket was skipped */
	REASON_PKT_TOO_SMALL,            /* shorter than the header that must be there */
	REASON_TCP_CSUM,                 /* wrong TCP checksum */
	REASON_UDP_CSUM,                 /* wrong UDP checksum */
	REASON_NETFILTER_DROP,           /* a rule of nftables, iptables or another netfilter hook dropped it */
	REASON_OTHERHOST,                /* the frame is for another MAC address, or of a VLAN that is not set up here */
	REASON_IP_CSUM,                  /* wrong checksum of the IPv4 header */
	REASON_IP_INHDR,                 /* malformed IP header, or the time to live is over */
	REASON_IP_RPFILTER,              /* reverse path filter (rp_filter): the route back to the source leaves by another device */
	REASON_UNICAST_IN_L2_MULTICAST,  /* unicast IP address in a broadcast or multicast frame */
	REASON_XFRM_POLICY,              /* IPsec policy forbids it */
	REASON_IP_NOPROTO,               /* no protocol of this number is known above IP */
	REASON_PROTO_MEM,                /* the protocol's memory limit is reached (net.ipv4.udp_mem, tcp_mem) */
	REASON_TCP_AUTH_HDR,             /* malformed TCP authentication option */
	REASON_TCP_MD5NOTFOUND,          /* the connection demands a TCP MD5 signature, and there is none */
	REASON_TCP_MD5UNEXPECTED,        /* TCP MD5 signature where the connection has none */
	REASON_TCP_MD5FAILURE,           /* wrong TCP MD5 signature */
	REASON_TCP_AONOTFOUND,           /* the connection demands TCP-AO, and the segment has none */
	REASON_TCP_AOUNEXPECTED,         /* TCP-AO option where the connection has none */
	REASON_TCP_AOKEYNOTFOUND,        /* no key of this id for TCP-AO */
	REASON_TCP_AOFAILURE,            /* wrong TCP-AO signature */
	REASON_SOCKET_BACKLOG,           /* the socket's backlog is full while the process holds its lock */
	REASON_TCP_FLAGS,                /* combination of TCP flags that the connection's state does not allow */
	REASON_TCP_ABORT_ON_DATA,        /* data came after the process had closed the connection */
	REASON_TCP_ZEROWINDOW,           /* data beyond a window that is closed */
	REASON_TCP_OLD_DATA,             /* TCP data that was received before: a retransmission that was not needed */
	REASON_TCP_OVERWINDOW,           /* TCP data beyond the receive window */
	REASON_TCP_OFOMERGE,             /* TCP data that the out-of-order queue already has */
	REASON_TCP_RFC7323_PAWS,         /* TCP timestamp older than the last one of the connection (PAWS) */
	REASON_TCP_RFC7323_PAWS_ACK,     /* old TCP timestamp on an acknowledgement that came out of order */
	REASON_TCP_RFC7323_TW_PAWS,      /* old TCP timestamp on a segment for a connection in TIME-WAIT */
	REASON_TCP_RFC7323_TSECR,        /* TCP timestamp echo that this side never sent */
	REASON_TCP_LISTEN_OVERFLOW,      /* the accept queue of the listening socket is full */
	REASON_TCP_OLD_SEQUENCE,         /* TCP sequence number before the window */
	REASON_TCP_INVALID_SEQUENCE,     /* TCP sequence number outside the window */
	REASON_TCP_INVALID_END_SEQUENCE, /* TCP segment that ends beyond the window */
	REASON_TCP_INVALID_ACK_SEQUENCE, /* acknowledges data in the wrong state or out of range */
	REASON_TCP_RESET,                /* TCP reset was received and ends the connection */
	REASON_TCP_INVALID_SYN,          /* SYN in the middle of a connection */
	REASON_TCP_CLOSE,                /* the connection is closed */
	REASON_TCP_FASTOPEN,             /* TCP Fast Open cookie or data was not accepted */
	REASON_TCP_OLD_ACK,              /* acknowledges what was acknowledged before */
	REASON_TCP_TOO_OLD_ACK,          /* acknowledgement too old for the window */
	REASON_TCP_ACK_UNSENT_DATA,      /* acknowledges data that was never sent */
	REASON_TCP_OFO_QUEUE_PRUNE,      /* removed from the out-of-order queue for lack of memory */
	REASON_TCP_OFO_DROP,             /* no room in the out-of-order queue */
	REASON_IP_OUTNOROUTES,           /* no route to the destination */
	REASON_BPF_CGROUP_EGRESS,        /* a BPF program of the control group rejected it on the way out */
	REASON_IPV6DISABLED,             /* IPv6 is switched off on the device */
	REASON_NEIGH_CREATEFAIL,         /* no entry can be made in the neighbour table (table full, or no memory) */
	REASON_NEIGH_FAILED,             /* the next hop does not answer ARP or neighbour discovery */
	REASON_NEIGH_QUEUEFULL,          /* too many packets wait for the next hop's MAC address */
	REASON_NEIGH_DEAD,               /* the neighbour entry was removed */
	REASON_NEIGH_HH_FILLFAIL,        /* the link-layer header cannot be made */
	REASON_TC_EGRESS,                /* a tc filter or BPF program dropped it on the way out */
	REASON_SECURITY_HOOK,            /* a security module (SELinux, AppArmor, BPF LSM) forbids it */
	REASON_QDISC_DROP,               /* the queueing discipline dropped it (queue full or shaped) */
	REASON_QDISC_OVERLIMIT,          /* the queueing discipline's limit is exceeded */
	REASON_QDISC_CONGESTED,          /* the queueing discipline dropped it to signal congestion (AQM) */
	REASON_CAKE_FLOOD,               /* cake found a flow that floods */
	REASON_FQ_BAND_LIMIT,            /* limit of a priority band of fq exceeded */
	REASON_FQ_HORIZON_LIMIT,         /* time to send too far ahead for fq */
	REASON_FQ_FLOW_LIMIT,            /* limit of packets of a flow of fq exceeded */
	REASON_CPU_BACKLOG,              /* the CPU's receive backlog is full (net.core.netdev_max_backlog) */
	REASON_XDP,                      /* an XDP program dropped it */
	REASON_TC_INGRESS,               /* a tc filter or BPF program dropped it on the way in */
	REASON_UNHANDLED_PROTO,          /* no handler for this EtherType */
	REASON_PTYPE_ABSENT,             /* no handler for this EtherType */
	REASON_SKB_CSUM,                 /* checksum cannot be computed */
	REASON_SKB_GSO_SEG,              /* a large packet cannot be split into segments */
	REASON_SKB_UCOPY_FAULT,          /* data cannot be copied from or to the process */
	REASON_DEV_HDR,                  /* the link-layer header cannot be made or read */
	REASON_DEV_READY,                /* the device is down or not ready */
	REASON_FULL_RING,                /* the device's ring is full */
	REASON_NOMEM,                    /* no memory */
	REASON_HDR_TRUNC,                /* headers cannot be read: the packet is truncated */
	REASON_TAP_FILTER,               /* a filter of the tap device rejected it */
	REASON_TAP_TXFILTER,             /* the tap device's address filter rejected it */
	REASON_ICMP_CSUM,                /* wrong ICMP checksum */
	REASON_INVALID_PROTO,            /* protocol that is not allowed here */
	REASON_IP_INADDRERRORS,          /* the destination is not an address of this host, which does not forward, or is not valid */
	REASON_IP_INNOROUTES,            /* no route to forward it */
	REASON_IP_LOCAL_SOURCE,          /* source address is one of this host's own: spoofed, or a loop */
	REASON_IP_INVALID_SOURCE,        /* source address that cannot be one, such as a multicast address (martian) */
	REASON_IP_LOCALNET,              /* address of 127.0.0.0/8 on a device that is not the loopback (martian) */
	REASON_IP_INVALID_DEST,          /* destination address that cannot be one (martian) */
	REASON_PKT_TOO_BIG,              /* larger than the MTU of the device or path */
	REASON_DUP_FRAG,                 /* the same fragment a second time */
	REASON_FRAG_REASM_TIMEOUT,       /* not all fragments came in time */
	REASON_FRAG_TOO_FAR,             /* fragments too far apart (net.ipv4.ipfrag_max_dist) */
	REASON_TCP_MINTTL,               /* TTL or hop limit below the minimum that the socket sets */
	REASON_IPV6_BAD_EXTHDR,          /* malformed IPv6 extension header */
	REASON_IPV6_NDISC_FRAG,          /* fragmented neighbour discovery message */
	REASON_IPV6_NDISC_HOP_LIMIT,     /* neighbour discovery message with a hop limit other than 255 */
	REASON_IPV6_NDISC_BAD_CODE,      /* neighbour discovery message with a wrong ICMPv6 code */
	REASON_IPV6_NDISC_BAD_OPTIONS,   /* malformed options of neighbour discovery */
	REASON_IPV6_NDISC_NS_OTHERHOST,  /* neighbour solicitation for another host */
	REASON_QUEUE_PURGE,              /* its queue was emptied before anybody read it: a socket was closed, or a device went down */
	REASON_TC_COOKIE_ERROR,          /* tc: error in an extension or a cookie */
	REASON_TC_ERROR,                 /* tc: error while a filter was run */
	REASON_PACKET_SOCK_ERROR,        /* a packet socket cannot take it */
	REASON_TC_CHAIN_NOTFOUND,        /* tc: the chain to go to does not exist */
	REASON_TC_RECLASSIFY_LOOP,       /* tc: filters send the packet round in circles */
	REASON_VXLAN_INVALID_HDR,        /* malformed VXLAN header */
	REASON_VXLAN_VNI_NOT_FOUND,      /* no VXLAN device for this network id (VNI) */
	REASON_VXLAN_NO_REMOTE,          /* VXLAN knows no remote end for this MAC address */
	REASON_MAC_INVALID_SOURCE,       /* source MAC address that cannot be one */
	REASON_VXLAN_ENTRY_EXISTS,       /* VXLAN: the MAC address has moved, and its entry may not change */
	REASON_NO_TX_TARGET,             /* no port or remote end to send it to */
	REASON_IP_TUNNEL_ECN,            /* congestion bits (ECN) of tunnel and inner packet contradict each other */
	REASON_TUNNEL_TXINFO,            /* no information where the tunnel shall send it */
	REASON_LOCAL_MAC,                /* source MAC address is this device's own: a loop, or a duplicate address */
	REASON_ARP_PVLAN_DISABLE,        /* ARP proxying in a private VLAN is switched off */
	REASON_MAC_IEEE_MAC_CONTROL,     /* frame of the link layer's own control, which bridges do not pass on */
	REASON_BRIDGE_INGRESS_STP_STATE, /* the bridge port is blocked by spanning tree */
	REASON_CAN_RX_INVALID_FRAME,     /* malformed CAN frame */
	REASON_CANFD_RX_INVALID_FRAME,   /* malformed CAN FD frame */
	REASON_CANXL_RX_INVALID_FRAME,   /* malformed CAN XL frame */
	REASON_PFMEMALLOC,               /* the host is out of memory, and the packet does not help to free any */
	REASON_DUALPI2_STEP_DROP,        /* dualpi2: the queue is over its step threshold */
	REASON_PSP_INPUT,                /* PSP security did not accept it on the way in */
	REASON_PSP_OUTPUT,               /* PSP security did not accept it on the way out */
	REASON_RECURSION_LIMIT,          /* devices stacked too deep, or a loop of devices */
	REASON_OVS_LAST_ACTION,          /* Open vSwitch: the flow's actions end without an output */
	REASON_OVS_ACTION_ERROR,         /* Open vSwitch: an action failed */
	REASON_OVS_EXPLICIT,             /* Open vSwitch: the flow says drop */
	REASON_OVS_EXPLICIT_WITH_ERROR,  /* Open vSwitch: the flow says drop because of an error */
	REASON_OVS_METER,                /* Open vSwitch: a meter's rate is exceeded */
	REASON_OVS_RECURSION_LIMIT,      /* Open vSwitch: actions nested too deep */
	REASON_OVS_DEFERRED_LIMIT,       /* Open vSwitch: too many deferred actions */
	REASON_OVS_FRAG_L2_TOO_LONG,     /* Open vSwitch: link-layer header too long to fragment */
	REASON_OVS_FRAG_INVALID_PROTO,   /* Open vSwitch: only IP can be fragmented */
	REASON_OVS_CONNTRACK,            /* Open vSwitch: connection tracking failed */
	REASON_OVS_IP_TTL,               /* Open vSwitch: TTL has run out */
	REASON_TCP_TIMEWAIT_SOCKET,      /* the connection is in TIME-WAIT */
	REASON_INVALID_SYN,              /* SYN in the middle of a connection */
	REASON_TCP_ABORT_ON_CLOSE,       /* the process closed the socket before it had read all data */
	REASON_TCP_ABORT_ON_LINGER,      /* the process closed the socket and asked for a reset (SO_LINGER) */
	REASON_TCP_ABORT_ON_MEMORY,      /* too many orphaned connections, or no memory for them */
	REASON_TCP_STATE,                /* the connection ends in a state that allows no orderly end */
	REASON_TCP_KEEPALIVE_TIMEOUT,    /* the peer does not answer keepalives */
	REASON_TCP_DISCONNECT_WITH_DATA, /* the process disconnected while data was not yet sent */
	REASON_MPTCP_RST_EUNSPEC,        /* Multipath TCP: no reason given */
	REASON_MPTCP_RST_EMPTCP,         /* Multipath TCP: protocol error */
	REASON_MPTCP_RST_ERESOURCE,      /* Multipath TCP: no resources for another subflow */
	REASON_MPTCP_RST_EPROHIBIT,      /* Multipath TCP: not allowed by policy */
	REASON_MPTCP_RST_EWQ2BIG,        /* Multipath TCP: too much data waits to be sent */
	REASON_MPTCP_RST_EBADPERF,       /* Multipath TCP: the subflow is too slow */
	REASON_MPTCP_RST_EMIDDLEBOX,     /* Multipath TCP: something on the way changes segments */
	REASON_ERROR,                    /* internal error */
};

#endif /* __LIB_KDROP_REASONS_H */
