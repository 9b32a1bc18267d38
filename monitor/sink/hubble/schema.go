// SPDX-License-Identifier: Apache-2.0

package hubble

import "github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"

func of(fields ...protobuf.Field) *protobuf.Schema { return &protobuf.Schema{Fields: fields} }

func one(number int, name string, kind protobuf.Kind) protobuf.Field {
	return protobuf.Field{Number: number, Name: name, Kind: kind}
}

func many(number int, name string, kind protobuf.Kind) protobuf.Field {
	return protobuf.Field{Number: number, Name: name, Kind: kind, Repeated: true}
}

func sub(number int, name string, s *protobuf.Schema) protobuf.Field {
	return protobuf.Field{Number: number, Name: name, Kind: protobuf.Message, Message: s}
}

func named(number int, name string, names []protobuf.Name) protobuf.Field {
	return protobuf.Field{Number: number, Name: name, Kind: protobuf.Enum, Enum: names}
}

// repeated makes a field a list.
func repeated(f protobuf.Field) protobuf.Field {
	f.Repeated = true
	return f
}

// The messages of flows.
var (
	ports     = of(one(1, "source_port", protobuf.Uint32), one(2, "destination_port", protobuf.Uint32))
	icmp      = of(one(1, "type", protobuf.Uint32), one(2, "code", protobuf.Uint32))
	tcpFlags  = of(one(1, "FIN", protobuf.Bool), one(2, "SYN", protobuf.Bool), one(3, "RST", protobuf.Bool), one(4, "PSH", protobuf.Bool), one(5, "ACK", protobuf.Bool), one(6, "URG", protobuf.Bool), one(7, "ECE", protobuf.Bool), one(8, "CWR", protobuf.Bool), one(9, "NS", protobuf.Bool))
	tcp       = of(one(1, "source_port", protobuf.Uint32), one(2, "destination_port", protobuf.Uint32), sub(3, "flags", tcpFlags))
	layer4    = of(sub(1, "TCP", tcp), sub(2, "UDP", ports), sub(3, "ICMPv4", icmp), sub(4, "ICMPv6", icmp), sub(5, "SCTP", ports))
	ip        = of(one(1, "source", protobuf.String), one(5, "source_xlated", protobuf.String), one(2, "destination", protobuf.String), named(3, "ipVersion", ipVersions), one(4, "encrypted", protobuf.Bool))
	ethernet  = of(one(1, "source", protobuf.String), one(2, "destination", protobuf.String))
	tunnel    = of(named(1, "protocol", tunnels), sub(2, "IP", ip), sub(3, "l4", layer4), one(4, "vni", protobuf.Uint32))
	workload  = of(one(1, "name", protobuf.String), one(2, "kind", protobuf.String))
	endpoint  = of(one(1, "ID", protobuf.Uint32), one(2, "identity", protobuf.Uint32), one(7, "cluster_name", protobuf.String), one(3, "namespace", protobuf.String), many(4, "labels", protobuf.String), one(5, "pod_name", protobuf.String), repeated(sub(6, "workloads", workload)))
	dns       = of(one(1, "query", protobuf.String), many(2, "ips", protobuf.String), one(3, "ttl", protobuf.Uint32), many(4, "cnames", protobuf.String), one(5, "observation_source", protobuf.String), one(6, "rcode", protobuf.Uint32), many(7, "qtypes", protobuf.String), many(8, "rrtypes", protobuf.String))
	header    = of(one(1, "key", protobuf.String), one(2, "value", protobuf.String))
	http      = of(one(1, "code", protobuf.Uint32), one(2, "method", protobuf.String), one(3, "url", protobuf.String), one(4, "protocol", protobuf.String), repeated(sub(5, "headers", header)))
	kafka     = of(one(1, "error_code", protobuf.Int32), one(2, "api_version", protobuf.Int32), one(3, "api_key", protobuf.String), one(4, "correlation_id", protobuf.Int32), one(5, "topic", protobuf.String))
	layer7    = of(named(1, "type", l7Types), one(2, "latency_ns", protobuf.Uint64), sub(100, "dns", dns), sub(101, "http", http), sub(102, "kafka", kafka))
	service   = of(one(1, "name", protobuf.String), one(2, "namespace", protobuf.String))
	eventType = of(one(1, "type", protobuf.Int32), one(2, "sub_type", protobuf.Int32))
	netif     = of(one(1, "index", protobuf.Uint32), one(2, "name", protobuf.String))
	file      = of(one(1, "name", protobuf.String), one(2, "line", protobuf.Uint32))
	traceID   = of(one(1, "trace_id", protobuf.Uint64), one(2, "ip_option_type", protobuf.Uint32))
	emitter   = of(one(1, "name", protobuf.String), one(2, "version", protobuf.String))

	flow = of(
		one(1, "time", protobuf.Timestamp), one(34, "uuid", protobuf.String), sub(41, "emitter", emitter),
		named(2, "verdict", verdicts), one(3, "drop_reason", protobuf.Uint32), named(35, "auth_type", authTypes), sub(4, "ethernet", ethernet),
		sub(5, "IP", ip), sub(6, "l4", layer4), sub(39, "tunnel", tunnel), sub(8, "source", endpoint), sub(9, "destination", endpoint),
		named(10, "Type", flowTypes), one(11, "node_name", protobuf.String), sub(15, "l7", layer7), one(16, "reply", protobuf.Bool), sub(19, "event_type", eventType),
		sub(21, "destination_service", service), named(22, "traffic_direction", directions), one(23, "policy_match_type", protobuf.Uint32),
		named(24, "trace_observation_point", tracePoints), named(36, "trace_reason", traceReasons), sub(38, "file", file), sub(40, "ip_trace_id", traceID),
		named(25, "drop_reason_desc", dropReasons), one(26, "is_reply", protobuf.BoolValue), named(27, "debug_capture_point", capturePoints),
		sub(28, "interface", netif), one(29, "proxy_port", protobuf.Uint32), named(31, "sock_xlate_point", xlatePoints), one(32, "socket_cookie", protobuf.Uint64),
		one(33, "cgroup_id", protobuf.Uint64), one(100000, "Summary", protobuf.String),
	)
	lostEvent  = of(named(1, "source", lostSources), one(2, "num_events_lost", protobuf.Uint64), one(3, "cpu", protobuf.Int32Value), one(4, "first", protobuf.Timestamp), one(5, "last", protobuf.Timestamp))
	debugEvent = of(one(1, "type", protobuf.Uint32), sub(2, "source", endpoint), one(3, "hash", protobuf.UInt32Value), one(4, "arg1", protobuf.UInt32Value), one(5, "arg2", protobuf.UInt32Value), one(6, "arg3", protobuf.UInt32Value), one(7, "message", protobuf.String), one(8, "cpu", protobuf.Int32Value))

	unknownNote  = of(one(1, "type", protobuf.String), one(2, "notification", protobuf.String))
	timeNote     = of(one(1, "time", protobuf.Timestamp))
	policyNote   = of(many(1, "labels", protobuf.String), one(2, "revision", protobuf.Uint64), one(3, "rule_count", protobuf.Int64))
	endpointNote = of(one(1, "id", protobuf.Uint64), many(2, "labels", protobuf.String), one(3, "error", protobuf.String), one(4, "pod_name", protobuf.String), one(5, "namespace", protobuf.String))
	agentEvent   = of(named(1, "type", agentTypes), sub(100, "unknown", unknownNote), sub(101, "agent_start", timeNote), sub(102, "policy_update", policyNote), sub(103, "endpoint_regenerate", endpointNote), sub(104, "endpoint_update", endpointNote))
)

// nodeName and when end every response.
var nodeName, when = one(1000, "node_name", protobuf.String), one(1001, "time", protobuf.Timestamp)

// responseEvent is what the observer sends about a flow or a loss.
var responseEvent = of(sub(1, "flow", flow), sub(3, "lost_events", lostEvent), nodeName, when)

// exportEvent is a line of the file that Cilium's agent writes: all kinds of records.
var exportEvent = of(sub(1, "flow", flow), sub(3, "lost_events", lostEvent), sub(4, "agent_event", agentEvent), sub(5, "debug_event", debugEvent), nodeName, when)
