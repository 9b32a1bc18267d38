// SPDX-License-Identifier: Apache-2.0

// Package metrics counts events for Prometheus, under the names and with the labels of Hubble's metrics: dashboards and
// alerts that were made for those work.
//
// The number of time series is bounded: no label has values that come from the network, unless it is asked for, and each
// metric has at most [MaxSeries] series.
package metrics

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// MaxSeries is how many time series a metric has. Events of further ones are counted in one series, whose labels are all
// "other".
const MaxSeries = 10_000

// Options say what to count.
type Options struct {
	// Node is the name of this host, for events whose source does not say theirs.
	Node string
	// Interfaces knows the names of interfaces for events without a Host. It may be nil.
	Interfaces event.InterfaceNames
	// Labels are further labels of drops and flows, of those that [Labels] returns. Their values come from the network.
	Labels []string
}

// label is a label that can be asked for.
type label struct {
	name  string
	value func(dst []byte, r *hubble.Record) []byte
}

var labels = []label{
	{"destination", func(dst []byte, r *hubble.Record) []byte { return appendAddr(dst, &r.Flow, false) }},
	{"direction", func(dst []byte, r *hubble.Record) []byte {
		return append(dst, [...]string{"", "ingress", "egress"}[min(r.Flow.Direction, 2)]...)
	}},
	{"endpoint", func(dst []byte, r *hubble.Record) []byte {
		id := r.Flow.Source.ID
		if r.Flow.Direction == hubble.Ingress {
			id = r.Flow.Destination.ID
		}
		return strconv.AppendUint(dst, uint64(id), 10)
	}},
	{"interface", func(dst []byte, r *hubble.Record) []byte {
		if r.Flow.IfName == "" && r.Flow.IfIndex != 0 {
			return strconv.AppendUint(dst, uint64(r.Flow.IfIndex), 10)
		}
		return append(dst, r.Flow.IfName...)
	}},
	{"node", func(dst []byte, r *hubble.Record) []byte { return append(dst, r.Node...) }},
	{"port", func(dst []byte, r *hubble.Record) []byte {
		if r.Flow.L4.DstPort == 0 {
			return dst
		}
		return strconv.AppendUint(dst, uint64(r.Flow.L4.DstPort), 10)
	}},
	{"source", func(dst []byte, r *hubble.Record) []byte { return appendAddr(dst, &r.Flow, true) }},
}

func appendAddr(dst []byte, f *hubble.Flow, source bool) []byte {
	a := f.Dst
	if source {
		a = f.Src
	}
	if !a.IsValid() {
		return dst
	}
	return a.AppendTo(dst)
}

// Labels returns the names of the labels that can be asked for.
func Labels() []string {
	var names []string
	for _, l := range labels {
		names = append(names, l.name)
	}
	return names
}

// Sink counts events and answers requests for the counts. Event and Flush are for one goroutine at a time, ServeHTTP and
// WriteTo for any number.
type Sink struct {
	mapper hubble.Mapper
	more   []label

	mu   sync.Mutex
	key  []byte
	sets [families]family
}

// The metrics.
const (
	flows = iota
	drops
	lost
	tcpFlags
	icmp
	events
	undecoded
	families
)

// family is one metric.
type family struct {
	name, help string
	labels     []string
	more       bool // it has the labels that were asked for
	series     map[string]*uint64
}

var known = [families]family{
	flows:     {name: "hubble_flows_processed_total", help: "Flows by protocol, type, place and verdict.", labels: []string{"protocol", "type", "subtype", "verdict"}, more: true},
	drops:     {name: "hubble_drop_total", help: "Dropped packets by reason and protocol.", labels: []string{"reason", "protocol"}, more: true},
	lost:      {name: "hubble_lost_events_total", help: "Events that were lost on the way.", labels: []string{"source"}},
	tcpFlags:  {name: "hubble_tcp_flags_total", help: "TCP packets that begin or end a connection.", labels: []string{"flag", "family"}},
	icmp:      {name: "hubble_icmp_total", help: "ICMP and ICMPv6 packets by type.", labels: []string{"family", "type"}},
	events:    {name: "bpfmon_events_total", help: "Events by message type.", labels: []string{"type"}},
	undecoded: {name: "bpfmon_undecodable_events_total", help: "Events that cannot be decoded."},
}

// New returns a sink. The error names a label that there is not.
func New(opts Options) (*Sink, error) {
	s := &Sink{mapper: hubble.Mapper{Node: opts.Node, Interfaces: opts.Interfaces}, sets: known}
	for _, name := range opts.Labels {
		at := slices.IndexFunc(labels, func(l label) bool { return l.name == name })
		if at < 0 {
			return nil, fmt.Errorf("no label is called %q; there are %s", name, strings.Join(Labels(), ", "))
		}
		if !slices.ContainsFunc(s.more, func(l label) bool { return l.name == name }) {
			s.more = append(s.more, labels[at])
		}
	}
	for i := range s.sets {
		f := &s.sets[i]
		f.series = map[string]*uint64{}
		if f.more {
			f.labels = slices.Clone(f.labels)
			for _, l := range s.more {
				f.labels = append(f.labels, l.name)
			}
		}
	}
	s.add(undecoded, 0)
	s.addKey(lost, append([]byte("perf_event_ring_buffer"), 0), 0)
	return s, nil
}

