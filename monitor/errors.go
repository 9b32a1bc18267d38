// SPDX-License-Identifier: Apache-2.0

package monitor

import "github.com/lockstep-bpf/lockstep/monitor/internal/text"

// appendErrorJSON appends a line with a JSON object about a message that has no JSON form: cpu, type "error" and message.
func appendErrorJSON(dst []byte, err error, o Options) []byte {
	dst = text.AppendStringField(o.appendPrefixField(append(dst, '{')), "type", "error")
	return append(text.AppendJSONString(text.AppendKey(dst, "message"), err.Error()), "}\n"...)
}
