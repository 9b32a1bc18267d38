// SPDX-License-Identifier: Apache-2.0

// Package pcapng writes events as a pcapng file, which Wireshark opens and source/pcapng reads back without losing a byte.
//
// An event about a packet is an enhanced packet block: the packet, the time in nanoseconds, a comment with the line that
// bpfmon prints for it, the CPU as queue, the direction, for a drop the verdict TC_ACT_SHOT, and how many events were lost
// since the packet before. Each place where packets were seen, a device or an observation point, is an interface with a
// name and a description. The bytes of the message around the packet are in an option of their own; events without a
// packet, and losses, are blocks of their own. Other programs skip both. What editcap, mergecap or Wireshark write from such
// a file still has the events that are about packets; the others and the names of interfaces are gone.
//
// An event whose time is not known has the time 0 in the file, which Wireshark shows as 1970; bpfmon prints none.
package pcapng
