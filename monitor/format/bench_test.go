// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// Frames of the events that are measured.
const (
	tcp4Frame = "0a0a0a0a0a0a020000000001" + "0800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307"
	tcp6Frame = "0a0a0a0a0a0a020000000001" + "86dd" + "6000000000140640" +
		"fd000000000000000000000000000001" + "fd000000000000000000000000000002" + "9c400050000003e8000000005012faf0c0de0000"
	icmp4Frame = "0a0a0a0a0a0a020000000001" + "0800" + "4500001c1c4640004001b20b0a0000010a000002" + "0800f7fe00000001"
	icmp6Frame = "0a0a0a0a0a0a020000000001" + "86dd" + "6000000000083a40" +
		"fd000000000000000000000000000001" + "fd000000000000000000000000000002" + "8000f7ff00010001"
)

// event is a message that is measured.
type event struct {
	name string
	data []byte
}

// packetEvents are messages of the datapath: each that is about a packet with each frame, and a debug message.
func packetEvents(t testing.TB) []event {
	var all []event
	for _, h := range notifications() {
		for _, f := range []struct{ name, hex string }{
			{"tcp4", tcp4Frame}, {"tcp6", tcp6Frame}, {"icmp4", icmp4Frame}, {"icmp6", icmp6Frame},
		} {
			all = append(all, event{h.name + "-" + f.name, pack(t, h.value, f.hex)})
		}
	}
	debug := monitor.DebugMsg{Type: api.MessageTypeDebug, SubType: monitor.DbgCtLookup, Source: 55, Hash: 0xdeadbeef,
		Arg1: 40000<<16 | 80, Arg2: 6<<8 | 1}
	return append(all, event{"debug-ct", pack(t, debug, "")})
}

// notification is the struct of a message about a packet.
type notification struct {
	name  string
	value any
}

func notifications() []notification {
	return []notification{
		{"drop", monitor.DropNotify{Type: api.MessageTypeDrop, SubType: api.DropPolicy, Source: 55, Hash: 0xdeadbeef,
			OrigLen: 74, CapLen: 128, SrcLabel: 263, DstLabel: 104, DstID: 55}},
		{"trace", monitor.TraceNotify{Type: api.MessageTypeTrace, ObsPoint: monitor.TraceToLxc, Source: 55, Hash: 0xdeadbeef,
			OrigLen: 74, CapLen: 128, SrcLabel: 263, DstLabel: 104, DstID: 55, Reason: monitor.TraceReasonCtEstablished,
			Ifindex: 7}},
		{"capture", monitor.DebugCapture{Type: api.MessageTypeCapture, SubType: monitor.DbgCaptureDelivery, Source: 55,
			Hash: 0xdeadbeef, Len: 74, OrigLen: 128, Arg1: 7}},
	}
}

// agentEvents are messages of the agent.
func agentEvents(t testing.TB) []event {
	log := accesslog.LogRecord{
		Type: accesslog.TypeRequest, Timestamp: "2019-06-06T10:00:00.000000000Z", ObservationPoint: accesslog.Ingress,
		NodeAddressInfo: accesslog.NodeAddressInfo{IPv4: "192.168.0.10", IPv6: "fd00::a"}, IPVersion: 4,
		SourceEndpoint: accesslog.EndpointInfo{ID: 55, Identity: 263, IPv4: "10.0.0.1", Port: 40000,
			Labels: []string{"k8s:app=frontend", "k8s:io.kubernetes.pod.namespace=default"}},
		DestinationEndpoint: accesslog.EndpointInfo{ID: 56, Identity: 104, IPv4: "10.0.0.2", Port: 80,
			Labels: []string{"k8s:app=backend", "k8s:io.kubernetes.pod.namespace=default"}},
		Verdict: accesslog.VerdictForwarded, TransportProtocol: 6,
	}
	web, name, topic := log, log, log
	web.HTTP = &accesslog.LogRecordHTTP{Method: "GET", URL: &url.URL{Scheme: "http", Host: "backend:80", Path: "/v1/items"},
		Protocol: "HTTP/1.1", Headers: http.Header{"User-Agent": {"curl/7.64.0"}, "Accept": {"*/*"}}}
	name.Type = accesslog.TypeResponse
	name.DNS = &accesslog.LogRecordDNS{Query: "backend.default.svc.cluster.local.", IPs: []net.IP{{10, 0, 0, 2}}, TTL: 30,
		ObservationSource: accesslog.DNSSourceProxy, QTypes: []uint16{1}, AnswerTypes: []uint16{1}}
	topic.Kafka = &accesslog.LogRecordKafka{APIKey: "produce", APIVersion: 2, CorrelationID: 7, Topic: accesslog.KafkaTopic{Topic: "orders"}}
	return []event{
		{"log-http", accessLog(t, web)},
		{"log-dns", accessLog(t, name)},
		{"log-kafka", accessLog(t, topic)},
		{"agent", record(t, api.MessageTypeAgent, api.AgentNotify{Type: api.AgentNotifyPolicyUpdated,
			Text: `{"labels":["unspec:app=frontend"],"revision":7,"rule_count":1}`})},
	}
}

