// SPDX-License-Identifier: Apache-2.0

// Package accesslog holds the records that the agent's proxies write about the requests they see: HTTP, Kafka, DNS,
// and other protocols as keys and values.
//
// Records travel as gob, which matches fields by name: the names of the fields are the protocol. Integers are in no
// byte order, as gob has its own. All strings come from the network or from the agent and may hold anything.
package accesslog

import (
	"net"
	"net/http"
	"net/url"
)

// FlowType says at which moment a record was written.
type FlowType string

// The flow types.
const (
	TypeRequest  FlowType = "Request"  // a request, before it is passed on
	TypeResponse FlowType = "Response" // the response to it
	TypeSample   FlowType = "Sample"   // a packet without relation to a request
)

// FlowVerdict says what became of the request.
type FlowVerdict string

// The verdicts.
const (
	VerdictForwarded FlowVerdict = "Forwarded" // the policy let it pass
	VerdictDenied    FlowVerdict = "Denied"    // the policy refused it
	VerdictError     FlowVerdict = "Error"     // it could not be handled
	// VerdictRedirected is that of a request that the policy sent to a proxy (since Cilium 1.10.5).
	VerdictRedirected FlowVerdict = "Redirected"
)

// ObservationPoint says on which side of the endpoint the record was written.
type ObservationPoint string

// The observation points.
const (
	Ingress ObservationPoint = "Ingress"
	Egress  ObservationPoint = "Egress"
)

// DNSDataSource says who asked a DNS question.
type DNSDataSource string

// The sources of DNS data.
const (
	DNSSourceAgentPoller DNSDataSource = "agent-poller" // the agent itself, for its own use
	DNSSourceProxy       DNSDataSource = "proxy"        // an endpoint, through the proxy
)

// FlowEvent is an event in the life of a flow.
type FlowEvent string

// TransportProtocol is an IP protocol number.
type TransportProtocol uint16

// DropReason is the reason for which a flow was dropped.
type DropReason uint16

// LogRecord is a record about one request, response or sample. Of HTTP, Kafka, DNS and L7 at most one is set, by the
// protocol of the request.
type LogRecord struct {
	Type      FlowType
	Timestamp string // RFC 3339 with nanoseconds

	// NodeAddressInfo holds the addresses of the node that wrote the record.
	NodeAddressInfo NodeAddressInfo

	ObservationPoint    ObservationPoint
	SourceEndpoint      EndpointInfo
	DestinationEndpoint EndpointInfo
	IPVersion           uint8 // 4 or 6
	Verdict             FlowVerdict
	Info                string   // more about the verdict
	Metadata            []string // more about the record
	TransportProtocol   TransportProtocol
	FlowEvent           FlowEvent
	ServiceInfo         *ServiceInfo // the service that was addressed, if any
	DropReason          *DropReason  // set if the flow was dropped

	HTTP  *LogRecordHTTP  `json:"HTTP,omitempty"`
	Kafka *LogRecordKafka `json:"Kafka,omitempty"`
	DNS   *LogRecordDNS   `json:"DNS,omitempty"`
	L7    *LogRecordL7    `json:"L7,omitempty"`
}

// NodeAddressInfo holds the addresses of a node.
type NodeAddressInfo struct {
	IPv4 string
	IPv6 string
}

// EndpointInfo says who sent or received a request.
type EndpointInfo struct {
	ID           uint64 // the endpoint's id on its node; 0 if it is not on this node
	IPv4         string
	IPv6         string
	Port         uint16
	Identity     uint64   // the security identity
	Labels       []string // the labels behind the identity
	LabelsSHA256 string   // hash of the labels
}

// ServiceInfo is a service that a request was addressed to.
type ServiceInfo struct {
	Name   string
	IPPort IPPort
}

// IPPort is the address of a service.
type IPPort struct {
	IP   string
	Port uint16
}

// LogRecordHTTP is what a record says about HTTP.
type LogRecordHTTP struct {
	Code     int // status code; 0 in a request
	Method   string
	URL      *url.URL
	Protocol string // such as HTTP/1.1
	Headers  http.Header

	// MissingHeaders and RejectedHeaders are what the policy asked for and did not find, and what it did not let pass
	// (since Cilium 1.7). v1.5.3's JSON does not have them.
	MissingHeaders  http.Header `json:"-"`
	RejectedHeaders http.Header `json:"-"`
}

// LogRecordKafka is what a record says about Kafka.
type LogRecordKafka struct {
	ErrorCode     int
	APIVersion    int16
	APIKey        string // name of the request, such as produce
	CorrelationID int32
	Topic         KafkaTopic
}

// KafkaTopic names the topic of a Kafka request.
type KafkaTopic struct {
	Topic string `json:"Topic,omitempty"`
}

// LogRecordDNS is what a record says about DNS.
type LogRecordDNS struct {
	Query             string        `json:"Query,omitempty"`  // the name asked for
	IPs               []net.IP      `json:"IPs,omitempty"`    // addresses in the response
	TTL               uint32        `json:"TTL,omitempty"`    // seconds, the lowest in the response
	CNAMEs            []string      `json:"CNAMEs,omitempty"` // names in the response
	ObservationSource DNSDataSource `json:"ObservationSource,omitempty"`
	RCode             int           `json:"RCode,omitempty"`       // response code
	QTypes            []uint16      `json:"QTypes,omitempty"`      // types asked for
	AnswerTypes       []uint16      `json:"AnswerTypes,omitempty"` // types in the response
}

// LogRecordL7 is what a record says about any other protocol. The field "status" holds the outcome.
type LogRecordL7 struct {
	Proto  string `json:"Proto,omitempty"`
	Fields map[string]string
}
