// SPDX-License-Identifier: Apache-2.0

// Package gobplan decodes gob streams that hold one value, fast.
//
// A sender that opens a new gob stream for every record repeats the type definitions in front of each, byte for byte.
// encoding/gob takes them apart and compiles a decoder every time, which costs twenty times what the value costs. A
// [Decoder] compiles the definitions into a plan once, keeps the plan beside the bytes that it came from, and runs it
// for every stream that opens with the same bytes. Other definitions make another plan, so that nothing is taken for
// granted about a sender: only a stream with definitions seen before is fast.
//
// A Decoder gives what gob.Decoder gives for the first value of a stream, or fails where that fails, with these
// exceptions:
//
//   - Interface values are an error, in the stream and in T. What they hold is for the sender to choose.
//   - A map or a slice that announces more elements than there are bytes left is an error before anything is made for
//     it. (encoding/gob makes room for the elements of a map that are announced, however many.)
//   - Values nested deeper than 1000 are an error, so that no stream exhausts the stack.
//   - So are more than 64 KiB of type definitions. (Those of an access log are 1121 bytes.)
//   - T keeps nothing of what it held before: fields that the stream does not mention are zero.
//
// Memory is in proportion to the length of the stream. The package does not use unsafe.
package gobplan
