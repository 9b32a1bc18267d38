// SPDX-License-Identifier: Apache-2.0

package event

import (
	"errors"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Kind says what an event is, with the numbers of Linux's enum perf_event_type.
type Kind int

// The kinds. A source passes on other numbers as it finds them: they are counted and not printed.
const (
	Lost   Kind = 2 // a number of events that were lost
	Sample Kind = 9 // a message
)

// UnknownCPU is the CPU of an event whose source does not say which it was.
const UnknownCPU = -1

// Event is one message, or a number of lost ones. The zero value is ready for a source.
type Event struct {
	// Time is when the event happened, in nanoseconds since 1970-01-01 UTC. It is 0 where that is not known.
	Time int64
	// CPU is the number of the CPU that sent the event, or UnknownCPU.
	CPU int
	// Kind says what the event is.
	Kind Kind
	// Lost is how many events were lost. It is 0 in a sample.
	Lost uint64
	// Raw holds the bytes of a sample as they were sent; its first byte is the message type. It is empty in a
	// loss. The memory is the event's: sources reuse it, or replace it with larger memory.
	Raw []byte
	// Host is the host that sent the event. It is nil for this host.
	Host *Host

	// Msg is the decoded message. It is nil in a loss, before a Decoder has seen the event, where the message type
	// is not known, and where Err is set. It is valid until the decoder decodes the next event.
	Msg Message
	// Err says why Raw cannot be decoded.
	Err error

	packet packet.Packet
	parsed bool // packet belongs to Msg
}

// Reset clears the event and keeps the memory of Raw.
func (e *Event) Reset() {
	e.Time, e.CPU, e.Kind, e.Lost, e.Raw, e.Host = 0, 0, 0, 0, e.Raw[:0], nil
	e.SetMessage(nil, nil)
}

// SetMessage sets the decoded message and the decoding error. Decoders call it.
func (e *Event) SetMessage(m Message, err error) {
	e.Msg, e.Err, e.parsed = m, err, false
}

// Packet returns the packet that the event is about, or nil if it is about none. It is valid until the next event.
func (e *Event) Packet() *packet.Packet {
	if e.Msg == nil {
		return nil
	}
	if !e.parsed {
		c := e.Msg.Capture()
		e.packet.Reset(c.Of(e.Raw), c.Link)
		e.parsed = true
	}
	if len(e.packet.Data()) == 0 {
		return nil
	}
	return &e.packet
}

// Dated is a Message that holds the time at which it was written.
type Dated interface {
	// Occurred returns that time in nanoseconds since 1970-01-01 UTC, and whether there is one.
	Occurred() (int64, bool)
}

// Nanos returns when the event happened, in nanoseconds since 1970-01-01 UTC: what the message says if it is [Dated], else
// Time. It is 0 if that is not known.
func (e *Event) Nanos() int64 {
	if d, ok := e.Msg.(Dated); ok {
		if t, ok := d.Occurred(); ok {
			return t
		}
	}
	return e.Time
}

// When returns Nanos as a time.Time, and whether it is known.
func (e *Event) When() (time.Time, bool) {
	ns := e.Nanos()
	if ns == 0 {
		return time.Time{}, false
	}
	return time.Unix(0, ns), true
}

// Decoder decodes messages of one wire format.
type Decoder interface {
	// Decode sets the message, or the error, of a sample from its Raw bytes. Both stay nil for a message type that
	// the decoder does not know, and for what is not a sample. The message is the decoder's: it is valid until
	// the next call. A Decoder is for one goroutine at a time.
	Decode(e *Event)
}

// Decoders decodes the messages of several wire formats, whose message types differ: a message is the first decoder's that
// knows its type.
type Decoders []Decoder

// Decode sets the message, or the error, that the first decoder sets which does.
func (all Decoders) Decode(e *Event) {
	for _, d := range all {
		if d.Decode(e); e.Msg != nil || e.Err != nil {
			return
		}
	}
}

// ErrEmpty reports that a sample has no bytes, not even a type.
var ErrEmpty = errors.New("empty message")
