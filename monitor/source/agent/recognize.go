// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bytes"
	"errors"
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// sizeLen is the size of the field Size at the start of an encoded payload.Meta; the rest is zero.
const sizeLen = 4

// recognize waits for the first bytes of a connection and returns a reader of the protocol they are of.
//
// Protocol 1.0 starts with a payload.Meta, of which all but the first four bytes are zero; protocol 1.2 with
// the definition of a type, which has a name there. What is neither is left to the reader for 1.2 to refuse.
// As soon as the bytes tell, no more of them are waited for.
func recognize(conn io.Reader) (stream, error) {
	head := make([]byte, 0, payload.MetaLen)
	for len(head) < payload.MetaLen {
		n, err := conn.Read(head[len(head):payload.MetaLen])
		head = head[:len(head)+n]
		if len(head) == 0 && err != nil {
			return nil, err
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err != nil || !zeroFrom(head, sizeLen) {
			return payload.NewReader(io.MultiReader(bytes.NewReader(head), conn)), nil
		}
	}
	return payload.NewMetaReader(io.MultiReader(bytes.NewReader(head), conn)), nil
}

// zeroFrom reports whether all bytes of b from index i are zero.
func zeroFrom(b []byte, i int) bool {
	for ; i < len(b); i++ {
		if b[i] != 0 {
			return false
		}
	}
	return true
}
