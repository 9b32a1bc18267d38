// SPDX-License-Identifier: Apache-2.0

package payload

import (
	"errors"
	"fmt"
	"io"
)

// TruncatedError reports that a stream ended inside a message. All messages before Start were whole.
type TruncatedError struct {
	Start int64 // offset of the first byte of the message that is not whole
	End   int64 // offset at which the stream ends
}

// Error tells at which byte the stream broke off, and where the unfinished message begins.
func (e *TruncatedError) Error() string {
	return fmt.Sprintf("cut off at byte %d, in the message that begins at byte %d", e.End, e.Start)
}

// Unwrap returns io.ErrUnexpectedEOF.
func (e *TruncatedError) Unwrap() error { return io.ErrUnexpectedEOF }

// CorruptError reports that a message cannot be decoded.
type CorruptError struct {
	Offset int64 // offset of the first byte of the message in its stream; -1 where it is not known
	Err    error // what is wrong
}

// Error tells where the stream is corrupt and why.
func (e *CorruptError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("corrupt message: %v", e.Err)
	}
	return fmt.Sprintf("corrupt message at byte %d: %v", e.Offset, e.Err)
}

// Unwrap returns what is wrong.
func (e *CorruptError) Unwrap() error { return e.Err }

// SizeError reports that a payload is larger than MaxSize.
type SizeError struct {
	Size uint64 // its size in bytes, as far as it is known: what the stream says, or what was given
}

// Error tells the size and the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("payload of %d bytes is over the limit of %d", e.Size, MaxSize)
}

// Causes of a CorruptError.
var (
	errEmptyMessage = errors.New("message of no bytes")
	errLength       = errors.New("malformed message length")
	errTypeID       = errors.New("malformed type id")
	errTrailing     = errors.New("bytes after the payload")
	errNoPayload    = errors.New("no payload in the message")
)

// isStreamError reports whether err is one of the errors that a feed gave to a gob.Decoder, which hands them on
// as they are.
func isStreamError(err error) bool {
	var truncated *TruncatedError
	var corrupt *CorruptError
	return errors.As(err, &truncated) || errors.As(err, &corrupt)
}
