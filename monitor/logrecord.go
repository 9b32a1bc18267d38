// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/logtext"
	"github.com/lockstep-bpf/lockstep/monitor/internal/record"
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
func (l *LogRecordNotify) l7Proto() string { return logtext.Proto(&l.LogRecord) }

// AppendInfo appends the record as one line. Control characters from the network are escaped.
func (l *LogRecordNotify) AppendInfo(dst []byte) []byte {
	return logtext.Append(dst, &l.LogRecord, logtext.V15)
}

// AppendJSON appends the record as a line with a JSON object in the form of [LogRecordNotifyVerbose]: what encoding/json
// makes of it, with unsafe characters escaped. It fails, and returns dst as it was, if a DNS answer holds an address that
// is none.
//
// The fields of a URL come in the order in which Go 1.26 declares them, whatever Go this is built with.
func (l *LogRecordNotify) AppendJSON(dst []byte) ([]byte, error) {
	return logtext.AppendJSON(dst, &l.LogRecord, logtext.V15)
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
