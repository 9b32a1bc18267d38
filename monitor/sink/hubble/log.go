// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/verdict"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// log sets the flow of a record of the access log. It shares no slices and maps with the record, which is reused.
func (m *Mapper) log(l *accesslog.LogRecord) {
	f := &m.rec.Flow
	f.Type, f.EventType = TypeL7, EventLog
	f.Verdict = uint32(verdict.OfLog(l.Verdict))
	f.Direction = map[accesslog.ObservationPoint]uint32{accesslog.Ingress: Ingress, accesslog.Egress: Egress}[l.ObservationPoint]
	src, dst := &l.SourceEndpoint, &l.DestinationEndpoint
	f.Source, f.Destination = logEndpoint(src), logEndpoint(dst)
	if l.IPVersion == 6 {
		f.Src, _ = netip.ParseAddr(src.IPv6)
		f.Dst, _ = netip.ParseAddr(dst.IPv6)
	} else {
		f.Src, _ = netip.ParseAddr(src.IPv4)
		f.Dst, _ = netip.ParseAddr(dst.IPv4)
	}
	if p := l.TransportProtocol; p == packet.ProtoTCP || p == packet.ProtoUDP || p == packet.ProtoSCTP {
		f.L4 = L4{Proto: uint8(p), SrcPort: src.Port, DstPort: dst.Port}
		f.IPProto = uint8(p)
	}
	if l.ServiceInfo != nil {
		f.DestinationService = l.ServiceInfo.Name
	}
	f.IsReply = No
	f.L7 = &L7{}
	switch l.Type {
	case accesslog.TypeRequest:
		f.L7.Type = L7Request
	case accesslog.TypeResponse:
		f.L7.Type, f.IsReply = L7Response, Yes
	case accesslog.TypeSample:
		f.L7.Type = L7Sample
	}
	f.Summary = f.L7.set(f.Summary, l)
}

func logEndpoint(e *accesslog.EndpointInfo) Endpoint {
	out := Endpoint{ID: uint32(e.ID), Identity: uint32(e.Identity), Labels: slices.Clone(e.Labels)}
	slices.Sort(out.Labels)
	for _, label := range out.Labels {
		if ns, ok := strings.CutPrefix(label, "k8s:io.kubernetes.pod.namespace="); ok {
			out.Namespace = ns
		}
	}
	return out
}

// set sets what the record says about its protocol, and appends the summary.
func (l *L7) set(dst []byte, r *accesslog.LogRecord) []byte {
	switch {
	case r.DNS != nil:
		l.DNS = newDNS(r.DNS)
		return l.DNS.appendSummary(dst, l.Type == L7Response)
	case r.HTTP != nil:
		l.HTTP = newHTTP(r.HTTP)
		return l.HTTP.appendSummary(dst, l.Type == L7Response)
	case r.Kafka != nil:
		k := r.Kafka
		l.Kafka = &Kafka{int32(k.ErrorCode), int32(k.APIVersion), k.CorrelationID, k.APIKey, k.Topic.Topic}
		dst = append(append(dst, "Kafka "...), k.APIKey...)
		return append(append(dst, " topic "...), k.Topic.Topic...)
	case r.L7 != nil:
		dst = append(dst, r.L7.Proto...)
		keys := make([]string, 0, len(r.L7.Fields))
		for key := range r.L7.Fields {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			dst = append(append(append(append(dst, ' '), key...), ':'), r.L7.Fields[key]...)
		}
	}
	return dst
}

func newDNS(d *accesslog.LogRecordDNS) *DNS {
	out := &DNS{Query: d.Query, TTL: d.TTL, CNAMEs: slices.Clone(d.CNAMEs), Source: strings.Clone(string(d.ObservationSource)), RCode: uint32(d.RCode)}
	for _, ip := range d.IPs {
		out.IPs = append(out.IPs, ip.String())
	}
	out.Types, out.AnswerTypes = dnsTypes(d.QTypes), dnsTypes(d.AnswerTypes)
	return out
}

// dnsTypes returns the names of types of DNS, or their numbers.
func dnsTypes(all []uint16) (out []string) {
	for _, t := range all {
		name := names.DNSType(t)
		if name == "" {
			name = "TYPE" + strconv.Itoa(int(t))
		}
		out = append(out, name)
	}
	return out
}

func (d *DNS) appendSummary(dst []byte, answer bool) []byte {
	if !answer {
		dst = append(append(dst, "DNS Query "...), d.Query...)
		return appendJoined(dst, " ", d.Types)
	}
	dst = append(dst, "DNS Answer"...)
	if d.RCode != 0 {
		dst = strconv.AppendUint(append(dst, " RCode: "...), uint64(d.RCode), 10)
	}
	dst = appendJoined(dst, " ", d.IPs)
	if len(d.CNAMEs) > 0 {
		dst = appendJoined(append(dst, " CNAMEs:"...), " ", d.CNAMEs)
	}
	dst = append(append(dst, " (Query "...), d.Query...)
	return append(appendJoined(dst, " ", d.Types), ')')
}

// appendJoined appends texts, with a separator in front of each.
func appendJoined(dst []byte, separator string, all []string) []byte {
	for _, s := range all {
		dst = append(append(dst, separator...), s...)
	}
	return dst
}

func newHTTP(h *accesslog.LogRecordHTTP) *HTTP {
	out := &HTTP{Code: uint32(h.Code), Method: h.Method, Protocol: h.Protocol}
	if h.URL != nil {
		out.URL = h.URL.Redacted()
	}
	for key, values := range h.Headers {
		for _, value := range values {
			out.Headers = append(out.Headers, [2]string{key, value})
		}
	}
	slices.SortStableFunc(out.Headers, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return out
}

func (h *HTTP) appendSummary(dst []byte, response bool) []byte {
	dst = append(append(dst, h.Protocol...), ' ')
	if response {
		dst = append(strconv.AppendUint(dst, uint64(h.Code), 10), " ("...)
	}
	dst = append(append(dst, h.Method...), ' ')
	dst = append(dst, h.URL...)
	if response {
		dst = append(dst, ')')
	}
	return dst
}
