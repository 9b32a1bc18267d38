// SPDX-License-Identifier: Apache-2.0

package kernel

import (
	"bytes"
	"strings"
)

// ShortReason returns the name of a reason without the prefix that the kernel gives it: "NO_SOCKET" for
// "SKB_DROP_REASON_NO_SOCKET". Names of Open vSwitch keep what tells them apart: "OVS_METER" for "OVS_DROP_METER".
func ShortReason(name string) string {
	switch name {
	case "SKB_NOT_DROPPED_YET", "SKB_CONSUMED":
		return name[len("SKB_"):]
	}
	for _, prefix := range []string{"SKB_DROP_REASON_", "SK_RST_REASON_", "REASON_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	if rest, ok := strings.CutPrefix(name, "OVS_DROP_"); ok {
		return "OVS_" + rest
	}
	return name
}

// ReasonText returns what a reason means, by its name with or without prefix. It returns "" for one without a text.
func ReasonText(name string) string { return reasonMeans([]byte(ShortReason(name))) }

// ReasonNames returns the names of the reasons that have a text, without prefix: those of the kernels known to this package.
func ReasonNames() []string {
	var all []string
	for r := Reason(0); ; r++ {
		name, ok := r.Name()
		if !ok {
			return all
		}
		all = append(all, name)
	}
}

// Explain returns what a reason means in the function that dropped the packet, which often says more: the function may have
// an offset and a module behind it. It returns "" if there is nothing to say.
func Explain(reason, function string) string {
	return explain([]byte(ShortReason(reason)), []byte(function))
}

// explain is Explain for a name without prefix. It allocates nothing.
func explain(short, function []byte) string {
	if i := bytes.IndexAny(function, "+. "); i >= 0 {
		function = function[:i]
	}
	for i := range places {
		p := &places[i]
		if (p.reason == "" || p.reason == string(short)) && p.function == string(function) {
			return p.text
		}
	}
	return reasonMeans(short)
}

// places are reasons that mean something else, or more, in a function. No reason stands for any.
var places = [...]struct{ reason, function, text string }{
	{"IP_INHDR", "ip_forward", "its time to live (TTL) is over: a routing loop, or a trace of the route"},
	{"IP_INHDR", "ip6_forward", "its hop limit is over: a routing loop, or a trace of the route"},
	{"NO_SOCKET", "ping_rcv", "no ping socket waits for this answer; raw sockets, such as those of most ping commands, get it all the same"},
	{"NOT_SPECIFIED", "ip_error", "the route is of type blackhole, unreachable or prohibit, or there is none"},
	{"NOT_SPECIFIED", "dst_discard", "the route is of type blackhole, or is going away"},
	{"NOT_SPECIFIED", "dst_discard_out", "the route is of type blackhole, or is going away"},
	{"NOT_SPECIFIED", "ip6_pkt_discard", "the route is of type unreachable or blackhole, or there is none"},
	{"NOT_SPECIFIED", "ip6_pkt_drop", "the route is of type unreachable, prohibit or blackhole, or there is none"},
	{"NOT_SPECIFIED", "ip6_pkt_prohibit", "the route is of type prohibit"},
	{"NOT_SPECIFIED", "ip6_pkt_prohibit_out", "the route is of type prohibit"},
	{"", "udp_destruct_common", "its socket was closed before anybody read it"},
}

// reasonMeans is ReasonText for a name without prefix. It allocates nothing.
func reasonMeans(short []byte) string {
	for r := Reason(0); ; r++ {
		name, ok := r.Name()
		if !ok {
			return ""
		}
		if name == string(short) {
			means, _ := reasonText(r).Name()
			return means
		}
	}
}
