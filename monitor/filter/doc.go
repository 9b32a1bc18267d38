// SPDX-License-Identifier: Apache-2.0

// Package filter compiles expressions such as
//
//	type drop and (port 5432 or src net 10.0.0.0/8)
//
// to functions that say whether an event matches. The language has tcpdump's words where tcpdump has them, words for what
// only events have (type, reason, endpoint, identity, iface, time), and the name of every field of every message, with =, !=,
// <, <=, >, >=, ranges and sets. [Help] and [Markdown] describe it from the tables that the parser reads.
//
// What fields there are, what they are called and which values have names comes from the field tables of the messages in
// a [Schema], so a message that a wire format adds can be filtered without a change here.
//
// An expression is compiled once for each message type, with everything folded that the type alone decides. So a filter
// that asks for drops rejects a trace by its first byte. Matching allocates nothing.
//
// Lost events always match: a filter never hides a loss.
package filter
