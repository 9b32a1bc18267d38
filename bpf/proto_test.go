// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import facts "github.com/lockstep-bpf/lockstep/monitor/packet"

// IP protocols of the packets in tests, which are often called packet.
const (
	protoICMP    = facts.ProtoICMP
	protoTCP     = facts.ProtoTCP
	protoUDP     = facts.ProtoUDP
	protoDCCP    = facts.ProtoDCCP
	protoICMPv6  = facts.ProtoICMPv6
	protoSCTP    = facts.ProtoSCTP
	protoUDPLite = facts.ProtoUDPLite
)
