// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// igmp appends an IGMP message.
//
//	IGMP	{MembershipQuery Group=224.0.0.251}
//	IGMP	{MembershipReportV3 Records=[Exclude 224.0.0.251, Include 239.1.1.1 from 10.0.0.1]}
func (d *dissector) igmp(data []byte) {
	const query, reportV1, reportV2, leave, reportV3 = 0x11, 0x12, 0x16, 0x17, 0x22
	if len(data) < 8 {
		return
	}
	var name string
	switch data[0] {
	case query:
		name = "MembershipQuery"
	case reportV1:
		name = "MembershipReportV1"
	case reportV2:
		name = "MembershipReportV2"
	case leave:
		name = "LeaveGroup"
	case reportV3:
		d.dst = appendRecords(append(d.dst, "IGMP\t{MembershipReportV3"...), data, 4)
		return
	default:
		d.dst = append(strconv.AppendUint(append(d.dst, "IGMP\t{Type="...), uint64(data[0]), 10), "}\n"...)
		return
	}
	d.dst = append(append(append(d.dst, "IGMP\t{"...), name...), " Group="...)
	d.dst = append(netip.AddrFrom4([4]byte(data[4:8])).AppendTo(d.dst), "}\n"...)
}

// mld appends an MLD message, and nothing for another ICMPv6 message.
//
//	MLD	{ListenerQuery Group=ff02::fb}
//	MLD	{ListenerReportV2 Records=[ToExclude ff02::fb]}
func (d *dissector) mld(data []byte) {
	const query, report, done, reportV2 = 130, 131, 132, 143
	var name string
	switch data[0] {
	case query:
		name = "ListenerQuery"
	case report:
		name = "ListenerReport"
	case done:
		name = "ListenerDone"
	case reportV2:
		if len(data) >= 8 {
			d.dst = appendRecords(append(d.dst, "MLD\t{ListenerReportV2"...), data, 16)
		}
		return
	default:
		return
	}
	if len(data) < 24 {
		return
	}
	d.dst = append(append(append(d.dst, "MLD\t{"...), name...), " Group="...)
	d.dst = append(netip.AddrFrom16([16]byte(data[8:24])).AppendTo(d.dst), "}\n"...)
}

// recordTypes are what the records of a report say, by number.
var recordTypes = [...]string{
	"Type0", "Include", "Exclude", "ToInclude", "ToExclude", "Allow", "Block",
}

// appendRecords appends the records of an IGMPv3 or MLDv2 report, with addresses of a size, as far as they are there.
func appendRecords(dst, data []byte, size int) []byte {
	dst = append(dst, " Records=["...)
	count := int(binary.BigEndian.Uint16(data[6:]))
	rest := data[8:]
	for i := range count {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if len(rest) < 4+size || i == maxListed {
			dst = append(dst, "..."...)
			break
		}
		sources := int(binary.BigEndian.Uint16(rest[2:]))
		auxiliary := int(rest[1]) * 4
		if t := int(rest[0]); t < len(recordTypes) {
			dst = append(dst, recordTypes[t]...)
		} else {
			dst = strconv.AppendInt(append(dst, "Type"...), int64(t), 10)
		}
		dst = appendAddress(append(dst, ' '), rest[4:4+size])
		rest = rest[4+size:]
		list := rest[:min(sources*size, len(rest)/size*size)]
		rest = rest[len(list):]
		dst = appendSources(dst, list[:min(len(list), maxListed*size)], size)
		rest = rest[min(auxiliary, len(rest)):]
	}
	return append(dst, "]}\n"...)
}

// appendSources appends addresses of a size.
func appendSources(dst, list []byte, size int) []byte {
	for i := 0; i < len(list); i += size {
		word := " "
		if i == 0 {
			word = " from "
		}
		dst = appendAddress(append(dst, word...), list[i:i+size])
	}
	return dst
}

func appendAddress(dst, ip []byte) []byte {
	a, _ := netip.AddrFromSlice(ip)
	return a.AppendTo(dst)
}
