// SPDX-License-Identifier: Apache-2.0

// Package pcapng reads the pcapng files that sink/pcapng writes: every event, with the bytes of its message, as it was
// written. Packets that another program added are counted and passed over: they belong to no message.
//
// The reader trusts nothing that it reads. It takes memory only as bytes arrive, at most 16 MiB for a block, 64 MiB for a
// message, and a fixed number of hosts and names of interfaces.
package pcapng
