// SPDX-License-Identifier: Apache-2.0

// Package packet reads the headers of a network packet as typed values: addresses as netip.Addr, ports and protocol
// numbers as integers, TCP flags, VLAN tags, fragments, and the packets inside of tunnels.
//
// A [Packet] is lazy: Reset only stores the bytes, and the first accessor parses them. It is reused from packet to
// packet, allocates nothing, and refers to the bytes it was given, which must not change while it is in use.
//
// It reads what is there. Where a capture ends behind the ports, the packet has ports; what is missing is reported as
// not known, never as zero. All multi-byte numbers of a packet are in network byte order and are returned in host order.
package packet
