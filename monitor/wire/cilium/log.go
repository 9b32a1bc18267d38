// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unsafe"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/logtext"
	"github.com/lockstep-bpf/lockstep/monitor/internal/record"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// Log is a record of a proxy's access log. Its fields are those of v1.5.3's, whatever the sender's are.
type Log struct {
	monitor.LogRecordNotify
	*release

	structs bool // the last record had labels that are structs
	later   laterRecord
}

// laterRecord is how gob sends a record whose labels are structs, and not texts. Gob says which; it matches the
// fields by their names.
type (
	laterRecord struct{ LogRecord laterLog }
)

// laterLog is accesslog.LogRecord as 1.17 and later send it.
type laterLog struct {
	Type                accesslog.FlowType
	Timestamp           string
	NodeAddressInfo     accesslog.NodeAddressInfo
	ObservationPoint    accesslog.ObservationPoint
	SourceEndpoint      laterEndpoint
	DestinationEndpoint laterEndpoint
	IPVersion           uint8
	Verdict             accesslog.FlowVerdict
	Info                string
	Metadata            []string
	TransportProtocol   accesslog.TransportProtocol
	FlowEvent           accesslog.FlowEvent
	ServiceInfo         *accesslog.ServiceInfo
	DropReason          *accesslog.DropReason
	HTTP                *accesslog.LogRecordHTTP
	Kafka               *accesslog.LogRecordKafka // 1.17 to 1.19
	DNS                 *laterDNS
	L7                  *accesslog.LogRecordL7
}

type laterEndpoint struct {
	ID       uint64
	IPv4     string
	IPv6     string
	Port     uint16
	Identity uint64
	Labels   labelArray
}

type (
	labelArray []label
	label      struct{ Key, Value, Source string }
)

// text returns the label as Cilium prints it.
func (l *label) text() string {
	if l.Value == "" {
		return l.Source + ":" + l.Key
	}
	return l.Source + ":" + l.Key + "=" + l.Value
}

type laterDNS struct {
	Query             string
	IPs               []netip.Addr
	TTL               uint32
	CNAMEs            []string
	ObservationSource accesslog.DNSDataSource
	RCode             int
	QTypes            []uint16
	AnswerTypes       []uint16
}

// logRecords and laterRecords remember how senders define the fields of a record; see [record.Decoder].
var (
	logRecords   record.Decoder[monitor.LogRecordNotify]
	laterRecords record.Decoder[laterRecord]
)

// decode decodes a record of either kind. The kind of the one before is tried first.
func (m *Log) decode(raw []byte) error {
	err := m.decodeAs(raw, m.structs)
	if err == nil {
		return nil
	}
	if m.decodeAs(raw, !m.structs) == nil {
		m.structs = !m.structs
		return nil
	}
	m.LogRecord = accesslog.LogRecord{}
	if m.form() == logtext.V16 {
		return gobError(raw, &m.LogRecordNotify, err)
	}
	return &recordError{gobError(raw, &m.later, err)}
}

// recordError is an error about a record in which the types have Cilium's names.
type recordError struct{ error }

var recordTypes = strings.NewReplacer(
	"cilium.laterRecord", "monitor.LogRecordNotify", "laterRecord", "LogRecordNotify",
	"cilium.laterLog", "accesslog.LogRecord", "laterLog", "LogRecord",
	"cilium.laterEndpoint", "accesslog.EndpointInfo", "laterEndpoint", "EndpointInfo",
	"cilium.laterDNS", "accesslog.LogRecordDNS", "laterDNS", "LogRecordDNS",
	"cilium.labelArray", "labels.LabelArray", "cilium.label", "labels.Label")

// Error returns the text of the error.
func (e *recordError) Error() string { return recordTypes.Replace(e.error.Error()) }

// Unwrap returns the error as it was.
func (e *recordError) Unwrap() error { return e.error }

// gobError returns the error that encoding/gob has for a message that cannot be decoded: the one that Cilium prints. A long
// message keeps its own.
func gobError(raw []byte, into any, err error) error {
	const most = 64 << 10
	if len(raw) > most {
		return err
	}
	whole := wholeMessages(raw[1:])
	other := gob.NewDecoder(bytes.NewReader(whole)).Decode(into)
	switch {
	case errors.Is(other, io.EOF) && len(whole) < len(raw)-1:
		return io.ErrUnexpectedEOF
	case other != nil:
		return other
	}
	return err
}

