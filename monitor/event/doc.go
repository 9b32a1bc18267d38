// SPDX-License-Identifier: Apache-2.0

// Package event defines what sources, decoders, filters and sinks exchange: an [Event], which is one message of a
// datapath, a kernel or an agent, or a number of lost messages.
//
// A source fills in where and when an event happened and its raw bytes. A [Decoder] adds the decoded [Message]. Filters
// and sinks read all of it. The packet that a message is about is parsed when it is first needed.
//
// An Event belongs to its caller and is reused: the next event overwrites it, its message and its packet. To keep
// something for longer, copy it.
//
// What a message contains is described once, in its C header. The generator turns that into a table of [Field] values and
// accessors (lockstep.yaml: describe), and JSON, filters, documentation and other outputs walk the table.
package event
