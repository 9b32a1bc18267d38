// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"errors"
	"net/netip"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// test reports whether a flow matches one value of a field of a filter.
type test func(e *entry) bool

// filter is a filter of a client: of each field that it sets, one value must match.
type filter [][]test

func (f filter) match(e *entry) bool {
	for _, values := range f {
		if !slices.ContainsFunc(values, func(t test) bool { return t(e) }) {
			return false
		}
	}
	return true
}

// filters are those of a request: any of allowed must match, if there are some, and none of denied.
type filters struct{ allowed, denied []filter }

func (f *filters) match(e *entry) bool {
	matches := func(f filter) bool { return f.match(e) }
	return (len(f.allowed) == 0 || slices.ContainsFunc(f.allowed, matches)) && !slices.ContainsFunc(f.denied, matches)
}

// add reads a filter.
func (f *filters) add(msg []byte, deny bool) error {
	byField := map[int][]test{}
	err := protobuf.Each(msg, func(v protobuf.Value) error {
		make, known := filterFields[v.Number]
		if !known {
			return failed(codeInvalidArgument, "bpfmon does not know the filter with number %d", v.Number)
		}
		if make.build == nil {
			return failed(codeInvalidArgument, "bpfmon cannot judge the filter %s: %s", make.name, make.why)
		}
		tests, err := make.build(v)
		if err != nil {
			return failed(codeInvalidArgument, "filter %s: %v", make.name, err)
		}
		byField[v.Number] = append(byField[v.Number], tests...)
		return nil
	})
	if err != nil {
		return err
	}
	var all filter
	for _, tests := range byField {
		if len(tests) > 0 {
			all = append(all, tests)
		}
	}
	if deny {
		f.denied = append(f.denied, all)
	} else {
		f.allowed = append(f.allowed, all)
	}
	return nil
}

func asStatus(err error, status **statusError) bool { return errors.As(err, status) }

// filterField is a field of a filter, and how to judge it, or why that cannot be done.
type filterField struct {
	name  string
	build func(v protobuf.Value) ([]test, error)
	why   string
}

const (
	noKubernetes = "it does not know Kubernetes; filter by address"
	noLabels     = "it does not know labels; filter by identity or address"
)

