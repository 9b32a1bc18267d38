// SPDX-License-Identifier: Apache-2.0

// Package monitor decodes the notifications of a BPF datapath and prints them: dropped and forwarded packets, packets
// captured on the way, debug messages, and the access log of the proxies.
//
// # Messages
//
// A message is a struct of fixed size, whose first byte is its type (see package api), followed by the first bytes of
// the packet that it is about. [DropNotify], [TraceNotify], [DebugCapture] and [DebugMsg] are those structs. Their
// Decode methods read a message in the byte order of this host and DecodeOrder in any other; both set every field, take
// longer data, and return a [ShortError] for shorter. Integers in the packet are in network byte order. The access log
// is the agent's: its [LogRecordNotify] travels as gob.
//
// # Printing
//
// For each message there is text of one line (Info), text with the packet taken apart (Verbose), and a line with a JSON
// object (JSON). The Append methods append it to a byte slice and return the extended slice, as append does; they
// keep neither the slice nor the data, share nothing that can be written, and may be called from any number of
// goroutines. [Options] say what a message does not: the CPU it came from, and the [Host] that sent it. The Dump
// methods and functions print the same to standard output, in one write each; they look interfaces up on this host.
// Package format has a formatter on top, which decodes and filters too.
//
// No input makes the package panic, and none makes it print what is not in it: packet bytes end where the message says
// that the capture ended, and text that came over the network or from the agent is escaped where it could move a
// terminal's cursor or forge a line.
//
// The constants and names are generated from the datapath's headers. The texts are those of Cilium v1.5.3's package of
// this name.
package monitor
