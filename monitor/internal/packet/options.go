// SPDX-License-Identifier: Apache-2.0

package packet

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Options of one byte, the same in IPv4 and TCP. All others carry their length in the second byte.
const (
	optEnd = 0 // no option follows, what does is padding
	optNop = 1
)

// appendOptions appends the options of a checked IPv4 or TCP header, and the padding behind them.
func appendOptions(dst, opts []byte, k Kind) []byte {
	count, padding := countOptions(opts)
	dst = append(dst, " Options="...)
	if count > maxElements {
		dst = appendCount(dst, count)
	} else {
		dst = append(dst, '[')
		for i := range count {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			n := optionLength(opts)
			dst = appendOption(dst, opts[:n], k)
			opts = opts[n:]
		}
		dst = append(dst, ']')
	}
	return appendSlice(append(dst, " Padding="...), padding)
}

// appendOption appends an option. A function to call in its place would make the callers' buffers escape to the heap.
func appendOption(dst, opt []byte, k Kind) []byte {
	if k == TCP {
		return appendTCPOption(dst, opt)
	}
	return appendIPv4Option(dst, opt)
}

// countOptions returns the number of options, the end marker included, and what follows the marker.
func countOptions(opts []byte) (count int, padding []byte) {
	for len(opts) > 0 {
		count++
		if opts[0] == optEnd {
			return count, opts[1:]
		}
		opts = opts[optionLength(opts):]
	}
	return count, nil
}

// optionLength returns the length in bytes of the option that opens checked options.
func optionLength(opts []byte) int {
	if opts[0] <= optNop {
		return 1
	}
	return int(opts[1])
}

// wholeOptions returns the options of a checked TCP header that was cut off, without the one that is not all there.
func wholeOptions(opts []byte) []byte {
	for at := 0; at < len(opts); {
		if opts[at] == optEnd {
			break
		}
		if opts[at] != optNop && (at+1 == len(opts) || at+int(opts[at+1]) > len(opts)) {
			return opts[:at]
		}
		at += optionLength(opts[at:])
	}
	return opts
}

// optionData returns what an option carries behind type and length.
func optionData(opt []byte) []byte { return opt[min(2, len(opt)):] }

func appendIPv4Option(dst, opt []byte) []byte {
	dst = text.AppendUint(append(dst, "IPv4Option("...), uint64(opt[0]))
	return append(appendBytes(append(dst, ':'), optionData(opt), " "), ')')
}

// TCP options whose content is printed as numbers.
const (
	tcpMSS        = 2
	tcpTimestamps = 8
)

func appendTCPOption(dst, opt []byte) []byte {
	data := optionData(opt)
	dst = append(appendTCPOptionName(append(dst, "TCPOption("...), opt[0]), ':')
	switch {
	case opt[0] == tcpMSS && len(data) >= 2:
		dst = appendField(dst, "", uint32(binary.BigEndian.Uint16(data)))
	case opt[0] == tcpTimestamps && len(data) == 8:
		dst = appendField(dst, "", binary.BigEndian.Uint32(data))
		dst = appendField(dst, "/", binary.BigEndian.Uint32(data[4:]))
	}
	if len(data) > 0 {
		dst = text.AppendHex(append(dst, " 0x"...), data)
	}
	return append(dst, ')')
}

func appendTCPOptionName(dst []byte, kind byte) []byte {
	if int(kind) < len(tcpOptionNames) {
		return append(dst, tcpOptionNames[kind]...)
	}
	return append(text.AppendUint(append(dst, "Unknown("...), uint64(kind)), ')')
}

var tcpOptionNames = [...]string{
	"EndList", "NOP", "MSS", "WindowScale", "SACKPermitted", "SACK", "Echo", "EchoReply", "Timestamps",
	"PartialOrderConnectionPermitted", "PartialOrderServiceProfile", "CC", "CCNew", "CCEcho", "AltChecksum",
	"AltChecksumData",
}
