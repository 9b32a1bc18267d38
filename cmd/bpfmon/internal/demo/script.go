// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"fmt"

	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// script gathers events.
type script struct{ events []payload.Payload }

// conversation is packets between two peers, and where it stands.
type conversation struct {
	client, server peer
	proto          layers.IPProtocol
	hash           uint32 // the flow's hash
	cpu            int    // that sees it
	state          uint32 // what conntrack says of its next packet
	seq            [2]uint32
	id             uint16 // of the last IP packet
}

// direction is the one of a packet.
type direction int

const (
	toServer direction = iota // from client to server
	toClient                  // from server to client
)

// ends returns who sends and who receives.
func (c *conversation) ends(d direction) (src, dst *peer) {
	if d == toServer {
		return &c.client, &c.server
	}
	return &c.server, &c.client
}

// sample adds a message of the datapath: its struct, then bytes of a packet.
func (s *script) sample(cpu int, message any, packet []byte) {
	data, err := binary.Append(nil, binary.LittleEndian, message)
	if err != nil {
		panic(fmt.Sprintf("%T: %v", message, err)) // it is a struct of integers
	}
	s.events = append(s.events, payload.Payload{Data: append(data, packet...), CPU: cpu, Type: payload.EventSample})
}

// record adds a message of the agent: its type, then the value as gob.
func (s *script) record(cpu int, messageType byte, value any) {
	buf := bytes.NewBuffer([]byte{messageType})
	if err := gob.NewEncoder(buf).Encode(value); err != nil {
		panic(fmt.Sprintf("%T: %v", value, err))
	}
	s.events = append(s.events, payload.Payload{Data: buf.Bytes(), CPU: cpu, Type: payload.EventSample})
}

// agent adds a notification of the agent.
func (s *script) agent(n api.AgentNotification, text string) {
	s.record(0, api.MessageTypeAgent, api.AgentNotify{Type: n, Text: text})
}

// log adds an access log record.
func (s *script) log(c *conversation, r accesslog.LogRecord) {
	s.record(c.cpu, api.MessageTypeAccessLog, monitor.LogRecordNotify{LogRecord: r})
}

// lost adds a record of lost events.
func (s *script) lost(cpu int, n uint64) {
	s.events = append(s.events, payload.Payload{CPU: cpu, Lost: n, Type: payload.RecordLost})
}

// capLen returns how many bytes of a packet a message carries.
func capLen(packet []byte) int { return min(len(packet), monitor.TracePayloadLen) }

// trace adds a trace notification about a packet.
func (s *script) trace(c *conversation, point uint8, d direction, packet []byte) {
	src, dst := c.ends(d)
	n := monitor.TraceNotify{
		Type: api.MessageTypeTrace, ObsPoint: point, Source: src.endpoint, Hash: c.hash,
		OrigLen: uint32(len(packet)), CapLen: uint32(capLen(packet)),
		SrcLabel: src.identity, DstLabel: dst.identity, DstID: dst.endpoint,
		Reason: uint8(c.state), Ifindex: dst.ifindex,
	}
	if point == monitor.TraceFromLxc {
		n.DstLabel, n.DstID, n.Ifindex = 0, 0, src.ifindex // not yet known where it goes
	}
	s.sample(c.cpu, n, packet[:capLen(packet)])
}

// drop adds a drop notification about a packet of the client.
func (s *script) drop(c *conversation, reason uint8, packet []byte) {
	s.sample(c.cpu, monitor.DropNotify{
		Type: api.MessageTypeDrop, SubType: reason, Source: c.client.endpoint, Hash: c.hash,
		OrigLen: uint32(len(packet)), CapLen: uint32(capLen(packet)),
		SrcLabel: c.client.identity, DstLabel: c.server.identity, DstID: uint32(c.server.endpoint),
	}, packet[:capLen(packet)])
}

// debug adds a debug message of the client's program.
func (s *script) debug(c *conversation, code uint8, args ...uint32) {
	s.sample(c.cpu, monitor.DebugMsg{
		Type: api.MessageTypeDebug, SubType: code, Source: c.client.endpoint, Hash: c.hash,
		Arg1: args[0], Arg2: args[1], Arg3: args[2],
	}, nil)
}

// address returns an IPv4 address as it stands in memory.
func address(p *peer) uint32 { return binary.LittleEndian.Uint32(p.ip) }

// lookup is the conntrack lookup of the client's first packet, which finds nothing.
func (s *script) lookup(c *conversation) {
	ports := uint32(c.server.port)<<16 | uint32(c.client.port)
	s.debug(c, monitor.DbgCTLookup41, address(&c.client), address(&c.server), ports)
	s.debug(c, monitor.DbgCTLookup42, uint32(c.proto)<<8|monitor.TupleFOut, 0, 0)
	s.debug(c, monitor.DbgCtVerdict, monitor.CtNew, 0, 0)
}

// newConnection is a lookup that finds nothing, and the entry made for what follows.
func (s *script) newConnection(c *conversation) {
	s.lookup(c)
	s.debug(c, monitor.DbgCTCreated4, 0, c.client.identity, 0)
}

// record returns what all access log records of a conversation say.
func (c *conversation) record(t accesslog.FlowType, point accesslog.ObservationPoint) accesslog.LogRecord {
	return accesslog.LogRecord{
		Type: t, Timestamp: "2019-05-14T09:30:01.218406Z", ObservationPoint: point,
		NodeAddressInfo:     accesslog.NodeAddressInfo{IPv4: "192.168.33.11"},
		SourceEndpoint:      c.client.info(),
		DestinationEndpoint: c.server.info(),
		IPVersion:           4,
		Verdict:             accesslog.VerdictForwarded,
		TransportProtocol:   accesslog.TransportProtocol(c.proto),
	}
}

// info returns what access log records say about a peer.
func (p *peer) info() accesslog.EndpointInfo {
	return accesslog.EndpointInfo{
		ID: uint64(p.endpoint), IPv4: p.ip.String(), Port: p.port, Identity: uint64(p.identity),
		Labels: []string{"k8s:" + p.name},
	}
}