// BenchmarkFormat formats one event into a buffer that is used again, and the same in the straightforward way.
func BenchmarkFormat(b *testing.B) {
	for _, verbosity := range verbosities {
		for _, e := range append(packetEvents(b), agentEvents(b)...) {
			f, s := formatterFor(verbosity), straightFor(verbosity)
			f.Host = &monitor.Host{} // in this host's byte order, as live
			b.Run(verbosity+"/"+e.name+"/append", func(b *testing.B) {
				b.ReportAllocs()
				var buf []byte
				for b.Loop() {
					buf = f.AppendSample(buf[:0], e.data, 3)
				}
			})
			b.Run(verbosity+"/"+e.name+"/straightforward", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_ = s.sample(e.data, 3)
				}
			})
		}
	}
}

// BenchmarkParallel formats with one formatter from one goroutine and from two: the time is that of one event, so two
// processors should halve it.
func BenchmarkParallel(b *testing.B) {
	data := packetEvents(b)[0].data
	for _, verbosity := range verbosities {
		f := formatterFor(verbosity)
		f.Host = &monitor.Host{}
		for _, goroutines := range []int{1, 2} {
			b.Run(verbosity+"/"+[]string{1: "one", 2: "two"}[goroutines], func(b *testing.B) {
				var wg sync.WaitGroup
				for range goroutines {
					wg.Go(func() {
						buf := make([]byte, 0, 4096)
						for range b.N / goroutines {
							buf = f.AppendSample(buf[:0], data, 3)
						}
					})
				}
				wg.Wait()
			})
		}
	}
}

// BenchmarkDecode decodes each struct in this host's byte order, in a given one, and by reflection.
func BenchmarkDecode(b *testing.B) {
	benchmarkDecode(b, "drop", new(monitor.DropNotify))
	benchmarkDecode(b, "trace", new(monitor.TraceNotify))
	benchmarkDecode(b, "capture", new(monitor.DebugCapture))
	benchmarkDecode(b, "debug", new(monitor.DebugMsg))
}

func benchmarkDecode[T any, P interface {
	*T
	Decode(data []byte) error
	DecodeOrder(data []byte, order binary.ByteOrder) error
}](b *testing.B, name string, n P) {
	data := make([]byte, 128)
	b.Run(name+"/native", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = n.Decode(data)
		}
	})
	b.Run(name+"/order", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = n.DecodeOrder(data, binary.LittleEndian)
		}
	})
	b.Run(name+"/straightforward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = binary.Read(bytes.NewReader(data), binary.LittleEndian, n)
		}
	})
}

// BenchmarkPacket takes a packet apart for programs that print themselves.
func BenchmarkPacket(b *testing.B) {
	packet := packetEvents(b)[0].data[monitor.DropNotifyLen:]
	b.Run("summary/append", func(b *testing.B) {
		b.ReportAllocs()
		var buf []byte
		for b.Loop() {
			buf = monitor.AppendConnectionSummary(buf[:0], packet)
		}
	})
	b.Run("summary/string", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = monitor.GetConnectionSummary(packet)
		}
	})
	b.Run("summary/straightforward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = reference.Summary(packet)
		}
	})
	b.Run("dissect/struct", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = monitor.GetDissectSummary(packet)
		}
	})
	b.Run("dissect/straightforward", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = reference.Read(packet)
		}
	})
}

// TestAllocations: formatting a message of the datapath allocates nothing, at any verbosity.
func TestAllocations(t *testing.T) {
	host := &monitor.Host{Interfaces: new(monitor.HostInterfaces), Order: recorded.Order}
	for _, verbosity := range verbosities {
		for _, e := range packetEvents(t) {
			f := formatterFor(verbosity)
			buf := make([]byte, 0, 8192)
			if n := testing.AllocsPerRun(100, func() { f.AppendSample(buf, e.data, 3) }); n != 0 {
				t.Errorf("%s at %s: %v allocations", e.name, verbosity, n)
			}
			f.Host = host
			if n := testing.AllocsPerRun(100, func() { f.AppendSample(buf, e.data, 3) }); n != 0 {
				t.Errorf("%s at %s, with names of interfaces: %v allocations", e.name, verbosity, n)
			}
		}
	}
}
