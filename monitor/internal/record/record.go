// SPDX-License-Identifier: Apache-2.0

// Package record decodes the messages of the agent: a type byte, then a gob stream of one value.
package record

import (
	"errors"
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/internal/gobplan"
)

// MaxSize is the length in bytes up to which a message is decoded. A record can unfold to some thirty times its length
// in memory, so this bounds what a sender can make a reader spend: to about 128 MiB.
const MaxSize = 4 << 20

// errNoData tells that a message has no bytes, not even a type.
var errNoData = errors.New("no data")

// Decoder decodes messages whose value is a T. It remembers the type definitions that senders repeat in front of each
// value, in bounded memory, and nothing of the values. The zero value is ready for use; it must not be copied. It is
// safe for concurrent use.
type Decoder[T any] struct {
	plans gobplan.Decoder[T]
}

// Decode decodes a message, its type byte included, and sets all of into: to the zero value if it fails. What follows
// the value is ignored. Nothing in into refers to message.
func (d *Decoder[T]) Decode(message []byte, into *T) error {
	if len(message) == 0 || len(message) > MaxSize {
		var zero T
		*into = zero
	}
	if len(message) == 0 {
		return errNoData
	}
	if len(message) > MaxSize {
		return fmt.Errorf("%d bytes are over the limit of %d", len(message), MaxSize)
	}
	return d.plans.Decode(message[1:], into)
}
