// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// EtherTypes.
const (
	etherARP  = 0x0806
	etherVLAN = 0x8100
	etherQinQ = 0x88a8
)

// etherType returns the type behind the addresses and the VLAN tags of a frame, and the ids of the tags; 0 if it is not
// there.
func etherType(p *packet.Packet) (typ uint16, ids [packet.MaxVLANs]uint16, tags int) {
	data := p.Data()
	if p.Link() != packet.LinkEthernet || len(data) < 14 {
		return 0, ids, 0
	}
	for data = data[12:]; len(data) >= 2; data = data[4:] {
		typ = binary.BigEndian.Uint16(data)
		if typ != etherVLAN && typ != etherQinQ || tags == len(ids) || len(data) < 4 {
			return typ, ids, tags
		}
		ids[tags] = binary.BigEndian.Uint16(data[2:]) & 0xfff
		tags++
	}
	return 0, ids, tags
}

func isARP(p *packet.Packet) bool {
	typ, _, _ := etherType(p)
	return typ == etherARP
}

// hasVLAN tells whether one of the packet's VLAN tags has an id in the set, or any if any is set. With equal not set it
// tells whether there are tags and none has.
func hasVLAN(p *packet.Packet, ids spans, any, equal bool) bool {
	_, has, tags := etherType(p)
	for _, id := range has[:tags] {
		if any || ids.has(uint64(id)) {
			return equal
		}
	}
	return tags > 0 && !equal
}

func tcpFlags(*packet.Flow) uint8 { return 0 }

func isFragment(*packet.Flow) bool { return false }
