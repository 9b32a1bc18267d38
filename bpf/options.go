// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/bpf/internal/variables"
)

// Options says how the datapath works. The zero value watches: nothing is dropped, every packet is reported
// through a perf event array with its first 128 bytes.
type Options struct {
	// Enforce drops denied packets. Otherwise they are reported and let through.
	Enforce bool

	// Strict reports every protocol but TCP, UDP, ICMP and ICMPv6 over IP, and ARP, as an error, and unknown types of
	// ICMP; and it makes Enforce drop packets with errors. Otherwise these are reported and let through.
	Strict bool

	// Debug sends a debug message for every step of every packet, and captures.
	Debug bool

	// CaptureLen is at most how many bytes of a packet a notification carries: 0 stands for
	// TRACE_PAYLOAD_LEN, a negative number for none. No more than MaxCaptureLen.
	CaptureLen int

	// Aggregation says how much of the traffic is reported.
	Aggregation Aggregation

	// Endpoint is the id of the endpoint behind the interfaces, which messages carry. 0 stands for the host
	// itself.
	Endpoint uint16

	// RingBuffer sends notifications through a ring buffer instead of a perf event array.
	RingBuffer bool

	// RingBytes is the size of the ring buffer, a power of two and a multiple of the page size. 0 stands
	// for 4 MiB. The programs write to all of it in turn, so a ring that the CPU's caches cannot hold costs them more:
	// some 50 ns a packet at 4 MiB, and 150 at 16. The rings of a perf event array belong to its reader.
	RingBytes int

	// Connections is how many connections each of the two tables, for IPv4 and for IPv6, has room for. A full one pushes
	// out those that were unused for the longest. The kernel takes the memory at once: 112 bytes for each over IPv4, 136
	// for each over IPv6. It is from MinConnections to MaxConnections; 0 stands for DefaultConnections.
	Connections int

	// Attach says how the programs are attached.
	Attach AttachMode
}

// The limits of Options.Connections. CPUs take free entries 128 at a time, so that a smaller table would be full early.
const (
	MinConnections = 1024
	MaxConnections = 1 << 24
)

// AttachMode is how programs come onto an interface.
type AttachMode uint8

// The ways to attach.
const (
	// AttachAuto uses TCX where the kernel has it (6.6), and a clsact filter elsewhere.
	AttachAuto AttachMode = iota
	// AttachTCX uses TCX or fails. What is attached so goes with the process, however that ends.
	AttachTCX
	// AttachFilter uses a clsact filter. What a killed process leaves behind, the next one removes.
	AttachFilter
)

const (
	defaultRingBytes = 4 << 20
	// maxRingBytes is the kernel's own limit on the size of a ring buffer where a page has 4 KiB.
	maxRingBytes = 1 << 30
	minRingBytes = 1 << 16
)

// check reports what is wrong with the options.
func (o *Options) check() error {
	if o.CaptureLen > MaxCaptureLen {
		return fmt.Errorf("capture length %d: at most %d bytes fit into a notification", o.CaptureLen, MaxCaptureLen)
	}
	if _, known := o.Aggregation.Name(); !known {
		return fmt.Errorf("aggregation level %d: no such level", o.Aggregation)
	}
	if o.Attach > AttachFilter {
		return fmt.Errorf("attach mode %d: no such mode", o.Attach)
	}
	if n := o.Connections; n != 0 && (n < MinConnections || n > MaxConnections) {
		return fmt.Errorf("tables of %d connections: the size must be from %d to %d", n, MinConnections, MaxConnections)
	}
	n := o.RingBytes
	if n != 0 && (n < minRingBytes || n > maxRingBytes || n&(n-1) != 0) {
		return fmt.Errorf("ring buffer of %d bytes: the size must be a power of two from %d to %d",
			n, minRingBytes, maxRingBytes)
	}
	return nil
}

// apply writes the options to the variables and maps of the collection.
func (o *Options) apply(spec *ebpf.CollectionSpec) error {
	values := map[string]any{
		datapathVarCfgEnforce:     o.Enforce,
		datapathVarCfgStrict:      o.Strict,
		datapathVarCfgDebug:       o.Debug,
		datapathVarCfgRingbuf:     o.RingBuffer,
		datapathVarCfgAggregation: uint32(o.Aggregation),
		datapathVarCfgEndpoint:    o.Endpoint,
	}
	if o.CaptureLen != 0 {
		values[datapathVarCfgCaptureLen] = uint32(max(o.CaptureLen, 0))
	}
	if o.RingBuffer {
		o.useRingBuffer(spec.Maps[datapathMapEvents])
	}
	if o.Connections != 0 {
		spec.Maps[datapathMapConntrack4].MaxEntries = uint32(o.Connections)
		spec.Maps[datapathMapConntrack6].MaxEntries = uint32(o.Connections)
	}
	return variables.Set(spec, values)
}

// useRingBuffer makes the map of events a ring buffer.
func (o *Options) useRingBuffer(events *ebpf.MapSpec) {
	size := o.RingBytes
	if size == 0 {
		size = defaultRingBytes
	}
	events.Type = ebpf.RingBuf
	events.KeySize, events.ValueSize = 0, 0
	events.MaxEntries = uint32(size)
}