// filterFields are the fields of FlowFilter by their numbers.
var filterFields = map[int]filterField{
	1:   {"source_ip", prefixes(func(f *hubble.Flow) netip.Addr { return f.Src }), ""},
	3:   {"destination_ip", prefixes(func(f *hubble.Flow) netip.Addr { return f.Dst }), ""},
	34:  {"source_ip_xlated", prefixes(func(f *hubble.Flow) netip.Addr { return f.SrcXlated }), ""},
	5:   {"verdict", numbers(func(f *hubble.Flow) uint64 { return uint64(f.Verdict) }), ""},
	6:   {"event_type", eventTypes, ""},
	9:   {"http_status_code", texts(statusCodes), ""},
	12:  {"protocol", texts(protocols), ""},
	13:  {"source_port", texts(portsOf(func(l *hubble.L4) uint16 { return l.SrcPort })), ""},
	14:  {"destination_port", texts(portsOf(func(l *hubble.L4) uint16 { return l.DstPort })), ""},
	15:  {"reply", replies, ""},
	18:  {"dns_query", texts(dnsQueries), ""},
	19:  {"source_identity", numbers(func(f *hubble.Flow) uint64 { return uint64(f.Source.Identity) }), ""},
	20:  {"destination_identity", numbers(func(f *hubble.Flow) uint64 { return uint64(f.Destination.Identity) }), ""},
	21:  {"http_method", texts(methods), ""},
	22:  {"http_path", texts(httpRegexp(urlPath)), ""},
	31:  {"http_url", texts(httpRegexp(func(h *hubble.HTTP) string { return h.URL })), ""},
	32:  {"http_header", headers, ""},
	23:  {"tcp_flags", tcpFlags, ""},
	24:  {"node_name", texts(nodeNames), ""},
	25:  {"ip_version", numbers(func(f *hubble.Flow) uint64 { return uint64(f.IPVersion()) }), ""},
	30:  {"traffic_direction", numbers(func(f *hubble.Flow) uint64 { return uint64(f.Direction) }), ""},
	33:  {"drop_reason_desc", numbers(func(f *hubble.Flow) uint64 { return uint64(f.DropReason) }), ""},
	35:  {"interface", interfaces, ""},
	39:  {"ip_trace_id", numbers(func(f *hubble.Flow) uint64 { return f.IPTraceID }), ""},
	40:  {"encrypted", numbers(func(f *hubble.Flow) uint64 { return bit(f.Encrypted) }), ""},
	2:   {"source_pod", nil, noKubernetes},
	4:   {"destination_pod", nil, noKubernetes},
	7:   {"source_fqdn", nil, "it does not know the names of addresses; filter by address or by DNS query"},
	8:   {"destination_fqdn", nil, "it does not know the names of addresses; filter by address or by DNS query"},
	10:  {"source_label", nil, noLabels},
	11:  {"destination_label", nil, noLabels},
	16:  {"source_service", nil, noKubernetes},
	17:  {"destination_service", nil, noKubernetes},
	26:  {"source_workload", nil, noKubernetes},
	27:  {"destination_workload", nil, noKubernetes},
	28:  {"trace_id", nil, "it does not follow traces"},
	29:  {"uuid", nil, "its flows have none"},
	36:  {"node_labels", nil, noLabels},
	37:  {"source_cluster_name", nil, noKubernetes},
	38:  {"destination_cluster_name", nil, noKubernetes},
	999: {"cel_expression", nil, "it has no CEL; hubble observe --input-file - has, for bpfmon --json=hubble"},
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// numbers judges fields that are lists of numbers.
func numbers(get func(*hubble.Flow) uint64) func(protobuf.Value) ([]test, error) {
	return func(v protobuf.Value) ([]test, error) {
		all, err := v.Uints(nil)
		var tests []test
		for _, n := range all {
			tests = append(tests, func(e *entry) bool { return get(&e.flow) == n })
		}
		return tests, err
	}
}

// texts judges fields that are lists of texts.
func texts(parse func(s string) (test, error)) func(protobuf.Value) ([]test, error) {
	return func(v protobuf.Value) ([]test, error) {
		t, err := parse(string(v.Bytes))
		return []test{t}, err
	}
}

// prefixes judges addresses and prefixes.
func prefixes(get func(*hubble.Flow) netip.Addr) func(protobuf.Value) ([]test, error) {
	return texts(func(s string) (test, error) {
		if strings.Contains(s, "/") {
			p, err := netip.ParsePrefix(s)
			return func(e *entry) bool { return p.Contains(get(&e.flow)) }, err
		}
		a, err := netip.ParseAddr(s)
		return func(e *entry) bool { return get(&e.flow) == a }, err
	})
}

func portsOf(get func(*hubble.L4) uint16) func(string) (test, error) {
	return func(s string) (test, error) {
		first, last, _ := strings.Cut(s, "-")
		if last == "" {
			last = first
		}
		low, err1 := strconv.ParseUint(first, 10, 16)
		high, err2 := strconv.ParseUint(last, 10, 16)
		if err1 != nil || err2 != nil || low > high {
			return nil, failed(codeInvalidArgument, "%q is not a port", s)
		}
		return func(e *entry) bool {
			l := &e.flow.L4
			if l.Proto != packet.ProtoTCP && l.Proto != packet.ProtoUDP && l.Proto != packet.ProtoSCTP {
				return false
			}
			port := uint64(get(l))
			return low <= port && port <= high
		}, nil
	}
}

func protocols(s string) (test, error) {
	l7 := func(has func(*hubble.L7) bool) test {
		return func(e *entry) bool { return e.flow.L7 != nil && has(e.flow.L7) }
	}
	switch name := strings.ToLower(s); name {
	case "http":
		return l7(func(l *hubble.L7) bool { return l.HTTP != nil }), nil
	case "dns":
		return l7(func(l *hubble.L7) bool { return l.DNS != nil }), nil
	case "kafka":
		return l7(func(l *hubble.L7) bool { return l.Kafka != nil }), nil
	case "icmp":
		return func(e *entry) bool {
			return e.flow.L4.Proto == packet.ProtoICMP || e.flow.L4.Proto == packet.ProtoICMPv6
		}, nil
	case "icmpv4":
		return func(e *entry) bool { return e.flow.L4.Proto == packet.ProtoICMP }, nil
	default:
		n, ok := packet.ProtocolNumber(name)
		if !ok {
			return nil, failed(codeInvalidArgument, "%q is not a protocol", s)
		}
		return func(e *entry) bool { return e.flow.IPProto == n }, nil
	}
}

func eventTypes(v protobuf.Value) ([]test, error) {
	var kind, subtype int32
	var match bool
	err := protobuf.Each(v.Bytes, func(v protobuf.Value) error {
		switch v.Number {
		case 1:
			kind = int32(v.Uint)
		case 2:
			match = v.Uint != 0
		case 3:
			subtype = int32(v.Uint)
		}
		return nil
	})
	return []test{func(e *entry) bool {
		return (kind == 0 || e.flow.EventType == kind) && (!match || e.flow.SubType == subtype)
	}}, err
}

// replies judges whether a flow is an answer. That a drop does not say it counts as no.
func replies(v protobuf.Value) ([]test, error) {
	all, err := v.Uints(nil)
	var tests []test
	for _, n := range all {
		tests = append(tests, func(e *entry) bool {
			if e.flow.IsReply == hubble.Unset && e.flow.Verdict != hubble.Dropped {
				return false
			}
			return bit(e.flow.IsReply == hubble.Yes) == n
		})
	}
	return tests, err
}

func interfaces(v protobuf.Value) ([]test, error) {
	var index uint64
	var name string
	err := protobuf.Each(v.Bytes, func(v protobuf.Value) error {
		switch v.Number {
		case 1:
			index = v.Uint
		case 2:
			name = string(v.Bytes)
		}
		return nil
	})
	return []test{func(e *entry) bool {
		return (index == 0 || uint64(e.flow.IfIndex) == index) && (name == "" || e.flow.IfName == name)
	}}, err
}

func tcpFlags(v protobuf.Value) ([]test, error) {
	var want packet.TCPFlags
	err := protobuf.Each(v.Bytes, func(v protobuf.Value) error {
		if v.Number <= 9 && v.Uint != 0 {
			want |= 1 << (v.Number - 1)
		}
		return nil
	})
	return []test{func(e *entry) bool { return e.flow.L4.HasFlags && e.flow.L4.Flags.Has(want) }}, err
}

// nodeNames judges the name of a node, in which * stands for anything. A cluster in front of it is that of all nodes here.
func nodeNames(s string) (test, error) {
	if cluster, node, ok := strings.Cut(s, "/"); ok {
		if ok, err := path.Match(cluster, "default"); cluster != "" && (!ok || err != nil) {
			return func(*entry) bool { return false }, err
		}
		s = node
	}
	if s == "" {
		return func(*entry) bool { return true }, nil
	}
	_, err := path.Match(s, "")
	return func(e *entry) bool { ok, _ := path.Match(s, e.node); return ok }, err
}

// statusCodes judges an HTTP status: 404, or 5+ for all that begin with 5.
func statusCodes(s string) (test, error) {
	if !regexp.MustCompile(`^[1-5][0-9]{2}$|^[1-5][0-9]?\+$`).MatchString(s) {
		return nil, failed(codeInvalidArgument, "%q is not a status such as 404 or 5+", s)
	}
	prefix := strings.TrimSuffix(s, "+")
	return func(e *entry) bool {
		h := httpOf(e)
		return h != nil && h.Code != 0 && strings.HasPrefix(strconv.FormatUint(uint64(h.Code), 10), prefix)
	}, nil
}

func httpOf(e *entry) *hubble.HTTP {
	if e.flow.L7 == nil {
		return nil
	}
	return e.flow.L7.HTTP
}

func methods(s string) (test, error) {
	return func(e *entry) bool { h := httpOf(e); return h != nil && strings.EqualFold(h.Method, s) }, nil
}

func httpRegexp(get func(*hubble.HTTP) string) func(string) (test, error) {
	return func(s string) (test, error) {
		re, err := regexp.Compile(s)
		return func(e *entry) bool { h := httpOf(e); return h != nil && re.MatchString(get(h)) }, err
	}
}

// urlPath returns the path in the URL.
func urlPath(h *hubble.HTTP) string {
	_, rest, ok := strings.Cut(h.URL, "://")
	if !ok {
		rest = h.URL
	} else if i := strings.IndexByte(rest, '/'); i >= 0 {
		rest = rest[i:]
	} else {
		rest = ""
	}
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	return rest
}

func headers(v protobuf.Value) ([]test, error) {
	var want [2]string
	err := protobuf.Each(v.Bytes, func(v protobuf.Value) error {
		if v.Number == 1 || v.Number == 2 {
			want[v.Number-1] = string(v.Bytes)
		}
		return nil
	})
	return []test{func(e *entry) bool {
		h := httpOf(e)
		return h != nil && slices.ContainsFunc(h.Headers, func(have [2]string) bool { return strings.EqualFold(have[0], want[0]) && have[1] == want[1] })
	}}, err
}

func dnsQueries(s string) (test, error) {
	re, err := regexp.Compile(s)
	return func(e *entry) bool {
		return e.flow.L7 != nil && e.flow.L7.DNS != nil && re.MatchString(strings.TrimSuffix(e.flow.L7.DNS.Query, "."))
	}, err
}
