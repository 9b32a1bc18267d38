// SPDX-License-Identifier: Apache-2.0

package format

import (
	"encoding/binary"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendSample appends what [MonitorFormatter.FormatSample] prints. It does not keep data.
func (m *MonitorFormatter) AppendSample(dst, data []byte, cpu int) []byte {
	o := monitor.Options{CPU: cpu, Hex: m.Hex, Host: m.Host}
	if len(data) == 0 {
		return m.appendError(dst, event.ErrEmpty, o)
	}
	switch data[0] {
	case api.MessageTypeDrop:
		return m.appendDrop(dst, data, o)
	case api.MessageTypeDebug:
		return m.appendDebug(dst, data, o)
	case api.MessageTypeCapture:
		return m.appendCapture(dst, data, o)
	case api.MessageTypeTrace:
		return m.appendTrace(dst, data, o)
	case api.MessageTypeAccessLog:
		return m.appendLogRecord(dst, data, o)
	case api.MessageTypeAgent:
		return m.appendAgent(dst, data, o)
	}
	return m.appendUnknown(dst, data, cpu)
}

// order returns the byte order of the messages.
func (m *MonitorFormatter) order() binary.ByteOrder {
	if m.Host == nil || m.Host.Order == nil {
		return binary.NativeEndian
	}
	return m.Host.Order
}

func (m *MonitorFormatter) appendDrop(dst, data []byte, o monitor.Options) []byte {
	var n monitor.DropNotify
	if err := n.DecodeOrder(data, m.order()); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeDrop, uint64(n.Source), uint64(n.DstID)) {
		return dst
	}
	switch m.level() {
	case INFO:
		return n.AppendInfo(dst, data, o)
	case JSON:
		return n.AppendJSON(dst, data, o)
	}
	return n.AppendVerbose(append(dst, text.Separator...), data, o)
}

func (m *MonitorFormatter) appendTrace(dst, data []byte, o monitor.Options) []byte {
	var n monitor.TraceNotify
	if err := n.DecodeOrder(data, m.order()); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeTrace, uint64(n.Source), uint64(n.DstID)) {
		return dst
	}
	switch m.level() {
	case INFO:
		return n.AppendInfo(dst, data, o)
	case JSON:
		return n.AppendJSON(dst, data, o)
	}
	return n.AppendVerbose(append(dst, text.Separator...), data, o)
}

func (m *MonitorFormatter) appendCapture(dst, data []byte, o monitor.Options) []byte {
	var n monitor.DebugCapture
	if err := n.DecodeOrder(data, m.order()); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeCapture, uint64(n.Source), 0) {
		return dst
	}
	switch m.level() {
	case INFO:
		return n.AppendInfo(dst, data, o)
	case JSON:
		return n.AppendJSON(dst, data, o)
	}
	return n.AppendVerbose(append(dst, text.Separator...), data, o)
}

func (m *MonitorFormatter) appendDebug(dst, data []byte, o monitor.Options) []byte {
	var n monitor.DebugMsg
	if err := n.DecodeOrder(data, m.order()); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeDebug, uint64(n.Source), 0) {
		return dst
	}
	switch m.level() {
	case INFO:
		return n.AppendInfo(dst, data, o)
	case JSON:
		return n.AppendJSON(dst, o)
	}
	return n.AppendVerbose(dst, o)
}

func (m *MonitorFormatter) appendLogRecord(dst, data []byte, o monitor.Options) []byte {
	var n monitor.LogRecordNotify
	if err := n.Decode(data); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeAccessLog, n.SourceEndpoint.ID, n.DestinationEndpoint.ID) {
		return dst
	}
	if m.level() != JSON {
		return n.AppendInfo(dst)
	}
	from := len(dst)
	dst, err := n.AppendJSON(dst)
	if err != nil {
		return m.appendError(dst[:from], err, o)
	}
	return dst
}

func (m *MonitorFormatter) appendAgent(dst, data []byte, o monitor.Options) []byte {
	var n api.AgentNotify
	if err := n.Decode(data); err != nil {
		return m.appendBad(dst, data, err, o)
	}
	if !m.match(api.MessageTypeAgent, 0, 0) {
		return dst
	}
	if m.level() == JSON {
		return n.AppendJSON(dst)
	}
	return n.AppendInfo(dst)
}

// appendUnknown appends a message of a type that is not known, with its bytes.
func (m *MonitorFormatter) appendUnknown(dst, data []byte, cpu int) []byte {
	if m.level() == JSON {
		return text.AppendUnknownJSON(dst, cpu, data)
	}
	return text.AppendUnknown(dst, cpu, data)
}

// appendBad appends the error of a message that cannot be decoded, if messages of its type are asked for. Whom it is
// from and to cannot be known.
func (m *MonitorFormatter) appendBad(dst, data []byte, err error, o monitor.Options) []byte {
	if len(m.EventTypes) > 0 && !m.EventTypes.Contains(int(data[0])) {
		return dst
	}
	return m.appendError(dst, err, o)
}

func (m *MonitorFormatter) appendError(dst []byte, err error, o monitor.Options) []byte {
	if m.level() == JSON {
		return text.AppendErrorJSON(dst, o.CPU, err)
	}
	return text.AppendError(dst, o.CPU, err)
}
