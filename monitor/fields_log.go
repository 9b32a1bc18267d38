// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"unsafe"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// logField is a field of an access log as a filter or an output sees it. Access logs are Go structs, sent as gob: no C
// header describes them, so this table does.
type logField struct {
	event.Field
	number func(*LogRecordNotify) uint64
	text   func(*LogRecordNotify) string
}

// logNumber and logText describe a field with a number and one with a text.
func logNumber(name, doc string, bits uint16, f func(*LogRecordNotify) uint64) logField {
	return logField{Field: event.Field{Name: name, Doc: doc, Kind: event.KindUint, Bits: bits}, number: f}
}

func logText(name, doc string, f func(*LogRecordNotify) string) logField {
	return logField{Field: event.Field{Name: name, Doc: doc, Kind: event.KindText}, text: f}
}

// among returns the field with the texts that it can have. They have no numbers.
func (f logField) among(texts ...string) logField {
	f.Enum = &event.Enum{Name: f.Name, Lookup: func(uint64) (string, bool) { return "", false }}
	for i, text := range texts {
		f.Enum.Values = append(f.Enum.Values, event.EnumValue{Value: uint64(i), Text: text})
	}
	return f
}

var logFields = [...]logField{
	logText("flowType", "what the record is about", func(l *LogRecordNotify) string { return string(l.Type) }).
		among("Request", "Response", "Sample"),
	logText("observationPoint", "where the proxy stands", func(l *LogRecordNotify) string { return string(l.ObservationPoint) }).
		among("Ingress", "Egress"),
	logText("verdict", "what became of the request", func(l *LogRecordNotify) string { return string(l.Verdict) }).
		among("Forwarded", "Denied", "Error", "Redirected"),
	logText("l7Proto", "http, dns, kafka, or the protocol's own name", (*LogRecordNotify).l7Proto),
	logText("info", "why the request has its verdict", func(l *LogRecordNotify) string { return l.Info }),
	logNumber("srcEpID", "endpoint that sent the request", 64, func(l *LogRecordNotify) uint64 { return l.SourceEndpoint.ID }),
	logNumber("dstEpID", "endpoint that received it", 64, func(l *LogRecordNotify) uint64 { return l.DestinationEndpoint.ID }),
	logNumber("srcIdentity", "identity of the sender", 64, func(l *LogRecordNotify) uint64 { return l.SourceEndpoint.Identity }),
	logNumber("dstIdentity", "identity of the receiver", 64, func(l *LogRecordNotify) uint64 { return l.DestinationEndpoint.Identity }),
	logNumber("http.code", "HTTP status, 0 in a request", 64, func(l *LogRecordNotify) uint64 {
		if l.HTTP == nil {
			return 0
		}
		return uint64(l.HTTP.Code)
	}),
	logText("http.method", "HTTP method", func(l *LogRecordNotify) string {
		if l.HTTP == nil {
			return ""
		}
		return l.HTTP.Method
	}),
	logText("http.host", "host in the URL of the HTTP request", func(l *LogRecordNotify) string {
		if l.HTTP == nil || l.HTTP.URL == nil {
			return ""
		}
		return l.HTTP.URL.Host
	}),
	logText("http.path", "path in the URL of the HTTP request", func(l *LogRecordNotify) string {
		if l.HTTP == nil || l.HTTP.URL == nil {
			return ""
		}
		return l.HTTP.URL.Path
	}),
	logText("dns.query", "name in the question", func(l *LogRecordNotify) string {
		if l.DNS == nil {
			return ""
		}
		return l.DNS.Query
	}),
	logNumber("dns.rcode", "DNS response code", 64, func(l *LogRecordNotify) uint64 {
		if l.DNS == nil {
			return 0
		}
		return uint64(l.DNS.RCode)
	}),
	logText("kafka.api", "Kafka API key", func(l *LogRecordNotify) string {
		if l.Kafka == nil {
			return ""
		}
		return l.Kafka.APIKey
	}),
	logText("kafka.topic", "Kafka topic", func(l *LogRecordNotify) string {
		if l.Kafka == nil {
			return ""
		}
		return l.Kafka.Topic.Topic
	}),
}

// logTable is logFields without the accessors.
var logTable = func() (all [len(logFields)]event.Field) {
	for i := range logFields {
		all[i] = logFields[i].Field
	}
	return all
}()

// Fields returns the table of the fields of an access log.
func (l *LogRecordNotify) Fields() []event.Field { return logTable[:] }

// Uint returns the number in a field, 0 if it holds none.
func (l *LogRecordNotify) Uint(field int) uint64 {
	if uint(field) >= uint(len(logFields)) || logFields[field].number == nil {
		return 0
	}
	return logFields[field].number(l)
}

// Bytes returns the text in a field, nil if it holds none. It must not be changed.
func (l *LogRecordNotify) Bytes(field int) []byte {
	if uint(field) >= uint(len(logFields)) || logFields[field].text == nil {
		return nil
	}
	return bytesOf(logFields[field].text(l))
}

// bytesOf returns the bytes of a string, which must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
