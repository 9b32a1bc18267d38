// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/verdict"
)

// column is a field that records are made from.
type column int

// The fields, by their names in C, which all wire formats have in common.
const (
	cSubtype column = iota
	cSrcLabel
	cDstLabel
	cReason
	cIfindex
	cHash
	cArg1
	cArg2
	cArg3
	cLine
	cFile
	cIPTraceID
	cOrigIP
	cEncrypted
	cRemoteLabel
	cVerdict
	cBits
	cAuthType
	cXlatePoint
	cL4Proto
	cIPv6
	cDstPort
	cSockCookie
	cCgroupID
	cDstIP
	cDevice
	cInIfindex
	cFunction
	cNetNSName
	cProcess
	cContainer
	cCgroup
	cText
	columns
)

var columnNames = [columns]string{
	"subtype", "src_label", "dst_label", "reason", "ifindex", "hash", "arg1", "arg2", "arg3", "line", "file", "ip_trace_id",
	"orig_ip", "encrypted", "remote_label", "verdict", "bits", "auth_type", "xlate_point", "l4_proto", "ipv6", "dst_port",
	"sock_cookie", "cgroup_id", "dst_ip", "device", "in_ifindex", "function", "netns_name", "process", "container", "cgroup", "text",
}

// table says where the columns are in the fields of a message.
type table struct {
	first   *event.Field
	at      [columns]int8
	verdict verdict.Rule
}

// of returns the table of a message's fields. It is made anew when messages of a type have others.
func (t *table) of(m event.Message) *table {
	fields := m.Fields()
	if len(fields) == 0 {
		return &table{verdict: verdict.For(m.TypeName(), nil)}
	}
	if t.first == &fields[0] {
		return t
	}
	t.first, t.verdict = &fields[0], verdict.For(m.TypeName(), fields)
	for c, name := range columnNames {
		t.at[c] = int8(slices.IndexFunc(fields, func(f event.Field) bool { return f.C == name || f.C == "" && f.Name == name }))
	}
	return t
}

// message is a message whose fields are found by column.
type message struct {
	event.Message
	table *table
}

func (m *message) index(c column) int {
	if m.table.first == nil {
		return -1
	}
	return int(m.table.at[c])
}

// uint returns a number, 0 if the message has no such field.
func (m *message) uint(c column) uint64 {
	if at := m.index(c); at >= 0 {
		return m.Uint(at)
	}
	return 0
}

// text returns bytes, or a text up to its first NUL; nil if the message has no such field.
func (m *message) text(c column) []byte {
	at := m.index(c)
	if at < 0 {
		return nil
	}
	if m.Fields()[at].Kind == event.KindText {
		return event.Text(m, at)
	}
	return m.Bytes(at)
}

// enum returns the name of a field's value, "" if it has none.
func (m *message) enum(c column) string {
	at := m.index(c)
	if at < 0 || m.Fields()[at].Enum == nil {
		return ""
	}
	name, _ := m.Fields()[at].Enum.Lookup(m.Uint(at))
	return name
}

// reservedLabels are the labels of identities with a meaning of their own.
var reservedLabels = [...][]string{
	1: {"reserved:host"}, 2: {"reserved:world"}, 3: {"reserved:unmanaged"}, 4: {"reserved:health"}, 5: {"reserved:init"},
	6: {"reserved:remote-node"}, 7: {"reserved:kube-apiserver"}, 8: {"reserved:ingress"}, 9: {"reserved:world-ipv4"}, 10: {"reserved:world-ipv6"},
}

// reserved returns the label of an identity, if the message says that identities have names.
func (m *message) reserved(c column, identity uint32) []string {
	at := m.index(c)
	if at < 0 {
		at = m.index(cRemoteLabel)
	}
	if at < 0 || m.Fields()[at].Enum == nil || uint64(identity) >= uint64(len(reservedLabels)) {
		return nil
	}
	return reservedLabels[identity]
}