// Event counts an event. The error is always nil.
func (s *Sink) Event(e *event.Event) error {
	r := s.mapper.Record(e)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Kind {
	case hubble.NoRecord:
		s.add(undecoded, 1)
		return nil
	case hubble.IsLost:
		s.add(lost, r.Lost.Count, "perf_event_ring_buffer")
		return nil
	}
	s.add(events, 1, e.Msg.TypeName())
	if r.Kind == hubble.IsFlow {
		s.flow(r)
	}
	return nil
}

// Flush does nothing.
func (s *Sink) Flush() error { return nil }

// flow counts a flow.
func (s *Sink) flow(r *hubble.Record) {
	f := &r.Flow
	kind, subtype := typeOf(f)
	s.addFlow(flows, r, protocol(f), kind, subtype, verdict(f))
	if f.Verdict == hubble.Dropped {
		s.addFlow(drops, r, reason(f), protocol(f))
	}
	if f.Verdict != hubble.Forwarded && f.Verdict != hubble.Redirected {
		return
	}
	ipFamily := [...]string{"", "IPv4", "IPv6"}[f.IPVersion()]
	switch l := &f.L4; {
	case l.HasFlags:
		if l.Flags.Has(packet.FIN) {
			s.add(tcpFlags, 1, "FIN", ipFamily)
		}
		if l.Flags.Has(packet.SYN | packet.ACK) {
			s.add(tcpFlags, 1, "SYN-ACK", ipFamily)
		} else if l.Flags.Has(packet.SYN) {
			s.add(tcpFlags, 1, "SYN", ipFamily)
		}
		if l.Flags.Has(packet.RST) {
			s.add(tcpFlags, 1, "RST", ipFamily)
		}
	case l.Proto == packet.ProtoICMP:
		s.add(icmp, 1, "IPv4", icmpType(l))
	case l.Proto == packet.ProtoICMPv6:
		s.add(icmp, 1, "IPv6", icmpType(l))
	}
}

// icmpType returns the name of a type without its code.
func icmpType(l *hubble.L4) string {
	name, _, _ := strings.Cut(string(packet.AppendICMPType(nil, l.Proto, l.ICMPType, 0)), "(")
	return name
}

// add adds to a series with these values of the labels.
func (s *Sink) add(metric int, n uint64, values ...string) {
	key := s.key[:0]
	for _, v := range values {
		key = append(append(key, v...), 0)
	}
	s.key = key
	s.addKey(metric, key, n)
}

// addFlow is add, with the labels that were asked for.
func (s *Sink) addFlow(metric int, r *hubble.Record, values ...string) {
	key := s.key[:0]
	for _, v := range values {
		key = append(append(key, v...), 0)
	}
	for i := range s.more {
		key = append(s.more[i].value(key, r), 0)
	}
	s.key = key
	s.addKey(metric, key, 1)
}

func (s *Sink) addKey(metric int, key []byte, n uint64) {
	f := &s.sets[metric]
	count := f.series[string(key)]
	if count == nil {
		if len(f.series) >= MaxSeries {
			key = []byte(strings.Repeat("other\x00", len(f.labels)))
			if count = f.series[string(key)]; count != nil {
				*count += n
				return
			}
		}
		count = new(uint64)
		f.series[string(key)] = count
	}
	*count += n
}

// WriteTo writes all counts in Prometheus' text format.
func (s *Sink) WriteTo(w io.Writer) (int64, error) {
	s.mu.Lock()
	var out []byte
	for i := range s.sets {
		out = s.sets[i].append(out)
	}
	s.mu.Unlock()
	n, err := w.Write(out)
	return int64(n), err
}

// append appends a metric.
func (f *family) append(dst []byte) []byte {
	dst = append(append(append(append(append(dst, "# HELP "...), f.name...), ' '), f.help...), '\n')
	dst = append(append(append(dst, "# TYPE "...), f.name...), " counter\n"...)
	keys := make([]string, 0, len(f.series))
	for key := range f.series {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		dst = append(dst, f.name...)
		for i, value := range strings.SplitN(strings.TrimSuffix(key, "\x00"), "\x00", max(1, len(f.labels))) {
			if len(f.labels) == 0 {
				break
			}
			dst = append(dst, "{,"[min(i, 1)])
			dst = append(append(dst, f.labels[i]...), `="`...)
			dst = append(appendEscaped(dst, value), '"')
		}
		if len(f.labels) > 0 {
			dst = append(dst, '}')
		}
		dst = append(strconv.AppendUint(append(dst, ' '), *f.series[key], 10), '\n')
	}
	return dst
}

// appendEscaped appends the value of a label, as UTF-8.
func appendEscaped(dst []byte, s string) []byte {
	for _, r := range strings.ToValidUTF8(s, "\ufffd") {
		switch r {
		case '\\', '"':
			dst = append(dst, '\\', byte(r))
		case '\n':
			dst = append(dst, `\n`...)
		default:
			dst = append(dst, string(r)...)
		}
	}
	return dst
}

// ServeHTTP answers /metrics, and /healthz with "ok" for as long as the program runs.
func (s *Sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "only GET and HEAD are answered", http.StatusMethodNotAllowed)
	case r.URL.Path == "/metrics":
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		_, _ = s.WriteTo(w) // the client has gone
	case r.URL.Path == "/healthz":
		_, _ = io.WriteString(w, "ok\n")
	case r.URL.Path == "/":
		_, _ = io.WriteString(w, "bpfmon: /metrics and /healthz\n")
	default:
		http.NotFound(w, r)
	}
}
