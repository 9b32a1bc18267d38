// SPDX-License-Identifier: Apache-2.0

package dissect

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/internal/names"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

const dnsHeader = 12

// DNS types whose data is printed.
const (
	dnsA     = 1
	dnsNS    = 2
	dnsCNAME = 5
	dnsPTR   = 12
	dnsMX    = 15
	dnsTXT   = 16
	dnsAAAA  = 28
	dnsSRV   = 33
	dnsDNAME = 39
	dnsOPT   = 41
)

// appendDNS appends a line with the questions and answers of a DNS message, as far as they are there; nothing for data that
// is no DNS message. Authorities and additional records are counted.
//
//	DNS	{ID=4660 Query Questions=[web.shop.svc.cluster.local. A]}
//	DNS	{ID=4660 Response=NoError Questions=[web.shop. A] Answers=[web.shop. 30 A 10.0.1.87, web.shop. 30 A 10.0.1.88]}
func appendDNS(dst, data []byte) []byte {
	if len(data) < dnsHeader {
		return dst
	}
	start := len(dst)
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(data[at:])) }
	flags, questions, answers := u16(2), u16(4), u16(6)
	if opcode := flags >> 11 & 15; opcode > 6 || questions > 64 || flags&0x40 != 0 {
		return dst // something else on this port
	}
	dst = strconv.AppendUint(append(dst, "DNS\t{ID="...), uint64(u16(0)), 10)
	if flags&0x8000 == 0 {
		dst = append(dst, " Query"...)
	} else {
		dst = appendCode(append(dst, " Response="...), flags&15)
	}
	m := dnsMessage{data: data, at: dnsHeader}
	dst = m.appendList(dst, " Questions=[", questions, (*dnsMessage).appendQuestion)
	if answers > 0 {
		dst = m.appendList(dst, " Answers=[", answers, (*dnsMessage).appendRecord)
	}
	if m.broken {
		return dst[:start]
	}
	if n := u16(8); n > 0 {
		dst = strconv.AppendUint(append(dst, " Authorities="...), uint64(n), 10)
	}
	if n := u16(10); n > 0 {
		dst = strconv.AppendUint(append(dst, " Additionals="...), uint64(n), 10)
	}
	return append(dst, "}\n"...)
}

var dnsCodes = [...]string{
	"NoError", "FormErr", "ServFail", "NXDomain", "NotImp", "Refused", "YXDomain", "YXRRSet", "NXRRSet", "NotAuth", "NotZone",
}

func appendCode(dst []byte, code int) []byte {
	if code < len(dnsCodes) {
		return append(dst, dnsCodes[code]...)
	}
	return strconv.AppendInt(dst, int64(code), 10)
}

// dnsMessage is a position in a DNS message.
type dnsMessage struct {
	data   []byte
	at     int
	cut    bool // the bytes end early
	broken bool // it is no DNS message
}

// maxListed is how many questions or answers are printed.
const maxListed = 32

// appendList appends questions or records with commas between them, as far as they are there, and dots if there are more.
func (m *dnsMessage) appendList(dst []byte, open string, n int, appendOne func(*dnsMessage, []byte) []byte) []byte {
	dst = append(dst, open...)
	for i := range n {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		if i < maxListed && !m.cut {
			one := len(dst)
			dst = appendOne(m, dst)
			if !m.cut {
				continue
			}
			dst = dst[:one]
		}
		dst = append(dst, "..."...)
		break
	}
	return append(dst, ']')
}

// take returns the next n bytes, or nil if they are not there.
func (m *dnsMessage) take(n int) []byte {
	if m.at+n > len(m.data) {
		m.cut = true
		return nil
	}
	m.at += n
	return m.data[m.at-n : m.at]
}

func (m *dnsMessage) appendQuestion(dst []byte) []byte {
	dst = m.appendName(dst)
	fixed := m.take(4)
	if fixed == nil {
		return dst
	}
	return appendType(append(dst, ' '), binary.BigEndian.Uint16(fixed))
}

// appendType appends the name of a type, or TYPE and its number.
func appendType(dst []byte, t uint16) []byte {
	if name := names.DNSType(t); name != "" {
		return append(dst, name...)
	}
	return strconv.AppendUint(append(dst, "TYPE"...), uint64(t), 10)
}

func (m *dnsMessage) appendRecord(dst []byte) []byte {
	dst = m.appendName(dst)
	fixed := m.take(10)
	if fixed == nil {
		return dst
	}
	typ := binary.BigEndian.Uint16(fixed)
	dst = strconv.AppendUint(append(dst, ' '), uint64(binary.BigEndian.Uint32(fixed[4:])), 10)
	dst = appendType(append(dst, ' '), typ)
	start := m.at
	value := m.take(int(binary.BigEndian.Uint16(fixed[8:])))
	if len(value) == 0 {
		return dst
	}
	end := m.at
	dst = m.appendValue(append(dst, ' '), typ, value, start)
	m.at = end
	return dst
}

// appendValue appends the data of a record, which starts at an offset of the message, or how long it is.
func (m *dnsMessage) appendValue(dst []byte, typ uint16, value []byte, start int) []byte {
	m.at = start
	switch {
	case typ == dnsA && len(value) == 4:
		return netip.AddrFrom4([4]byte(value)).AppendTo(dst)
	case typ == dnsAAAA && len(value) == 16:
		return netip.AddrFrom16([16]byte(value)).AppendTo(dst)
	case typ == dnsNS, typ == dnsCNAME, typ == dnsPTR, typ == dnsDNAME:
		return m.appendName(dst)
	case typ == dnsMX && len(value) > 2:
		m.at += 2
		return m.appendName(append(strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(value)), 10), ' '))
	case typ == dnsSRV && len(value) > 6:
		m.at += 6
		for i := 0; i < 6; i += 2 {
			dst = append(strconv.AppendUint(dst, uint64(binary.BigEndian.Uint16(value[i:])), 10), ' ')
		}
		return m.appendName(dst)
	case typ == dnsTXT:
		n := min(int(value[0]), len(value)-1)
		return append(text.AppendEscaped(append(dst, '"'), string(value[1:1+n])), '"')
	}
	return append(strconv.AppendInt(append(dst, '['), int64(len(value)), 10), " bytes]"...)
}

// appendName appends the name at the position, and moves behind it.
func (m *dnsMessage) appendName(dst []byte) []byte {
	const pointer, maxJumps, maxName = 0xc0, 16, 255
	at, end, start := m.at, -1, len(dst)
	for jumps := 0; ; {
		if at >= len(m.data) {
			m.cut = true
			return dst
		}
		n := int(m.data[at])
		at++
		switch {
		case n == 0:
			if len(dst) == start {
				dst = append(dst, '.')
			}
			if end < 0 {
				end = at
			}
			m.at = end
			return dst
		case n&pointer == pointer:
			if at >= len(m.data) {
				m.cut = true
				return dst
			}
			if end < 0 {
				end = at + 1
			}
			at = n&^pointer<<8 | int(m.data[at])
			if jumps++; jumps > maxJumps {
				m.broken, m.cut = true, true
				return dst
			}
		case n&pointer != 0 || len(dst)-start > 4*maxName:
			m.broken, m.cut = true, true
			return dst
		default:
			if at+n > len(m.data) {
				m.cut = true
				return dst
			}
			dst = append(text.AppendEscaped(dst, string(m.data[at:at+n])), '.')
			at += n
		}
	}
}
