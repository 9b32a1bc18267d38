// SPDX-License-Identifier: Apache-2.0

// Package demo tells a short story as the notifications of a node: what bpfmon's demo replays. Nothing in it
// depends on the time or the machine.
//
// A pod, "cart", asks the cluster's DNS for "web", fetches a page from it through the HTTP proxy, and then tries
// to reach a database that the policy keeps it from.
package demo

import (
	"net"
	"net/http"
	"net/url"

	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// peer is one end of a conversation.
type peer struct {
	name     string
	endpoint uint16 // 0 for one on another node
	identity uint32
	ifindex  uint32 // the node's interface on the way to it
	mac      net.HardwareAddr
	ip       net.IP
	port     uint16
}

// Who takes part. Endpoints with an interface of their own are on this node, the others behind eth0.
func cart() peer {
	return peer{"app=cart", 1042, 2107, 12, mac(1), net.IPv4(10, 0, 1, 15).To4(), 0}
}

func web() peer {
	return peer{"app=web", 2310, 4411, 14, mac(2), net.IPv4(10, 0, 1, 87).To4(), 8080}
}

func dns() peer {
	return peer{"k8s-app=kube-dns", 0, 104, 2, mac(3), net.IPv4(10, 0, 0, 10).To4(), 53}
}

func db() peer {
	return peer{"app=db", 0, 5120, 2, mac(3), net.IPv4(10, 0, 2, 33).To4(), 5432}
}

// mac returns the address that the node gave to an interface.
func mac(n byte) net.HardwareAddr { return net.HardwareAddr{0x0e, 0x4d, 0x71, 0xc0, 0x1a, n} }

const (
	webName = "web.shop.svc.cluster.local."
	page    = "http://web.shop.svc.cluster.local:8080/cart/items?id=17"
	request = "GET /cart/items?id=17 HTTP/1.1\r\nHost: web.shop.svc.cluster.local:8080\r\nUser-Agent: cart/2.4\r\n\r\n"
	answer  = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"items\":3}"
)

// Story returns the story, event by event. Messages are in little-endian byte order.
func Story() []payload.Payload {
	var s script
	s.agent(api.AgentNotifyStart, `{"time":"2019-05-14T09:30:00Z"}`)
	s.agent(api.AgentNotifyPolicyUpdated, `{"labels":["k8s:policy=shop"],"revision":7,"rule_count":3}`)
	s.lookUpName()
	s.fetchPage()
	s.denied()
	s.lost(1, 37)
	s.agent(api.AgentNotifyEndpointRegenerateSuccess, `{"id":2310,"labels":["k8s:app=web"]}`)
	return s.events
}

// lookUpName is a DNS query and its answer, seen by the DNS proxy.
func (s *script) lookUpName() {
	c := conversation{client: cart(), server: dns(), proto: layers.IPProtocolUDP, hash: 0x7b1c04d2, cpu: 0}
	c.client.port = 40112
	query := dnsQuery(webName)
	s.newConnection(&c)
	s.trace(&c, monitor.TraceFromLxc, toServer, c.udp(toServer, query))
	s.dns(&c, &accesslog.LogRecordDNS{Query: webName})
	s.trace(&c, monitor.TraceToStack, toServer, c.udp(toServer, query))
	c.state = monitor.CtReply
	reply := dnsAnswer(webName, 30, web().ip)
	s.dns(&c, &accesslog.LogRecordDNS{Query: webName, TTL: 30, IPs: []net.IP{web().ip}})
	s.trace(&c, monitor.TraceToLxc, toClient, c.udp(toClient, reply))
}

// fetchPage is a TCP connection from its SYN to its last FIN, with an HTTP request that the proxy logs.
func (s *script) fetchPage() {
	c := conversation{client: cart(), server: web(), proto: layers.IPProtocolTCP, hash: 0x3fe90a61, cpu: 1}
	c.client.port = 51734
	s.newConnection(&c)
	s.segment(&c, toServer, "S", "")
	c.state = monitor.CtReply
	s.segment(&c, toClient, "SA", "")
	c.state = monitor.CtEstablished
	s.segment(&c, toServer, "A", "")
	s.segment(&c, toServer, "PA", request)
	s.http(&c, accesslog.TypeRequest, 0)
	s.http(&c, accesslog.TypeResponse, http.StatusOK)
	c.state = monitor.CtReply
	s.segment(&c, toClient, "PA", answer)
	c.state = monitor.CtEstablished
	s.segment(&c, toServer, "FA", "")
	c.state = monitor.CtReply
	s.segment(&c, toClient, "FA", "")
	c.state = monitor.CtEstablished
	s.segment(&c, toServer, "A", "")
}

// denied is a connection that the policy refuses.
func (s *script) denied() {
	c := conversation{client: cart(), server: db(), proto: layers.IPProtocolTCP, hash: 0x91d2b7f4, cpu: 0}
	c.client.port = 38550
	s.lookup(&c)
	s.debug(&c, monitor.DbgPolicyDenied, c.client.identity, c.server.identity, 0)
	s.drop(&c, api.DropPolicy, c.tcp(toServer, "S", ""))
}

// segment is a TCP segment on its way from one local endpoint to another: it is seen where it leaves and where it
// arrives.
func (s *script) segment(c *conversation, d direction, flags, data string) {
	packet := c.tcp(d, flags, data)
	s.trace(c, monitor.TraceFromLxc, d, packet)
	s.trace(c, monitor.TraceToLxc, d, packet)
}

// dns is an access log record about a DNS query, or its answer if that has a TTL.
func (s *script) dns(c *conversation, r *accesslog.LogRecordDNS) {
	r.ObservationSource = accesslog.DNSSourceProxy
	r.QTypes = []uint16{uint16(layers.DNSTypeA)}
	record := c.record(accesslog.TypeRequest, accesslog.Egress)
	if r.TTL > 0 {
		record.Type = accesslog.TypeResponse
		r.AnswerTypes = r.QTypes
	}
	record.DNS = r
	s.log(c, record)
}

// http is an access log record about the page.
func (s *script) http(c *conversation, t accesslog.FlowType, code int) {
	u, err := url.Parse(page)
	if err != nil {
		panic(err) // a constant
	}
	record := c.record(t, accesslog.Ingress)
	record.HTTP = &accesslog.LogRecordHTTP{
		Method: http.MethodGet, URL: u, Protocol: "HTTP/1.1", Code: code,
		Headers: http.Header{"User-Agent": {"cart/2.4"}},
	}
	s.log(c, record)
}
