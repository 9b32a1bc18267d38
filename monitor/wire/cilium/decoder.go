// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/template"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Decoder decodes the messages of one release of Cilium. It keeps one message of each type and reuses it: nothing is
// allocated but for what an agent sends. It is for one goroutine at a time.
//
// Make one with [NewDecoder]: the zero value has no release.
type Decoder struct {
	// Warn, if not nil, is called once for each kind of bytes that the release cannot have sent.
	Warn func(text string)

	warned  map[contradiction]bool
	release *release
	drop    Drop
	trace   Trace
	debug   Debug
	capture Capture
	verdict Verdict
	sock    TraceSock
	record  Recorder
	agent   Agent
	log     Log
}

var _ event.Decoder = (*Decoder)(nil)

// release is what there is to know of a release.
type release struct {
	number
	sent
	Release
	name    string    // as it was asked for
	has     [256]bool // which types of messages it has
	unnamed bool      // nobody asked for it

	debugTexts, captureTexts, captureLines []template.Text

	drop, trace, debug, capture, verdict, sock, record, agent []event.Field
}

// NewDecoder returns a decoder for a release, such as "1.16" or "1.8.2"; see [ParseRelease].
func NewDecoder(name string) (*Decoder, error) {
	n, err := parseNumber(name)
	if err != nil {
		return nil, err
	}
	r := &release{number: n, sent: n.sends(), Release: n.release(), name: name}
	r.debugTexts, r.captureTexts, r.captureLines = debugTextsIn(r.Release), captureTextsIn(r.Release), captureLinesIn(r.Release)
	for kind := range r.has {
		_, r.has[kind] = MessageType(kind).NameIn(r.Release)
	}
	r.describe()
	d := &Decoder{release: r, warned: map[contradiction]bool{}}
	d.drop.release, d.trace.release, d.debug.release, d.capture.release = r, r, r, r
	d.verdict.release, d.sock.release, d.record.release, d.agent.release, d.log.release = r, r, r, r, r
	return d, nil
}

// Messages returns one message of each type that the decoder knows, to read their field tables.
func (d *Decoder) Messages() []event.Message {
	return []event.Message{&d.drop, &d.debug, &d.capture, &d.trace, &d.verdict, &d.record, &d.sock, &d.log, &d.agent}
}

// Decode sets the message of a sample, in the byte order of the event's host, or an error.
func (d *Decoder) Decode(e *event.Event) {
	e.SetMessage(nil, nil)
	if e.Kind != event.Sample {
		return
	}
	if len(e.Raw) == 0 {
		e.SetMessage(nil, event.ErrEmpty)
		return
	}
	order := e.Host.ByteOrder()
	kind := e.Raw[0]
	if !d.release.has[kind] {
		d.missing(kind)
		return
	}
	switch kind {
	case TypeDrop:
		set(e, &d.drop, d.decodeDrop(e.Raw, order))
	case TypeTrace:
		set(e, &d.trace, d.decodeTrace(e.Raw, order))
	case TypeDbgMsg:
		set(e, &d.debug, d.decodeDebug(e.Raw, order))
	case TypeDbgCapture:
		set(e, &d.capture, d.decodeCapture(e.Raw, order))
	case TypeL7:
		set(e, &d.log, d.log.decode(e.Raw))
	case TypeAgent:
		set(e, &d.agent, d.agent.decode(e.Raw))
	case TypePolicyVerdict:
		set(e, &d.verdict, d.decodeVerdict(e.Raw, order))
	case TypeTraceSock:
		set(e, &d.sock, d.decodeSock(e.Raw, order))
	case typeRecorder:
		set(e, &d.record, d.decodeRecord(e.Raw, order))
	}
}

// typeRecorder is the message type of the recorder, which the newest release does not have.
const typeRecorder = 6

// set sets a message, or the error about it.
func set[M event.Message](e *event.Event, m M, err error) {
	if err != nil {
		e.SetMessage(nil, &DecodeError{Type: e.Raw[0], Err: err})
		return
	}
	e.SetMessage(m, nil)
}

// DecodeError says why a message cannot be decoded.
type DecodeError struct {
	Type uint8 // the message's first byte
	Err  error
}

// Error names the type of the message.
func (e *DecodeError) Error() string { return fmt.Sprintf("message of type %d: %v", e.Type, e.Err) }

// Unwrap returns the reason.
func (e *DecodeError) Unwrap() error { return e.Err }

// AppendEvent appends a line about the error, or a JSON object.
func (e *DecodeError) AppendEvent(dst []byte, ev *event.Event, s *event.Style) []byte {
	if s.Form == event.JSON {
		return text.AppendErrorJSON(dst, ev.CPU, e)
	}
	dst = text.AppendUint(append(dst, "cannot decode message type '"...), uint64(e.Type))
	return append(text.AppendEscaped(append(dst, "': "...), e.Err.Error()), '\n')
}

// lengthError says that a message is shorter than its struct. Cilium writes the same.
type lengthError struct {
	name       string
	version    int // -1 where it does not matter
	atLeast    bool
	want, have int
}

func (e *lengthError) Error() string {
	what, least := e.name+" data length", ""
	if e.version >= 0 {
		what += fmt.Sprintf(" (version %d)", e.version)
	}
	if e.atLeast {
		least = "at least "
	}
	return fmt.Sprintf("unexpected %s, expected %s%d but got %d", what, least, e.want, e.have)
}

// UnknownVersionError says that a message has a version that is not known.
type UnknownVersionError struct {
	Kind    string // "drop" or "trace"
	Version uint16
}

// Error names both.
func (e *UnknownVersionError) Error() string {
	return fmt.Sprintf("Unrecognized %s event (version %d)", e.Kind, e.Version)
}
