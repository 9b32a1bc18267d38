// SPDX-License-Identifier: Apache-2.0

package hubble

// Schema describes a message of Hubble's API.
type Schema struct {
	Fields []Field
}

// Field describes a field of a message.
type Field struct {
	Number   int
	Name     string
	Kind     Kind
	Repeated bool
	Enum     []Name  // the names of an Enum's values
	Message  *Schema // of a Message
}

// Kind says what the value of a field is.
type Kind uint8

// The kinds of values.
const (
	Uint32  Kind = iota
	Uint64       // in JSON a string, as Int64
	Int64        //
	Int32        //
	Bool         //
	String       //
	Enum         //
	Message      //
	Double       //

	Timestamp // google.protobuf.Timestamp
	BoolValue // google.protobuf.BoolValue and its siblings: a value that can be absent
	UInt32Value
	Int32Value
)

// Name is the name of a value.
type Name struct {
	Value uint32
	Name  string
}

// NameOf returns the name of a value, or "".
func NameOf(names []Name, v uint32) string {
	for i := range names {
		if names[i].Value == v {
			return names[i].Name
		}
	}
	return ""
}

// find returns the field of a number, or nil.
func (s *Schema) find(number int) *Field {
	for i := range s.Fields {
		if s.Fields[i].Number == number {
			return &s.Fields[i]
		}
	}
	return nil
}

func one(number int, name string, kind Kind) Field {
	return Field{Number: number, Name: name, Kind: kind}
}

func many(number int, name string, kind Kind) Field {
	return Field{Number: number, Name: name, Kind: kind, Repeated: true}
}

func sub(number int, name string, s *Schema) Field {
	return Field{Number: number, Name: name, Kind: Message, Message: s}
}

func named(number int, name string, names []Name) Field {
	return Field{Number: number, Name: name, Kind: Enum, Enum: names}
}

// repeated makes a field a list.
func repeated(f Field) Field {
	f.Repeated = true
	return f
}

