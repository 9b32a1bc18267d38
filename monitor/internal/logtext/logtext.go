// SPDX-License-Identifier: Apache-2.0

// Package logtext prints the records of access logs, as v1.5.3 of Cilium does and as later releases do.
package logtext

import (
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Form says as which release prints.
type Form uint8

// The forms.
const (
	V15 Form = iota // 1.5
	V16             // 1.6 to 1.16
	V17             // 1.17 and later
)

// record is a record and the form in which it is printed.
type record struct {
	*accesslog.LogRecord
	form Form
}

// Proto returns the name of the protocol that the record is about.
func Proto(l *accesslog.LogRecord) string { return record{l, V15}.proto() }

// Append appends the record as one line. Characters from the network that a terminal could obey are escaped.
func Append(dst []byte, l *accesslog.LogRecord, form Form) []byte { return record{l, form}.append(dst) }

// appendNumber appends a text and a number in decimal.
func appendNumber[T uint16 | uint32 | uint64](dst []byte, label string, value T) []byte {
	return text.AppendUint(append(dst, label...), uint64(value))
}

// proto returns the name of the protocol that the record is about.
func (l record) proto() string {
	switch {
	case l.HTTP != nil:
		return "http"
	case l.Kafka != nil:
		return "kafka"
	case l.DNS != nil:
		return "dns"
	case l.L7 != nil:
		return l.L7.Proto
	}
	return "unknown-l7"
}

// direction returns an arrow for the side of the endpoint on which the record was written.
func (l record) direction() string {
	switch l.ObservationPoint {
	case accesslog.Ingress:
		return "<-"
	case accesslog.Egress:
		return "->"
	}
	return "??"
}

func (l record) append(dst []byte) []byte {
	switch l.Type {
	case accesslog.TypeRequest:
		dst = l.appendHead(dst, "from", "to")
	case accesslog.TypeResponse:
		dst = l.appendResponse(dst)
	}
	if l.HTTP != nil {
		dst = appendHTTP(dst, l.HTTP)
	}
	if l.Kafka != nil {
		dst = appendKafka(dst, l.Kafka)
	}
	if l.DNS != nil {
		dst = l.appendDNS(dst)
	}
	if l.L7 != nil {
		dst = appendFields(dst, l.L7.Fields)
	}
	return append(dst, '\n')
}

// appendResponse appends who answers whom: 1.5 names the endpoints in the order of the request.
func (l record) appendResponse(dst []byte) []byte {
	if l.form == V15 {
		return l.appendHead(dst, "to", "from")
	}
	return l.appendPeers(dst, "to", "from", &l.DestinationEndpoint, &l.SourceEndpoint)
}

// appendHead appends who talks to whom. The words before the endpoints depend on the direction of the message.
func (l record) appendHead(dst []byte, src, dest string) []byte {
	return l.appendPeers(dst, src, dest, &l.SourceEndpoint, &l.DestinationEndpoint)
}

func (l record) appendPeers(dst []byte, first, second string, one, other *accesslog.EndpointInfo) []byte {
	dst = append(append(dst, l.direction()...), ' ')
	dst = append(text.AppendEscaped(dst, string(l.Type)), ' ')
	dst = append(text.AppendEscaped(dst, l.proto()), ' ')
	dst = append(appendEndpoint(append(dst, first...), one), ' ')
	dst = appendEndpoint(append(dst, second...), other)
	dst = appendNumber(dst, ", identity ", l.SourceEndpoint.Identity)
	dst = appendNumber(dst, "->", l.DestinationEndpoint.Identity)
	return text.AppendEscaped(append(dst, ", verdict "...), string(l.Verdict))
}

// appendEndpoint appends the id and the labels of an endpoint.
func appendEndpoint(dst []byte, e *accesslog.EndpointInfo) []byte {
	dst = append(appendNumber(dst, " ", e.ID), " (["...)
	return append(appendJoined(dst, e.Labels, " "), "])"...)
}

// appendJoined appends texts with a separator between them.
func appendJoined(dst []byte, texts []string, sep string) []byte {
	for i, s := range texts {
		if i > 0 {
			dst = append(dst, sep...)
		}
		dst = text.AppendEscaped(dst, s)
	}
	return dst
}

func appendHTTP(dst []byte, h *accesslog.LogRecordHTTP) []byte {
	dst = append(text.AppendEscaped(append(dst, ' '), h.Method), ' ')
	if h.URL != nil {
		dst = text.AppendEscaped(dst, h.URL.String())
	}
	return strconv.AppendInt(append(dst, " => "...), int64(h.Code), 10)
}

func appendKafka(dst []byte, k *accesslog.LogRecordKafka) []byte {
	dst = text.AppendEscaped(append(dst, ' '), k.APIKey)
	dst = text.AppendEscaped(append(dst, " topic "...), k.Topic.Topic)
	return strconv.AppendInt(append(dst, " => "...), int64(k.ErrorCode), 10)
}

// appendDNS appends a question, or an answer with it. A sample has neither.
func (l record) appendDNS(dst []byte) []byte {
	switch l.Type {
	case accesslog.TypeRequest:
		return appendQuestion(l.appendSource(dst), l.DNS)
	case accesslog.TypeResponse:
		return appendAnswer(appendQuestion(l.appendSource(dst), l.DNS), l.DNS)
	}
	return dst
}

// appendSource appends who asked.
func (l record) appendSource(dst []byte) []byte {
	switch {
	case l.form != V15:
		return append(text.AppendEscaped(append(dst, " DNS "...), string(l.DNS.ObservationSource)), ": "...)
	case l.Type == accesslog.TypeResponse && l.DNS.ObservationSource == accesslog.DNSSourceAgentPoller:
		return append(dst, " DNS Poll: "...)
	}
	return append(dst, " DNS Query: "...)
}

// appendQuestion appends the name and the types that were asked for. A type without mnemonic is left empty.
func appendQuestion(dst []byte, d *accesslog.LogRecordDNS) []byte {
	dst = append(text.AppendEscaped(dst, d.Query), ' ')
	for i, t := range d.QTypes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, names.DNSType(t)...)
	}
	return dst
}

func appendAnswer(dst []byte, d *accesslog.LogRecordDNS) []byte {
	dst = append(appendNumber(dst, " TTL: ", d.TTL), " Answer: '"...)
	for i, ip := range d.IPs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, ip.String()...)
	}
	dst = append(dst, '\'')
	if len(d.CNAMEs) > 0 {
		dst = appendJoined(append(dst, " CNAMEs: "...), d.CNAMEs, ",")
	}
	return dst
}

// statusField is the field of a record that holds the outcome of the request. It prints last.
const statusField = "status"

// appendFields appends the fields of a protocol that the monitor does not know, in the order of their names.
func appendFields(dst []byte, fields map[string]string) []byte {
	var buf [16]string
	for _, key := range sortedKeys(buf[:0], fields) {
		if key != statusField {
			dst = append(text.AppendEscaped(append(dst, ' '), key), ':')
			dst = text.AppendEscaped(dst, fields[key])
		}
	}
	if status := fields[statusField]; status != "" {
		dst = text.AppendEscaped(append(dst, " => status:"...), status)
	}
	return dst
}
