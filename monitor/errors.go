// SPDX-License-Identifier: Apache-2.0

package monitor

import "github.com/lockstep-bpf/lockstep/monitor/internal/text"

// AppendError appends a line of text about a message that could not be decoded: the CPU, "Error:" and the error.
func AppendError(dst []byte, err error, o Options) []byte {
	start := len(dst)
	if dst = o.appendPrefix(dst); len(dst) > start {
		dst = append(dst, ' ')
	}
	return append(text.AppendEscaped(append(dst, "Error: "...), err.Error()), '\n')
}

// AppendErrorJSON appends a line with a JSON object about a message that could not be decoded: cpu, type "error" and
// message.
func AppendErrorJSON(dst []byte, err error, o Options) []byte {
	dst = text.AppendStringField(o.appendPrefixField(append(dst, '{')), "type", "error")
	return append(text.AppendJSONString(text.AppendKey(dst, "message"), err.Error()), "}\n"...)
}
