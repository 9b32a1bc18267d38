// SPDX-License-Identifier: Apache-2.0

// Package text prints events, as lines of text or as JSON objects.
//
// It prints nothing that the event does not hold, and no control character. Each JSON object is one
// line.
package text

import (
	"io"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/batch"
	"github.com/lockstep-bpf/lockstep/monitor/internal/role"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Options say how to print. The zero value prints one line for each packet, without times.
type Options struct {
	event.Style
	// Time says how to print the time of an event as text. JSON has it in RFC 3339 whatever this says, but for
	// NoTime.
	Time TimeFormat
	// Seconds leaves the fraction of a second out of Clock.
	Seconds bool
	// Recorded prints no time of an event that came without one, also where its message holds one, as those of
	// access logs do: in a recording without times, lines with and without would mix.
	Recorded bool
	// Short leaves out of a line about a packet what says nothing: the flow's hash, identities, endpoints and interfaces
	// that are 0, and the words before others. It is for lines (event.Info).
	Short bool
	// Width is at most how many columns a line has if Short is set; what is longer ends with "...". 0 stands for any.
	Width int
	// Color prints drops and losses in colour, with the escape sequences of terminals. It has no effect on JSON.
	Color bool
}

// Sink prints events to a writer. Messages are gathered and written whole, never torn between two writes.
type Sink struct {
	out   batch.Writer
	opts  Options
	clock clock

	reasons role.Cache
	plain   bool // lines are those of the messages, but for their time
}

// New returns a sink that prints to w. The errors of w are returned as they are.
func New(w io.Writer, opts Options) *Sink {
	return &Sink{
		out:   batch.New(w),
		opts:  opts,
		clock: clock{format: opts.Time, seconds: opts.Seconds},
		plain: opts.Form == event.Info && !opts.Short && !opts.Color,
	}
}

// Event prints one event. It prints nothing for an event that has no line in the sink's form.
func (s *Sink) Event(e *event.Event) error {
	s.out.Bytes = s.Append(s.out.Bytes, e)
	return s.out.FlushFull()
}

// Flush writes what was gathered.
func (s *Sink) Flush() error { return s.out.Flush() }

// Append appends what Event prints.
func (s *Sink) Append(dst []byte, e *event.Event) []byte {
	if s.plain && e.Msg != nil && (s.opts.Time == NoTime || s.opts.Recorded && e.Time == 0) {
		return e.Msg.AppendEvent(dst, e, &s.opts.Style) // what the rest comes to, without the way there
	}
	if s.opts.Time == NoTime {
		return s.appendLine(appendSeparator(dst, e, &s.opts.Style), e, 0)
	}
	if s.opts.Form == event.JSON {
		return s.appendJSON(dst, e)
	}
	from := len(dst)
	dst = appendSeparator(dst, e, &s.opts.Style)
	ns := s.nanos(e)
	dst = s.clock.append(dst, ns)
	text := len(dst)
	if dst = s.appendLine(dst, e, len(dst)-from); len(dst) == text {
		return dst[:from]
	}
	s.clock.printed(ns)
	return dst
}

// appendLine appends the message of an event, short and in colour if that is asked for. The columns before it are taken.
func (s *Sink) appendLine(dst []byte, e *event.Event, taken int) []byte {
	from := len(dst)
	dst = appendMessage(dst, e, &s.opts.Style, &s.reasons)
	if s.opts.Short && s.opts.Form == event.Info {
		switch {
		case e.Packet() != nil:
			dst = shorten(dst, from)
		case e.Msg != nil && e.Msg.TypeName() == "l7":
			dst = shortenRequest(dst, from)
		}
		if s.opts.Width > 0 {
			dst = cut(dst, from, s.opts.Width-taken)
		}
	}
	if s.opts.Color && s.opts.Form != event.JSON {
		dst = s.colour(dst, from, e)
	}
	return dst
}

// nanos returns the time to print, 0 for none.
func (s *Sink) nanos(e *event.Event) int64 {
	if s.opts.Recorded && e.Time == 0 {
		return 0
	}
	return e.Nanos()
}

// appendJSON appends an object whose first field is the time, where that is known.
func (s *Sink) appendJSON(dst []byte, e *event.Event) []byte {
	from := len(dst)
	if ns := s.nanos(e); ns != 0 {
		dst = append(s.clock.appendUTC(append(dst, `{"time":"`...), ns), '"')
	}
	object := len(dst)
	dst = appendMessage(dst, e, &s.opts.Style, &s.reasons)
	switch {
	case len(dst) == object:
		return dst[:from]
	case object > from:
		dst[object] = ',' // in place of the brace, which stands before the time
	}
	return dst
}

// AppendEvent appends an event in a style, without its time. It appends nothing for one that has no line in it, and for what
// is neither a sample nor a loss.
func AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	return appendMessage(appendSeparator(dst, e, s), e, s, nil)
}

// appendSeparator appends the line before a packet whose headers are printed.
func appendSeparator(dst []byte, e *event.Event, s *event.Style) []byte {
	if s.Form != event.Debug && s.Form != event.Verbose || e.Msg == nil || e.Msg.Capture().Offset == 0 {
		return dst
	}
	if m, ok := e.Msg.(event.Separated); ok && !m.Separated(s) {
		return dst
	}
	return append(dst, text.Separator...)
}

// appendDissection appends what the printed headers of a packet do not say.
func appendDissection(dst []byte, e *event.Event, s *event.Style) []byte {
	if s.Dissect == nil || s.Form != event.Verbose || s.Hex {
		return dst
	}
	if p := e.Packet(); p != nil {
		return s.Dissect(dst, p)
	}
	return dst
}

// appendMessage appends the message, the loss or the error of an event.
func appendMessage(dst []byte, e *event.Event, s *event.Style, reasons *role.Cache) []byte {
	if e.Msg != nil {
		from := len(dst)
		dst = e.Msg.AppendEvent(dst, e, s)
		if s.Facts && s.Form == event.JSON {
			dst = appendFacts(dst, from, e, reasons)
		}
		return appendDissection(dst, e, s)
	}
	if m, ok := e.Err.(event.Printer); ok && e.Kind == event.Sample {
		return m.AppendEvent(dst, e, s)
	}
	json := s.Form == event.JSON
	switch {
	case e.Kind == event.Lost && json:
		return text.AppendLostJSON(dst, e.CPU, e.Lost)
	case e.Kind == event.Lost:
		return text.AppendLost(dst, e.CPU, e.Lost)
	case e.Kind != event.Sample:
		return dst
	case e.Err != nil && json:
		return text.AppendErrorJSON(dst, e.CPU, e.Err)
	case e.Err != nil:
		return text.AppendError(dst, e.CPU, e.Err)
	case len(e.Raw) == 0:
		return dst // not decoded
	case json:
		return text.AppendUnknownJSON(dst, e.CPU, e.Raw)
	}
	return text.AppendUnknown(dst, e.CPU, e.Raw)
}
