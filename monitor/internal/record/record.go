// SPDX-License-Identifier: Apache-2.0

// Package record decodes the records of the agent: gob streams of one value each.
package record

import (
	"bytes"
	"encoding/gob"
	"fmt"
)

// MaxSize is the length in bytes up to which a record is decoded. A record can unfold to some thirty times its length
// in memory, so this bounds what a sender can make a reader spend: to about 128 MiB.
const MaxSize = 4 << 20

// Decode decodes a record into v, a pointer to its zero value. What follows the value in data is ignored.
func Decode(data []byte, v any) error {
	if len(data) > MaxSize {
		return fmt.Errorf("record of %d bytes is over the limit of %d", len(data), MaxSize)
	}
	return gob.NewDecoder(bytes.NewReader(data)).Decode(v)
}
