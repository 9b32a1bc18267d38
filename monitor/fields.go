// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/packet"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// These append the name that the headers give to a number, or the number itself if they give none. They are what the
// generated AppendText does, but small enough to become part of their callers.

func appendDropReason(dst []byte, reason uint8) []byte {
	name, ok := api.DropCode(reason).Name()
	return appendName(dst, name, ok, reason)
}

func appendTraceReason(dst []byte, reason uint8) []byte {
	name, ok := TraceReason(reason).Name()
	return appendName(dst, name, ok, reason)
}

func appendTracePoint(dst []byte, point uint8) []byte {
	name, ok := TracePoint(point).Name()
	return appendName(dst, name, ok, point)
}

func appendName(dst []byte, name string, ok bool, number uint8) []byte {
	if ok {
		return append(dst, name...)
	}
	return text.AppendUint(dst, uint64(number))
}

// appendOrigin appends what opens a verbose line: the CPU, the packet's mark, and the endpoint that the program serves.
func appendOrigin(dst []byte, o *Options, mark uint32, source uint16) []byte {
	dst = appendMark(append(o.appendPrefix(dst), " MARK "...), mark)
	return appendUint(dst, " FROM ", source)
}

// appendPeers appends identities and endpoint to a verbose line, as far as they are known.
func appendPeers(dst []byte, srcLabel, dstLabel, dstID uint32) []byte {
	if srcLabel != 0 || dstLabel != 0 {
		dst = appendUint(appendUint(dst, ", identity ", srcLabel), "->", dstLabel)
	}
	if dstID != 0 {
		dst = appendUint(dst, ", to endpoint ", dstID)
	}
	return dst
}

// appendHead appends the fields of a JSON object that say what it is about.
func appendHead(dst []byte, messageType string, mark uint32) []byte {
	dst = text.AppendStringField(dst, "type", messageType)
	return append(appendMark(append(dst, `,"mark":"`...), mark), '"')
}

// appendNumbers appends the fields for the endpoint and the length of the packet to a JSON object.
func appendNumbers(dst []byte, source uint16, bytes uint32) []byte {
	return appendUint(appendUint(dst, `,"source":`, source), `,"bytes":`, bytes)
}

// appendPeerFields appends the fields for identities and endpoint to a JSON object.
func appendPeerFields(dst []byte, srcLabel, dstLabel, dstID uint32) []byte {
	dst = appendUint(dst, `,"srcLabel":`, srcLabel)
	dst = appendUint(dst, `,"dstLabel":`, dstLabel)
	return appendUint(dst, `,"dstID":`, dstID)
}

// appendSummaryField appends the field for the headers of a packet to a JSON object; nothing if none of it was captured.
func appendSummaryField(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	return packet.AppendJSON(text.AppendKey(dst, "summary"), data)
}