// The messages of flows.
var (
	ports     = &Schema{[]Field{one(1, "source_port", Uint32), one(2, "destination_port", Uint32)}}
	icmp      = &Schema{[]Field{one(1, "type", Uint32), one(2, "code", Uint32)}}
	tcpFlags  = &Schema{[]Field{one(1, "FIN", Bool), one(2, "SYN", Bool), one(3, "RST", Bool), one(4, "PSH", Bool), one(5, "ACK", Bool), one(6, "URG", Bool), one(7, "ECE", Bool), one(8, "CWR", Bool), one(9, "NS", Bool)}}
	tcp       = &Schema{[]Field{one(1, "source_port", Uint32), one(2, "destination_port", Uint32), sub(3, "flags", tcpFlags)}}
	layer4    = &Schema{[]Field{sub(1, "TCP", tcp), sub(2, "UDP", ports), sub(3, "ICMPv4", icmp), sub(4, "ICMPv6", icmp), sub(5, "SCTP", ports)}}
	ip        = &Schema{[]Field{one(1, "source", String), one(5, "source_xlated", String), one(2, "destination", String), named(3, "ipVersion", ipVersions), one(4, "encrypted", Bool)}}
	ethernet  = &Schema{[]Field{one(1, "source", String), one(2, "destination", String)}}
	tunnel    = &Schema{[]Field{named(1, "protocol", tunnels), sub(2, "IP", ip), sub(3, "l4", layer4), one(4, "vni", Uint32)}}
	workload  = &Schema{[]Field{one(1, "name", String), one(2, "kind", String)}}
	endpoint  = &Schema{[]Field{one(1, "ID", Uint32), one(2, "identity", Uint32), one(7, "cluster_name", String), one(3, "namespace", String), many(4, "labels", String), one(5, "pod_name", String), repeated(sub(6, "workloads", workload))}}
	dns       = &Schema{[]Field{one(1, "query", String), many(2, "ips", String), one(3, "ttl", Uint32), many(4, "cnames", String), one(5, "observation_source", String), one(6, "rcode", Uint32), many(7, "qtypes", String), many(8, "rrtypes", String)}}
	header    = &Schema{[]Field{one(1, "key", String), one(2, "value", String)}}
	http      = &Schema{[]Field{one(1, "code", Uint32), one(2, "method", String), one(3, "url", String), one(4, "protocol", String), repeated(sub(5, "headers", header))}}
	kafka     = &Schema{[]Field{one(1, "error_code", Int32), one(2, "api_version", Int32), one(3, "api_key", String), one(4, "correlation_id", Int32), one(5, "topic", String)}}
	layer7    = &Schema{[]Field{named(1, "type", l7Types), one(2, "latency_ns", Uint64), sub(100, "dns", dns), sub(101, "http", http), sub(102, "kafka", kafka)}}
	service   = &Schema{[]Field{one(1, "name", String), one(2, "namespace", String)}}
	eventType = &Schema{[]Field{one(1, "type", Int32), one(2, "sub_type", Int32)}}
	netif     = &Schema{[]Field{one(1, "index", Uint32), one(2, "name", String)}}
	file      = &Schema{[]Field{one(1, "name", String), one(2, "line", Uint32)}}
	traceID   = &Schema{[]Field{one(1, "trace_id", Uint64), one(2, "ip_option_type", Uint32)}}
	emitter   = &Schema{[]Field{one(1, "name", String), one(2, "version", String)}}

	flow = &Schema{[]Field{
		one(1, "time", Timestamp), one(34, "uuid", String), sub(41, "emitter", emitter),
		named(2, "verdict", verdicts), one(3, "drop_reason", Uint32), named(35, "auth_type", authTypes), sub(4, "ethernet", ethernet),
		sub(5, "IP", ip), sub(6, "l4", layer4), sub(39, "tunnel", tunnel), sub(8, "source", endpoint), sub(9, "destination", endpoint),
		named(10, "Type", flowTypes), one(11, "node_name", String), sub(15, "l7", layer7), one(16, "reply", Bool), sub(19, "event_type", eventType),
		sub(21, "destination_service", service), named(22, "traffic_direction", directions), one(23, "policy_match_type", Uint32),
		named(24, "trace_observation_point", tracePoints), named(36, "trace_reason", traceReasons), sub(38, "file", file), sub(40, "ip_trace_id", traceID),
		named(25, "drop_reason_desc", dropReasons), one(26, "is_reply", BoolValue), named(27, "debug_capture_point", capturePoints),
		sub(28, "interface", netif), one(29, "proxy_port", Uint32), named(31, "sock_xlate_point", xlatePoints), one(32, "socket_cookie", Uint64),
		one(33, "cgroup_id", Uint64), one(100000, "Summary", String),
	}}
	lostEvent  = &Schema{[]Field{named(1, "source", lostSources), one(2, "num_events_lost", Uint64), one(3, "cpu", Int32Value), one(4, "first", Timestamp), one(5, "last", Timestamp)}}
	debugEvent = &Schema{[]Field{one(1, "type", Uint32), sub(2, "source", endpoint), one(3, "hash", UInt32Value), one(4, "arg1", UInt32Value), one(5, "arg2", UInt32Value), one(6, "arg3", UInt32Value), one(7, "message", String), one(8, "cpu", Int32Value)}}

	unknownNote  = &Schema{[]Field{one(1, "type", String), one(2, "notification", String)}}
	timeNote     = &Schema{[]Field{one(1, "time", Timestamp)}}
	policyNote   = &Schema{[]Field{many(1, "labels", String), one(2, "revision", Uint64), one(3, "rule_count", Int64)}}
	endpointNote = &Schema{[]Field{one(1, "id", Uint64), many(2, "labels", String), one(3, "error", String), one(4, "pod_name", String), one(5, "namespace", String)}}
	agentEvent   = &Schema{[]Field{named(1, "type", agentTypes), sub(100, "unknown", unknownNote), sub(101, "agent_start", timeNote), sub(102, "policy_update", policyNote), sub(103, "endpoint_regenerate", endpointNote), sub(104, "endpoint_update", endpointNote)}}
)

// nodeName and when end every response.
var nodeName, when = one(1000, "node_name", String), one(1001, "time", Timestamp)

// Response is what the observer sends about a flow or a loss.
var Response = &Schema{[]Field{sub(1, "flow", flow), sub(3, "lost_events", lostEvent), nodeName, when}}

// exportEvent is a line of the file that Cilium's agent writes: all kinds of records.
var exportEvent = &Schema{[]Field{sub(1, "flow", flow), sub(3, "lost_events", lostEvent), sub(4, "agent_event", agentEvent), sub(5, "debug_event", debugEvent), nodeName, when}}
