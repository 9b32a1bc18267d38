// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"fmt"
	"strings"
)

// hints says what to write in place of words of tcpdump, Wireshark, Hubble and others that are none here.
var hints = map[string]string{
	// tcpdump
	"protochain": "proto, which looks past extension headers",
	"inbound":    "src endpoint, dst endpoint or point",
	"outbound":   "src endpoint, dst endpoint or point",
	"on":         "iface NAME",
	"ifname":     "iface NAME",
	"gateway":    "ether host MAC and not host ADDRESS",
	"rnr":        "reason or type drop",
	"action":     "type drop or type trace",
	"rarp":       "ether proto 0x8035",
	"lldp":       "ether proto 0x88cc",
	"stp":        "ether dst 01:80:c2:00:00:00",
	"pppoed":     "ether proto 0x8863",
	"pppoes":     "ether proto 0x8864",
	"mask":       "net 10.0.0.0/8: the length of the prefix in place of a mask",
	"wlan":       "ether host MAC",
	"tcpflags":   "tcp[tcpflags] & tcp-syn != 0, or syn",
	"icmp6type":  "icmptype NUMBER",
	"icmp6code":  "icmpcode NUMBER",
	"dir":        "src endpoint, dst endpoint or point",

	// Wireshark
	"ip.addr":              "host ADDRESS",
	"ipv6.addr":            "host ADDRESS",
	"ipv6.src":             "src host ADDRESS",
	"ipv6.dst":             "dst host ADDRESS",
	"ip.proto":             "proto PROTOCOL",
	"ipv6.nxt":             "proto PROTOCOL",
	"ip.ttl":               "ttl NUMBER",
	"ipv6.hlim":            "ttl NUMBER",
	"ip.version":           "ip or ip6",
	"ipv4":                 "ip",
	"ipv6":                 "ip6",
	"icmpv6":               "icmp6",
	"tcp.srcport":          "tcp src port PORT",
	"tcp.dstport":          "tcp dst port PORT",
	"udp.srcport":          "udp src port PORT",
	"udp.dstport":          "udp dst port PORT",
	"tcp.flags":            "syn, ack, ..., or tcp[tcpflags] = 0x12",
	"tcp.flags.reset":      "rst",
	"tcp.flags.push":       "psh",
	"eth.addr":             "ether host MAC",
	"eth.src":              "ether src MAC",
	"eth.dst":              "ether dst MAC",
	"eth.type":             "ether proto NUMBER",
	"frame.len":            "len",
	"frame.interface_name": "iface NAME",
	"frame.comment":        "reason \"TEXT*\"",
	"vlan.id":              "vlan ID",
	"vxlan.vni":            "vxlan ID",
	"geneve.vni":           "geneve ID",
	"icmp.type":            "icmptype NUMBER",
	"icmp.code":            "icmpcode NUMBER",
	"icmpv6.type":          "icmptype NUMBER",
	"icmpv6.code":          "icmpcode NUMBER",

	"frame.time":       "time >= 2026-11-27T12:05",
	"frame.time_epoch": "time >= SECONDS",

	// Hubble and Cilium
	"since":     "time >= TIME",
	"until":     "time < TIME",
	"after":     "time >= TIME",
	"before":    "time < TIME",
	"timestamp": "time >= TIME",
	"dropped":   "verdict dropped",
	"forwarded": "verdict forwarded",
	"protocol":  "proto PROTOCOL",
	"pod":       "endpoint ID or host ADDRESS",
	"namespace": "identity ID or net PREFIX",
	"label":     "identity ID",
	"labels":    "identity ID",
	"device":    "iface NAME",
	"dev":       "iface NAME",
	"interface": "iface NAME",
	"address":   "host ADDRESS",
	"addr":      "host ADDRESS",
	"sport":     "src port PORT",
	"dport":     "dst port PORT",
	"saddr":     "src host ADDRESS",
	"daddr":     "dst host ADDRESS",
}

// hint returns what to write in place of a word that is none.
func hint(word string) string {
	lower := strings.ToLower(word)
	if findWord(lower) != nil || isQualifier(lower) {
		return ""
	}
	if h, ok := hints[lower]; ok {
		return fmt.Sprintf("%q is not a word of this language: write %s", word, h)
	}
	flag := strings.TrimPrefix(strings.TrimPrefix(lower, "tcp.flags."), "tcp-")
	if flag == "push" {
		flag = "psh"
	}
	if w := findWord(flag); flag != lower && w != nil && w.subject == subjectFlag {
		return fmt.Sprintf("the word for %s is %s", word, flag)
	}
	if _, ok := servicePort(lower); ok {
		return fmt.Sprintf("%s is the name of a port: write port %s", word, lower)
	}
	return ""
}
