// SPDX-License-Identifier: Apache-2.0

package text

import "strconv"

// AppendCPU appends the prefix that names a CPU, such as "CPU 07:".
func AppendCPU(dst []byte, cpu int) []byte {
	dst = append(dst, "CPU "...)
	if 0 <= cpu && cpu < 10 {
		dst = append(dst, '0')
	}
	return append(strconv.AppendInt(dst, int64(cpu), 10), ':')
}

// AppendCPUField appends the prefix that names a CPU as the field cpu of a JSON object.
func AppendCPUField(dst []byte, cpu int) []byte {
	return append(AppendCPU(append(AppendKey(dst, "cpu"), '"'), cpu), '"')
}

// AppendError appends a line about a message that could not be decoded.
func AppendError(dst []byte, cpu int, err error) []byte {
	dst = append(AppendCPU(dst, cpu), " Error: "...)
	return append(AppendEscaped(dst, err.Error()), '\n')
}

// AppendErrorJSON appends AppendError as a JSON object: cpu, type "error" and message.
func AppendErrorJSON(dst []byte, cpu int, err error) []byte {
	dst = AppendStringField(AppendCPUField(append(dst, '{'), cpu), "type", "error")
	return append(AppendJSONString(AppendKey(dst, "message"), err.Error()), "}\n"...)
}

// AppendLost appends a line that says how many messages of a CPU were lost.
func AppendLost(dst []byte, cpu int, lost uint64) []byte {
	dst = append(AppendCPU(dst, cpu), " Lost "...)
	return append(strconv.AppendUint(dst, lost, 10), " events\n"...)
}

// AppendLostJSON appends AppendLost as a JSON object: cpu, type "lost" and lost.
func AppendLostJSON(dst []byte, cpu int, lost uint64) []byte {
	dst = AppendStringField(AppendCPUField(append(dst, '{'), cpu), "type", "lost")
	return append(AppendUintField(dst, "lost", lost), "}\n"...)
}

// AppendUnknown appends a line with the bytes of a message whose type is not known.
func AppendUnknown(dst []byte, cpu int, data []byte) []byte {
	dst = append(AppendCPU(dst, cpu), " Unknown event: ["...)
	for i, b := range data {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = strconv.AppendUint(dst, uint64(b), 10)
	}
	return append(dst, "]\n"...)
}

// AppendUnknownJSON appends AppendUnknown as a JSON object: cpu, type "unknown", code and data, the bytes in hex. The
// message has at least one byte.
func AppendUnknownJSON(dst []byte, cpu int, data []byte) []byte {
	dst = AppendStringField(AppendCPUField(append(dst, '{'), cpu), "type", "unknown")
	dst = AppendUintField(dst, "code", uint64(data[0]))
	return append(AppendHex(append(dst, `,"data":"`...), data), "\"}\n"...)
}

// Separator stands before each packet whose headers are printed.
const Separator = "------------------------------------------------------------------------------\n"