// wholeMessages returns the messages of a gob up to the first that says that it is longer than what there is: encoding/gob
// allocates what it says.
func wholeMessages(data []byte) []byte {
	const tooLong = uint64(1) << 33 // encoding/gob refuses it, on 32-bit machines less
	for at := 0; at < len(data); {
		n, width := uint64(data[at]), 1
		if n > 0x7f {
			width += 256 - int(n)
			if width > 9 || width > len(data)-at {
				return data
			}
			n = 0
			for _, b := range data[at+1 : at+width] {
				n = n<<8 | uint64(b)
			}
		}
		switch {
		case n >= tooLong:
			return data
		case n > uint64(len(data)-at-width):
			return data[:at]
		}
		at += width + int(n)
	}
	return data
}

func (m *Log) decodeAs(raw []byte, structs bool) error {
	if !structs {
		return logRecords.Decode(raw, &m.LogRecordNotify)
	}
	if err := laterRecords.Decode(raw, &m.later); err != nil {
		return err
	}
	l := &m.later.LogRecord
	m.LogRecord = accesslog.LogRecord{
		Type: l.Type, Timestamp: l.Timestamp, NodeAddressInfo: l.NodeAddressInfo, ObservationPoint: l.ObservationPoint,
		SourceEndpoint: l.SourceEndpoint.info(), DestinationEndpoint: l.DestinationEndpoint.info(), IPVersion: l.IPVersion,
		Verdict: l.Verdict, Info: l.Info, Metadata: l.Metadata, TransportProtocol: l.TransportProtocol,
		FlowEvent: l.FlowEvent, ServiceInfo: l.ServiceInfo, DropReason: l.DropReason, HTTP: l.HTTP, Kafka: l.Kafka,
		DNS: l.DNS.record(), L7: l.L7,
	}
	return nil
}

func (e *laterEndpoint) info() accesslog.EndpointInfo {
	info := accesslog.EndpointInfo{ID: e.ID, IPv4: e.IPv4, IPv6: e.IPv6, Port: e.Port, Identity: e.Identity}
	for i := range e.Labels {
		info.Labels = append(info.Labels, e.Labels[i].text())
	}
	return info
}

func (d *laterDNS) record() *accesslog.LogRecordDNS {
	if d == nil {
		return nil
	}
	r := &accesslog.LogRecordDNS{
		Query: d.Query, TTL: d.TTL, CNAMEs: d.CNAMEs, ObservationSource: d.ObservationSource, RCode: d.RCode,
		QTypes: d.QTypes, AnswerTypes: d.AnswerTypes,
	}
	for _, ip := range d.IPs {
		r.IPs = append(r.IPs, net.IP(ip.AsSlice()))
	}
	return r
}

// AppendEvent appends the record as a line, or as JSON.
func (m *Log) AppendEvent(dst []byte, e *event.Event, s *event.Style) []byte {
	if s.Form != event.JSON {
		return logtext.Append(dst, &m.LogRecord, m.form())
	}
	from := len(dst)
	dst, err := logtext.AppendJSON(dst, &m.LogRecord, m.form())
	if err != nil {
		return text.AppendErrorJSON(dst[:from], e.CPU, err)
	}
	return dst
}

// form returns the form in which the release prints records.
func (m *Log) form() logtext.Form {
	if m.number < labels {
		return logtext.V16
	}
	return logtext.V17
}

// Agent is a notification of the agent.
type Agent struct {
	api.AgentNotify
	*release
}

// notifications remembers how senders define the fields of a notification; see [record.Decoder].
var notifications record.Decoder[api.AgentNotify]

func (m *Agent) decode(raw []byte) error {
	if err := notifications.Decode(raw, &m.AgentNotify); err != nil {
		return gobError(raw, &m.AgentNotify, err)
	}
	return nil
}

// subtype returns what the notification is about.
func (m *Agent) subtype() string {
	if name, ok := AgentNotification(m.Type).NameIn(m.Release); ok {
		return name
	}
	return strconv.FormatUint(uint64(m.Type), 10)
}

// Fields returns a description of each field, with the names of the release.
func (m *Agent) Fields() []event.Field { return m.agent }

// Bytes returns the text, nil for another field. It must not be changed.
func (m *Agent) Bytes(field int) []byte {
	if field != 1 {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(m.Text), len(m.Text))
}

// AppendEvent appends the notification as a line, or as JSON.
func (m *Agent) AppendEvent(dst []byte, _ *event.Event, s *event.Style) []byte {
	if s.Form != event.JSON {
		dst = append(append(dst, ">> "...), m.subtype()...)
		return append(text.AppendEscaped(append(dst, ": "...), m.Text), '\n')
	}
	dst = text.AppendStringField(append(dst, `{"type":"agent"`...), "subtype", m.subtype())
	dst = text.AppendKey(dst, "message")
	if json.Valid([]byte(m.Text)) {
		dst = text.AppendJSONValue(dst, m.Text)
	} else {
		dst = text.AppendJSONString(dst, m.Text)
	}
	return append(dst, "}\n"...)
}
