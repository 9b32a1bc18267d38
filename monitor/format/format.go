// SPDX-License-Identifier: Apache-2.0

// Package format turns the messages of the datapath and the agent into lines: of text, or of JSON. It decodes, filters
// and prints; what the lines look like is package monitor's.
//
// # Output
//
// FormatSample, FormatEvent and LostEvent write each message to the formatter's Output, in one write. The Append
// methods append it to a byte slice instead, for programs that do their own writing: they return the extended slice, as
// append does. Text shows nothing that the message does not hold, and no control character. JSON is
// one valid object a line.
//
// # Bad input
//
// No sample makes the formatter panic. One that cannot be decoded, because it is too short or malformed, becomes one
// line that says so, in JSON an object with the type "error"; a message whose type is not known shows its bytes.
//
// # Concurrency
//
// A MonitorFormatter keeps no state from one message to the next. Its methods may be called from several goroutines
// while its fields are not changed, if its Output may be; standard output may, each message is one write.
package format

import (
	"io"
	"os"
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// Verbosity says how much is printed of a message.
type Verbosity uint8

// The levels of verbosity.
const (
	// INFO prints a line about each packet that was dropped or forwarded, and about captures at the ends of its way.
	INFO Verbosity = iota + 1
	// DEBUG prints debug messages too, and takes packets apart.
	DEBUG
	// VERBOSE prints what DEBUG prints.
	VERBOSE
	// JSON prints a JSON object for each message.
	JSON
)

// MonitorFormatter prints messages. The zero value prints all of them at INFO to standard output.
type MonitorFormatter struct {
	EventTypes api.MessageTypeFilter // message types to print; empty for all
	FromSource Uint16Flags           // endpoints that messages must come from; empty for all
	ToDst      Uint16Flags           // endpoints that packets must go to; empty for all
	Related    Uint16Flags           // endpoints that messages must come from or go to; empty for all
	Verbose    bool                  // print at VERBOSE if Verbosity says INFO
	Hex        bool                  // print packets as hex dumps where they would be taken apart
	JSONOutput bool                  // print at JSON, whatever Verbosity says
	Verbosity  Verbosity             // 0 stands for INFO

	// Output is where FormatSample, FormatEvent and LostEvent write to. Nil stands for standard output. Their errors
	// are lost, as the methods return none: a program that cares uses the Append methods and writes itself.
	Output io.Writer
	// Host is the host that sent the messages. Nil stands for this host. For messages of another, such as those of a
	// recording, &monitor.Host{} prints interfaces as numbers.
	Host *monitor.Host
}

// NewMonitorFormatter returns a formatter that prints all messages to standard output.
func NewMonitorFormatter(verbosity Verbosity) *MonitorFormatter {
	return &MonitorFormatter{Verbosity: verbosity}
}

// level returns the verbosity that all fields together ask for.
func (m *MonitorFormatter) level() Verbosity {
	switch {
	case m.JSONOutput || m.Verbosity == JSON:
		return JSON
	case m.Verbose || m.Verbosity == DEBUG || m.Verbosity == VERBOSE:
		return VERBOSE
	}
	return INFO
}

// FormatEvent prints a payload: a sample or a lost record. It reports whether it was one of them; others print nothing.
func (m *MonitorFormatter) FormatEvent(pl *payload.Payload) bool {
	ok := false
	m.write(func(dst []byte) []byte {
		dst, ok = m.AppendEvent(dst, pl)
		return dst
	})
	return ok
}

// AppendEvent appends what [MonitorFormatter.FormatEvent] prints. It does not keep pl.
func (m *MonitorFormatter) AppendEvent(dst []byte, pl *payload.Payload) ([]byte, bool) {
	if pl == nil {
		return dst, false
	}
	switch pl.Type {
	case payload.EventSample:
		return m.AppendSample(dst, pl.Data, pl.CPU), true
	case payload.RecordLost:
		return m.AppendLost(dst, pl.Lost, pl.CPU), true
	}
	return dst, false
}

// FormatSample prints a message that came from a CPU. It prints nothing for a message that is filtered out or has no
// line at this verbosity.
func (m *MonitorFormatter) FormatSample(data []byte, cpu int) {
	m.write(func(dst []byte) []byte { return m.AppendSample(dst, data, cpu) })
}

// LostEvent prints that messages of a CPU were lost, because no reader took them in time.
func (m *MonitorFormatter) LostEvent(lost uint64, cpu int) {
	m.write(func(dst []byte) []byte { return m.AppendLost(dst, lost, cpu) })
}

// AppendLost appends what [MonitorFormatter.LostEvent] prints: as JSON, an object with the CPU, the type "lost" and the
// number of lost messages.
func (m *MonitorFormatter) AppendLost(dst []byte, lost uint64, cpu int) []byte {
	if m.level() == JSON {
		return text.AppendLostJSON(dst, cpu, lost)
	}
	return text.AppendLost(dst, cpu, lost)
}

// buffers holds buffers of messages between writes. Those that a rare large message made large are let go.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// maxPooled is the capacity in bytes up to which a buffer is kept.
const maxPooled = 64 << 10

// write writes what an append function appends, in one write, and nothing if that is nothing.
func (m *MonitorFormatter) write(appendTo func([]byte) []byte) {
	buf := buffers.Get().(*[]byte)
	message := appendTo((*buf)[:0])
	if len(message) > 0 {
		_, _ = m.output().Write(message)
	}
	if cap(message) <= maxPooled {
		*buf = message
		buffers.Put(buf)
	}
}

func (m *MonitorFormatter) output() io.Writer {
	if m.Output == nil {
		return os.Stdout
	}
	return m.Output
}
