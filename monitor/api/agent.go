// SPDX-License-Identifier: Apache-2.0

package api

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"unsafe"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/record"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AgentNotify is a notification of the agent. Its fields travel as gob, by name.
type AgentNotify struct {
	Type AgentNotification
	Text string // mostly a JSON object, but any text will do
}

// notifications remembers how senders define the fields of a notification, as they do in front of each. It is a cache of
// bounded size without locks, for all who decode: no result depends on what it holds.
var notifications record.Decoder[AgentNotify]

// Decode decodes a message of type MessageTypeAgent, its type byte included, and sets all of n: to the zero value if it
// fails. The notification does not refer to data.
func (n *AgentNotify) Decode(data []byte) error {
	if err := notifications.Decode(data, n); err != nil {
		return fmt.Errorf("agent notification: %w", err)
	}
	return nil
}

// AppendInfo appends the notification as a line of text. Control characters in its text are escaped.
func (n *AgentNotify) AppendInfo(dst []byte) []byte {
	dst = append(append(dst, ">> "...), n.Type.String()...)
	return append(text.AppendEscaped(append(dst, ": "...), n.Text), '\n')
}

// AppendJSON appends the notification as a line with a JSON object: type, subtype and message. The message is the
// notification's text as it is if that is JSON, and a JSON string with the text if it is not.
func (n *AgentNotify) AppendJSON(dst []byte) []byte {
	dst = text.AppendStringField(append(dst, `{"type":"agent"`...), "subtype", n.Type.String())
	dst = text.AppendKey(dst, "message")
	if json.Valid([]byte(n.Text)) {
		dst = text.AppendJSONValue(dst, n.Text)
	} else {
		dst = text.AppendJSONString(dst, n.Text)
	}
	return append(dst, "}\n"...)
}

// DumpInfo prints the notification to standard output, in one write.
func (n *AgentNotify) DumpInfo() { _, _ = os.Stdout.Write(n.AppendInfo(nil)) }

// DumpJSON prints the notification as JSON to standard output, in one write.
func (n *AgentNotify) DumpJSON() { _, _ = os.Stdout.Write(n.AppendJSON(nil)) }

// MessageType returns MessageTypeAgent.
func (n *AgentNotify) MessageType() uint8 { return MessageTypeAgent }

// TypeName returns "agent".
func (n *AgentNotify) TypeName() string { return "agent" }

// Endpoints returns zeros: a notification is about no packet.
func (n *AgentNotify) Endpoints() (source, destination uint64) { return 0, 0 }

// Capture returns the zero value: a notification holds no packet.
func (n *AgentNotify) Capture() event.Capture { return event.Capture{} }

// AppendEvent appends the notification as a line, or as JSON.
func (n *AgentNotify) AppendEvent(dst []byte, _ *event.Event, s *event.Style) []byte {
	if s.Form == event.JSON {
		return n.AppendJSON(dst)
	}
	return n.AppendInfo(dst)
}

// agentFields describes AgentNotify, which is sent as gob: no C header does.
var agentFields = [...]event.Field{
	{Name: "subtype", Doc: "what the notification is about", Kind: event.KindUint, Bits: 32, Enum: &agentNotifications},
	{Name: "text", Doc: "the notification, mostly a JSON object", Kind: event.KindText},
}

var agentNotifications = event.Enum{
	Name:   "AgentNotification",
	Values: agentValues(),
	Lookup: func(v uint64) (string, bool) {
		if v > math.MaxUint32 {
			return "", false
		}
		return AgentNotification(v).Name()
	},
}

func agentValues() (values []event.EnumValue) {
	for _, v := range AgentNotificationValues() {
		values = append(values, event.EnumValue{Value: uint64(v), Text: v.String()})
	}
	return values
}

// Fields returns the table of the fields of a notification.
func (n *AgentNotify) Fields() []event.Field { return agentFields[:] }

// Uint returns the value of the subtype, 0 for another field.
func (n *AgentNotify) Uint(field int) uint64 {
	if field == 0 {
		return uint64(n.Type)
	}
	return 0
}

// Bytes returns the text, nil for another field. It must not be changed.
func (n *AgentNotify) Bytes(field int) []byte {
	if field != 1 {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(n.Text), len(n.Text))
}
