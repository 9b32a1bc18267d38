// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"fmt"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/record"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// LogRecordNotify is a record of a proxy's access log.
type LogRecordNotify struct {
	accesslog.LogRecord
}

// logRecords remembers how senders define the fields of a record, as they do in front of each. It is a cache of bounded
// size without locks, for all who decode: no result depends on what it holds.
var logRecords record.Decoder[LogRecordNotify]

// Decode decodes a message of type api.MessageTypeAccessLog, its type byte included, and sets all of l: to the zero
// value if it fails. The record does not refer to data.
func (l *LogRecordNotify) Decode(data []byte) error {
	if err := logRecords.Decode(data, l); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return nil
}

// LogRecordNotifyVerbose is a record of the access log as JSON prints it.
type LogRecordNotifyVerbose struct {
	Type             string                     `json:"type"`
	ObservationPoint accesslog.ObservationPoint `json:"observationPoint"`
	FlowType         accesslog.FlowType         `json:"flowType"`
	L7Proto          string                     `json:"l7Proto"`
	SrcEpID          uint64                     `json:"srcEpID"`
	SrcEpLabels      []string                   `json:"srcEpLabels"`
	SrcIdentity      uint64                     `json:"srcIdentity"`
	DstEpID          uint64                     `json:"dstEpID"`
	DstEpLabels      []string                   `json:"dstEpLabels"`
	DstIdentity      uint64                     `json:"dstIdentity"`
	Verdict          accesslog.FlowVerdict      `json:"verdict"`
	HTTP             *accesslog.LogRecordHTTP   `json:"http,omitempty"`
	Kafka            *accesslog.LogRecordKafka  `json:"kafka,omitempty"`
	DNS              *accesslog.LogRecordDNS    `json:"dns,omitempty"`
	L7               *accesslog.LogRecordL7     `json:"l7,omitempty"`
}

// LogRecordNotifyToVerbose returns the JSON form of a record. It shares slices, maps and pointers with the record.
func LogRecordNotifyToVerbose(n *LogRecordNotify) LogRecordNotifyVerbose {
	return LogRecordNotifyVerbose{
		Type:             "logRecord",
		ObservationPoint: n.ObservationPoint,
		FlowType:         n.Type,
		L7Proto:          n.l7Proto(),
		SrcEpID:          n.SourceEndpoint.ID,
		SrcEpLabels:      n.SourceEndpoint.Labels,
		SrcIdentity:      n.SourceEndpoint.Identity,
		DstEpID:          n.DestinationEndpoint.ID,
		DstEpLabels:      n.DestinationEndpoint.Labels,
		DstIdentity:      n.DestinationEndpoint.Identity,
		Verdict:          n.Verdict,
		HTTP:             n.HTTP,
		Kafka:            n.Kafka,
		DNS:              n.DNS,
		L7:               n.L7,
	}
}

// l7Proto returns the name of the protocol that the record is about.
func (l *LogRecordNotify) l7Proto() string {
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
func (l *LogRecordNotify) direction() string {
	switch l.ObservationPoint {
	case accesslog.Ingress:
		return "<-"
	case accesslog.Egress:
		return "->"
	}
	return "??"
}

// AppendInfo appends the record as one line. Characters from the network that a terminal could obey are escaped.
func (l *LogRecordNotify) AppendInfo(dst []byte) []byte {
	switch l.Type {
	case accesslog.TypeRequest:
		dst = l.appendHead(dst, "from", "to")
	case accesslog.TypeResponse:
		dst = l.appendHead(dst, "to", "from")
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

// appendHead appends who talks to whom. The words before the endpoints depend on the direction of the message.
func (l *LogRecordNotify) appendHead(dst []byte, src, dest string) []byte {
	dst = append(append(dst, l.direction()...), ' ')
	dst = append(text.AppendEscaped(dst, string(l.Type)), ' ')
	dst = append(text.AppendEscaped(dst, l.l7Proto()), ' ')
	dst = append(appendEndpoint(append(dst, src...), &l.SourceEndpoint), ' ')
	dst = appendEndpoint(append(dst, dest...), &l.DestinationEndpoint)
	dst = appendUint(dst, ", identity ", l.SourceEndpoint.Identity)
	dst = appendUint(dst, "->", l.DestinationEndpoint.Identity)
	return text.AppendEscaped(append(dst, ", verdict "...), string(l.Verdict))
}

// appendEndpoint appends the id and the labels of an endpoint.
func appendEndpoint(dst []byte, e *accesslog.EndpointInfo) []byte {
	dst = append(appendUint(dst, " ", e.ID), " (["...)
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
func (l *LogRecordNotify) appendDNS(dst []byte) []byte {
	switch l.Type {
	case accesslog.TypeRequest:
		return appendQuestion(append(dst, " DNS Query: "...), l.DNS)
	case accesslog.TypeResponse:
		word := " DNS Query: "
		if l.DNS.ObservationSource == accesslog.DNSSourceAgentPoller {
			word = " DNS Poll: "
		}
		return appendAnswer(appendQuestion(append(dst, word...), l.DNS), l.DNS)
	}
	return dst
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
	dst = append(appendUint(dst, " TTL: ", d.TTL), " Answer: '"...)
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

// DumpInfo prints the record as one line to standard output.
func (l *LogRecordNotify) DumpInfo() { write(l.AppendInfo(nil)) }

// DumpJSON prints the record as JSON to standard output, or a JSON object with the error if it has no JSON form.
func (l *LogRecordNotify) DumpJSON() {
	message, err := l.AppendJSON(nil)
	if err != nil {
		message = appendErrorJSON(message, err, withPrefix("", true))
	}
	write(message)
}
