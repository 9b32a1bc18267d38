// SPDX-License-Identifier: Apache-2.0

package reference

import "strings"

// StricterThanGob reports whether the reason for which package gobplan refuses a stream is one of those that it documents
// as exceptions from encoding/gob, which may take the stream, and any amount of memory for it.
func StricterThanGob(reason string) bool {
	for _, s := range []string{"elements, with", "interface values", "nested more than", "cannot be decoded",
		"bytes of definitions"} {
		if strings.Contains(reason, s) {
			return true
		}
	}
	return false
}
