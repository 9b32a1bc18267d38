// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"net/netip"
	"strconv"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// The severities that records have.
const (
	severityDebug = 5
	severityInfo  = 9
	severityWarn  = 13
)

// record returns an event as a log record.
func (s *Sink) record(e *event.Event, r *hubble.Record) []byte {
	number, name, kind := severityInfo, "INFO", "flow"
	switch {
	case r.Kind == hubble.IsLost:
		number, name, kind = severityWarn, "WARN", "lost"
	case r.Kind == hubble.IsDebug:
		number, name, kind = severityDebug, "DEBUG", "debug"
	case r.Kind == hubble.IsAgent:
		kind = "agent"
	case r.Flow.Verdict == hubble.Dropped:
		number, name, kind = severityWarn, "WARN", "drop"
	}
	dst := append(s.rec[:0], '{')
	if r.Time != 0 {
		dst = append(strconv.AppendInt(append(dst, `"timeUnixNano":"`...), r.Time, 10), `",`...)
	}
	dst = append(strconv.AppendInt(append(dst, `"observedTimeUnixNano":"`...), time.Now().UnixNano(), 10), `",`...)
	dst = strconv.AppendInt(append(dst, `"severityNumber":`...), int64(number), 10)
	dst = append(append(append(dst, `,"severityText":"`...), name...), `","eventName":"bpfmon.`...)
	dst = append(append(dst, kind...), `","body":{"stringValue":`...)
	dst = text.AppendJSONString(dst, s.body(e, r))
	a := attributes{append(dst, `},"attributes":[`...), false}
	if e.CPU >= 0 {
		a.number("bpfmon.cpu", uint64(e.CPU))
	}
	if e.Msg != nil {
		a.text("bpfmon.type", e.Msg.TypeName())
	}
	switch r.Kind {
	case hubble.IsFlow:
		a.flow(&r.Flow)
	case hubble.IsLost:
		a.number("bpfmon.lost", r.Lost.Count)
	}
	s.rec = append(a.dst, "]}"...)
	return bytes.Clone(s.rec)
}

// body returns the line that is printed for an event.
func (s *Sink) body(e *event.Event, r *hubble.Record) []byte {
	if r.Kind == hubble.IsLost {
		return text.AppendUint(append(s.line[:0], "lost events: "...), r.Lost.Count)
	}
	s.style = event.Style{Full: true}
	s.line = e.Msg.AppendEvent(s.line[:0], e, &s.style)
	if len(s.line) == 0 {
		s.style.Form = event.Debug
		s.line = e.Msg.AppendEvent(s.line[:0], e, &s.style)
	}
	return bytes.TrimRight(s.line, "\n")
}

// attributes are a list of keys and values.
type attributes struct {
	dst  []byte
	some bool
}

func (a *attributes) key(key string) {
	if a.some {
		a.dst = append(a.dst, ',')
	}
	a.some = true
	a.dst = append(append(append(a.dst, `{"key":"`...), key...), `","value":{`...)
}

// text appends a text that is not empty.
func (a *attributes) text(key, value string) {
	if value == "" {
		return
	}
	a.key(key)
	a.dst = append(text.AppendJSONString(append(a.dst, `"stringValue":`...), value), "}}"...)
}

// address appends an address that is valid.
func (a *attributes) address(key string, addr netip.Addr) {
	if !addr.IsValid() {
		return
	}
	a.key(key)
	var buf [64]byte // with a zone it is longer
	a.dst = append(text.AppendJSONString(append(a.dst, `"stringValue":`...), addr.AppendTo(buf[:0])), "}}"...)
}

func (a *attributes) number(key string, value uint64) {
	a.key(key)
	a.dst = append(strconv.AppendUint(append(a.dst, `"intValue":"`...), value, 10), `"}}`...)
}

// nonzero appends a number that is not 0.
func (a *attributes) nonzero(key string, value uint64) {
	if value != 0 {
		a.number(key, value)
	}
}

