// SPDX-License-Identifier: Apache-2.0

// Package role finds the fields of a message that play the same part in every wire format: why a packet was dropped,
// which interface it was on, whose identity it had. Filters, summaries and recordings ask for these by their part, since
// formats name them differently.
package role

import (
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// Role is a part that fields play.
type Role uint8

// The roles.
const (
	Reason      Role = iota // why a packet was dropped
	State                   // what the connection table knows of a packet
	Point                   // where a packet was seen
	Interface               // the index of an interface
	SrcIdentity             // the security identity of the sender
	DstIdentity             // the security identity of the receiver
	count
)

// part says how the fields of a role are recognized: by the name of the Go type of their values, or by their own.
type part struct {
	enums []string
	names []string // in lower case; of Field.Name or Field.C
}

var parts = [count]part{
	Reason:      {enums: []string{"dropcode", "dropreason", "skbdropreason", "kfreeskbreason"}, names: []string{"reason", "drop_reason"}},
	State:       {enums: []string{"tracereason"}, names: []string{"state"}},
	Point:       {enums: []string{"tracepoint", "dbgcapturecode"}, names: []string{"observationpoint", "obspoint"}},
	Interface:   {names: []string{"ifindex", "iface"}},
	SrcIdentity: {names: []string{"src_label", "srclabel", "src_identity", "srcidentity"}},
	DstIdentity: {names: []string{"dst_label", "dstlabel", "dst_identity", "dstidentity"}},
}

// Find returns the index of the field of a table that has a role, or -1. The type of values goes before a name: a trace's
// "reason" is a state.
func Find(fields []event.Field, r Role) int {
	for i := range fields {
		if of(&fields[i]) == r {
			return i
		}
	}
	return -1
}

// of returns the role of a field, or count.
func of(f *event.Field) Role {
	if f.Enum != nil {
		for r := range parts {
			if has(parts[r].enums, f.Enum.Name) {
				return Role(r)
			}
		}
	}
	for r := range parts {
		if has(parts[r].names, f.Name) || has(parts[r].names, f.C) {
			return Role(r)
		}
	}
	return count
}

// has reports whether a name is in a list of names in lower case.
func has(names []string, name string) bool {
	for _, n := range names {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Cache remembers where the tables of the messages of one source have a role. The zero value is ready to use. It is for one
// goroutine at a time.
type Cache struct {
	Role  Role
	known [256]struct {
		first *event.Field
		at    int
	}
}

// Find returns the index of the field of a message that has the role, or -1.
func (c *Cache) Find(m event.Message) int {
	fields := m.Fields()
	if len(fields) == 0 {
		return -1
	}
	k := &c.known[m.MessageType()]
	if k.first != &fields[0] {
		k.first, k.at = &fields[0], Find(fields, c.Role)
	}
	return k.at
}
