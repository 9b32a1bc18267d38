// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// What several flags take.

// extensionHeaders are the numbers of what stands between an IPv6 header and the protocol, so that no packet has them.
var extensionHeaders = []uint8{packet.ProtoRouting, packet.ProtoFragment, packet.ProtoDestinationOptions, packet.ProtoMobility}

// parseProtocol reads the name or the number of a protocol.
func parseProtocol(s string) (uint8, error) {
	proto, known := packet.ProtocolNumber(s)
	if n, err := strconv.ParseUint(s, 10, 8); !known && err == nil {
		proto = uint8(n)
	}
	switch {
	case proto == 0:
		return 0, fmt.Errorf("a protocol is a name such as tcp, udp, icmp, icmp6, gre or esp, or a number from 1 to 255, not %q", s)
	case slices.Contains(extensionHeaders, proto):
		return 0, fmt.Errorf("%d is the number of an IPv6 extension header: no packet has it as protocol", proto)
	}
	return proto, nil
}

// parsePort reads the number of a port.
func parsePort(s string) (uint16, error) {
	port, err := strconv.ParseUint(s, 10, 16)
	if err == nil && port == 0 {
		err = errors.New("0 is not a port")
	}
	return uint16(port), err
}