// flow appends what is known of a flow, under the names of the semantic conventions where there are some.
func (a *attributes) flow(f *hubble.Flow) {
	a.address("source.address", f.Src)
	a.nonzero("source.port", uint64(f.L4.SrcPort))
	a.address("destination.address", f.Dst)
	a.nonzero("destination.port", uint64(f.L4.DstPort))
	a.text("network.transport", transport(f))
	a.text("network.type", [...]string{"", "ipv4", "ipv6"}[f.IPVersion()])
	if l := f.L7; l != nil && (l.DNS != nil || l.HTTP != nil) {
		name := "dns"
		if l.HTTP != nil {
			name = "http"
		}
		a.text("network.protocol.name", name)
	}
	switch f.Direction {
	case hubble.Ingress:
		a.text("network.io.direction", "receive")
	case hubble.Egress:
		a.text("network.io.direction", "transmit")
	}
	a.text("network.interface.name", f.IfName)
	a.nonzero("bpfmon.interface.index", uint64(f.IfIndex))
	a.text("bpfmon.verdict", hubble.VerdictName(f.Verdict))
	if f.Verdict == hubble.Dropped {
		a.text("bpfmon.drop.reason", reason(f))
	}
	a.nonzero("bpfmon.source.identity", uint64(f.Source.Identity))
	a.nonzero("bpfmon.destination.identity", uint64(f.Destination.Identity))
	a.nonzero("bpfmon.source.endpoint", uint64(f.Source.ID))
	a.nonzero("bpfmon.destination.endpoint", uint64(f.Destination.ID))
}

// transport returns the protocol, as the semantic conventions name it.
func transport(f *hubble.Flow) string { return packet.ProtocolName(f.IPProto) }

// reason returns why a packet was dropped.
func reason(f *hubble.Flow) string {
	if name := hubble.ReasonName(f.DropReason); name != "" {
		return name
	}
	return f.Reason
}

// resource appends what all records have in common, up to where its scope's items begin.
func (s *Sink) resource(dst []byte, signal, scope string) []byte {
	a := attributes{append(append(append(dst, `{"resource`...), signal...), `":[{"resource":{"attributes":[`...), false}
	a.text("service.name", "bpfmon")
	a.text("service.version", s.opts.Version)
	a.text("host.name", s.opts.Node)
	dst = append(append(append(a.dst, `]},"scope`...), signal...), `":[{"scope":{"name":"github.com/lockstep-bpf/lockstep"},"`...)
	return append(append(dst, scope...), `":[`...)
}

// logs returns a request with records.
func (s *Sink) logs(batch [][]byte) []byte {
	dst := s.resource(nil, "Logs", "logRecords")
	for i, rec := range batch {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, rec...)
	}
	return append(dst, "]}]}]}"...)
}

// metrics returns a request with the counts.
func (s *Sink) metrics() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now().UnixNano()
	dst := s.resource(nil, "Metrics", "metrics")
	dst = append(dst, `{"name":"bpfmon.flows","unit":"{flow}","description":"Packets and requests that were seen.","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[`...)
	first := true
	for key, n := range s.counts {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		a := attributes{append(dst, `{"attributes":[`...), false}
		a.text("bpfmon.verdict", key.verdict)
		a.text("bpfmon.drop.reason", key.reason)
		a.text("network.transport", key.transport)
		dst = s.point(append(a.dst, `],`...), now, n)
	}
	dst = append(dst, `]}}`...)
	for _, m := range [...]struct {
		name, text string
		n          uint64
	}{
		{"bpfmon.events.lost", "Events that were lost before they could be read.", s.lost},
		{"bpfmon.export.lost", "Records that did not reach the collector.", s.stats.Lost + s.stats.Rejected},
	} {
		dst = append(append(dst, `,{"name":"`...), m.name...)
		dst = append(append(dst, `","unit":"{event}","description":"`...), m.text...)
		dst = append(dst, `","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{`...)
		dst = append(s.point(dst, now, m.n), `]}}`...)
	}
	return append(dst, "]}]}]}"...)
}

// point appends the value of a count.
func (s *Sink) point(dst []byte, now int64, n uint64) []byte {
	dst = strconv.AppendInt(append(dst, `"startTimeUnixNano":"`...), s.start.UnixNano(), 10)
	dst = strconv.AppendInt(append(dst, `","timeUnixNano":"`...), now, 10)
	return append(strconv.AppendUint(append(dst, `","asInt":"`...), n, 10), `"}`...)
}
