/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* In the style of a flow exporter whose types are typedefs with tags, forced into the object's BTF. */
#ifndef TYPES_H
#define TYPES_H

#define IP_MAX_LEN 16
#define ETH_ALEN 6
#define TCP_FIN_FLAG 0x01
#define TCP_SYN_FLAG 0x02
#define TCP_RST_FLAG 0x04
#define TCP_ACK_FLAG 0x10

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

typedef enum direction_t {
	INGRESS,
	EGRESS,
	MAX_DIRECTION,
} direction;

typedef struct flow_id_t {
	u8 src_ip[IP_MAX_LEN];
	u16 src_port;
	u8 transport_protocol;
} flow_id;

typedef struct event_t {
	flow_id id;
	u64 bytes;
	u32 packets;
	direction direction;
	u8 flags; /* TCP_* */
	u8 errno;
	u16 eth_protocol;
	u8 decode;
} event;

static const struct event_t *unused_event __attribute__((unused));

#endif
