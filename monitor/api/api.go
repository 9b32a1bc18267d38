// SPDX-License-Identifier: Apache-2.0

// Package api has the constants that the datapath, the agent and their readers share: the types of messages, the reasons
// for drops, and the agent's own notifications.
//
// The datapath's constants and names are generated from its headers, and those of the agent from the header that
// describes its messages.
package api

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// Message types of the agent. The first byte of each message is its type: 0 to 128 are the datapath's, 129 to 255 the
// agent's.
const (
	// MessageTypeAccessLog is a proxy's record of a request: a gob stream of one accesslog.LogRecord.
	MessageTypeAccessLog = 129
	// MessageTypeAgent is a notification of the agent: a gob stream of one AgentNotify.
	MessageTypeAgent = 130
)

// MessageTypeNames maps the name of each message type to its number. Treat it as constant.
var MessageTypeNames = messageTypeNames()

// messageTypeNames joins the names that the headers give with those of the agent.
func messageTypeNames() map[string]int {
	names := map[string]int{"l7": MessageTypeAccessLog, "agent": MessageTypeAgent}
	for t := range MessageTypeAccessLog {
		if name, ok := MessageType(t).Name(); ok {
			names[name] = t
		}
	}
	return names
}

// GetAllTypes returns the names of all message types, sorted.
func GetAllTypes() []string {
	names := make([]string, 0, len(MessageTypeNames))
	for name := range MessageTypeNames {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// MessageTypeFilter is a list of message types. As a flag (it is a pflag.Value) it takes one name at a time.
type MessageTypeFilter []int

// Set adds the message type with a name.
func (m *MessageTypeFilter) Set(value string) error {
	t, ok := MessageTypeNames[value]
	if !ok {
		return fmt.Errorf("unknown message type %q, known are %s", value, strings.Join(GetAllTypes(), ", "))
	}
	*m = append(*m, t)
	return nil
}

// String returns the names of the types in the order in which they were added. A type without name is its number.
func (m *MessageTypeFilter) String() string {
	pieces := make([]string, len(*m))
	for i, t := range *m {
		pieces[i] = nameOf(t)
	}
	return strings.Join(pieces, ",")
}

// nameOf returns the name of a message type, or its number.
func nameOf(messageType int) string {
	for name, t := range MessageTypeNames {
		if t == messageType {
			return name
		}
	}
	return fmt.Sprint(messageType)
}

// Type names the type of the flag for its usage text.
func (m *MessageTypeFilter) Type() string { return "[]string" }

// Contains reports whether a message type is in the list.
func (m *MessageTypeFilter) Contains(messageType int) bool { return slices.Contains(*m, messageType) }
