// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// protocol is a protocol that an IP header can announce.
type protocol struct {
	name   string
	number uint8
}

// protocols are those that have a name in an expression.
var protocols = numbered("ah", "esp", "gre", "icmp", "icmp6", "igmp", "ipip", "ospf", "pim", "sctp", "tcp", "udp", "vrrp")

// numbered returns the protocols with these names.
func numbered(names ...string) []protocol {
	all := make([]protocol, len(names))
	for i, name := range names {
		n, _ := packet.ProtocolNumber(name) // a test checks that it is known
		all[i] = protocol{name, n}
	}
	return all
}

// help returns the number of the protocol, for the description.
func (p protocol) help() string { return strconv.Itoa(int(p.number)) }

// protocolNumber returns the number of a protocol's name.
func protocolNumber(name string) (uint8, bool) {
	for _, p := range protocols {
		if p.name == name {
			return p.number, true
		}
	}
	return 0, false
}

// etherTypes are the Ethernet types that have a name in an expression.
var etherTypes = []struct {
	name   string
	number uint16
}{
	{"ip", 0x0800}, {"arp", 0x0806}, {"rarp", 0x8035}, {"vlan", 0x8100}, {"ip6", 0x86dd}, {"mpls", 0x8847}, {"lldp", 0x88cc},
}

func etherTypeNames() []string {
	var names []string
	for _, e := range etherTypes {
		names = append(names, e.name)
	}
	return names
}

// service is a port that has a name. Names are those that IANA assigned, and short ones in common use.
type service struct {
	name string
	port uint16
}

var services = []service{
	{"amqp", 5672},
	{"bgp", 179},
	{"bootpc", 68},
	{"bootps", 67},
	{"cassandra", 9042},
	{"dhcpv6-client", 546},
	{"dhcpv6-server", 547},
	{"dns", 53},
	{"domain", 53},
	{"domain-s", 853},
	{"elasticsearch", 9200},
	{"etcd", 2379},
	{"etcd-peer", 2380},
	{"ftp", 21},
	{"ftp-data", 20},
	{"geneve", 6081},
	{"http", 80},
	{"http-alt", 8080},
	{"https", 443},
	{"imap", 143},
	{"imaps", 993},
	{"iscsi", 3260},
	{"kafka", 9092},
	{"kerberos", 88},
	{"kube-api", 6443},
	{"kubelet", 10250},
	{"ldap", 389},
	{"ldaps", 636},
	{"mdns", 5353},
	{"memcached", 11211},
	{"microsoft-ds", 445},
	{"mongodb", 27017},
	{"mqtt", 1883},
	{"ms-sql", 1433},
	{"mysql", 3306},
	{"nats", 4222},
	{"netbios-ns", 137},
	{"nfs", 2049},
	{"ntp", 123},
	{"oracle", 1521},
	{"otlp", 4317},
	{"otlp-http", 4318},
	{"pop3", 110},
	{"pop3s", 995},
	{"postgres", 5432},
	{"postgresql", 5432},
	{"prometheus", 9090},
	{"rdp", 3389},
	{"redis", 6379},
	{"rsync", 873},
	{"sip", 5060},
	{"sips", 5061},
	{"smtp", 25},
	{"smtps", 465},
	{"snmp", 161},
	{"snmptrap", 162},
	{"ssh", 22},
	{"submission", 587},
	{"sunrpc", 111},
	{"syslog", 514},
	{"tacacs", 49},
	{"telnet", 23},
	{"tftp", 69},
	{"vnc", 5900},
	{"vxlan", 4789},
	{"wireguard", 51820},
	{"zookeeper", 2181},
}

// servicePort returns the port of a service's name.
func servicePort(name string) (uint16, bool) {
	i, ok := slices.BinarySearchFunc(services, name, func(s service, name string) int {
		switch {
		case s.name < name:
			return -1
		case s.name > name:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, false
	}
	return services[i].port, true
}
