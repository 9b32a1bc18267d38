// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// sentLen is what the kernel sends of a message: what follows is added here.
const sentLen = kernel.NotifyReasonOffset

// Completer makes messages of the records that the programs send: it adds what only this machine knows, the names of
// reasons, functions, namespaces, processes and containers. It is for one goroutine at a time.
type Completer struct {
	reasons  *Reasons
	symbols  *Symbols // nil if the kernel hides them
	capture  int
	stackLen int

	owners    *owners
	places    *places
	functions map[uint64]string
}

// NewCompleter returns one for the records of a watch. symbols may be nil: then functions are addresses.
func NewCompleter(w *Watch, symbols *Symbols) *Completer {
	return &Completer{
		reasons: w.reasons, symbols: symbols, capture: w.opts.captureLen(), stackLen: w.opts.stackLen(),
		owners: newOwners(), places: newPlaces(), functions: map[uint64]string{},
	}
}

// Append appends the message of a record to dst: struct kdrop_notify, packet bytes, text of the stack.
func (c *Completer) Append(dst, record []byte) ([]byte, error) {
	if want := sentLen + c.capture + c.stackLen; len(record) < want {
		return dst, fmt.Errorf("record of %d bytes: it must have %d", len(record), want)
	}
	start := len(dst)
	dst = append(dst, record[:sentLen]...)
	dst = append(dst, make([]byte, kernel.NotifyLen-sentLen)...)
	msg := dst[start:]
	order := binary.NativeEndian
	length := int(order.Uint32(msg[kernel.NotifyCapLenOffset:]))
	stack := int(order.Uint32(msg[kernel.NotifyStackLenOffset:]))
	if length > c.capture || stack > c.stackLen {
		return dst[:start], fmt.Errorf("record with %d bytes of packet and %d of stack: it has room for %d and %d",
			length, stack, c.capture, c.stackLen)
	}
	c.name(msg)
	dst = append(dst, record[sentLen:sentLen+length]...)
	text := len(dst)
	dst = c.appendStack(dst, order.Uint64(msg[kernel.NotifyLocationOffset:]), record[sentLen+c.capture:][:stack])
	order.PutUint32(dst[start+kernel.NotifyStackLenOffset:], uint32(len(dst)-text))
	return dst, nil
}

// put writes a text to a field, as much as there is room for in front of a NUL.
func put(msg []byte, from, to int, text string) {
	copy(msg[from:to-1], text)
}

// name fills the fields that the kernel leaves to its reader.
func (c *Completer) name(msg []byte) {
	order := binary.NativeEndian
	u32 := func(at int) uint32 { return order.Uint32(msg[at:]) }
	u64 := func(at int) uint64 { return order.Uint64(msg[at:]) }
	put(msg, kernel.NotifyReasonOffset, kernel.NotifyFunctionOffset,
		c.reasons.Name(kernel.Kind(msg[kernel.NotifySubTypeOffset]), u32(kernel.NotifyReasonNumberOffset)))
	if at := u64(kernel.NotifyLocationOffset); at != 0 {
		put(msg, kernel.NotifyFunctionOffset, kernel.NotifyNetNSNameOffset, c.function(at))
	}
	netns := u32(kernel.NotifyNetNSOffset)
	if netns != 0 {
		put(msg, kernel.NotifyNetNSNameOffset, kernel.NotifyProcessOffset, c.places.namespace(netns))
	}
	c.nameDevice(msg, netns)
	if socket := u64(kernel.NotifySocketOffset); socket != 0 {
		if p, ok := c.owners.process(socket, u32(kernel.NotifyTaskPIDOffset)); ok {
			put(msg, kernel.NotifyProcessOffset, kernel.NotifyPIDOffset, p.name)
			order.PutUint32(msg[kernel.NotifyPIDOffset:], p.pid)
		}
	}
	if group := u64(kernel.NotifyCgroupOffset); group != 0 {
		put(msg, kernel.NotifyContainerOffset, kernel.NotifyLen, c.owners.container(group))
	}
}

// nameDevice notes the name of the device, or, where TCP has taken the packet off it, finds that of the one it came in by.
func (c *Completer) nameDevice(msg []byte, netns uint32) {
	order := binary.NativeEndian
	device := msg[kernel.NotifyDeviceOffset:kernel.NotifyTaskOffset]
	ifindex := order.Uint32(msg[kernel.NotifyIfIndexOffset:])
	in := order.Uint32(msg[kernel.NotifyInIfIndexOffset:])
	switch {
	case ifindex != 0:
		end := slices.Index(device, 0)
		if end < 0 {
			end = len(device)
		}
		c.places.saw(netns, ifindex, device[:end])
	case in != 0:
		order.PutUint32(msg[kernel.NotifyIfIndexOffset:], in)
		copy(device[:len(device)-1], c.places.device(netns, in))
	}
}

// maxFunctions bounds the memory for names of functions.
const maxFunctions = 1 << 14

// function returns the function at an address, and the offset in it.
func (c *Completer) function(addr uint64) string {
	if name, ok := c.functions[addr]; ok {
		return name
	}
	if len(c.functions) >= maxFunctions {
		clear(c.functions)
	}
	name := string(c.symbols.Append(nil, addr))
	c.functions[addr] = name
	return name
}

// Function returns the function at an address of the kernel, and the offset in it: "nft_do_chain+0x4a1 [nf_tables]".
func (c *Completer) Function(addr uint64) string { return c.function(addr) }

// appendStack appends a line for each return address, from the function that dropped the packet outwards: what is within
// is the tracepoint's.
func (c *Completer) appendStack(dst []byte, location uint64, stack []byte) []byte {
	from := 0
	for i := 0; i+8 <= len(stack); i += 8 {
		if binary.NativeEndian.Uint64(stack[i:]) == location {
			from = i
			break
		}
	}
	for i := from; i+8 <= len(stack); i += 8 {
		dst = append(append(dst, c.function(binary.NativeEndian.Uint64(stack[i:]))...), '\n')
	}
	return dst
}
