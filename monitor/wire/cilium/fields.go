// SPDX-License-Identifier: Apache-2.0

package cilium

import (
	"slices"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// describe makes the field tables of a release: the generated ones with its names, and what is computed from fields.
func (r *release) describe() {
	reasons := enum(r, "TraceReason", TraceReason.NameIn)
	r.drop = r.table(dropNotifyFields[:])
	r.trace = append(r.table(traceNotifyFields[:]),
		event.Field{Name: "encrypted", Doc: "whether the packet was encrypted", Kind: event.KindBool, Bits: 1})
	r.trace[traceReasonField].Enum = reasons
	r.debug = r.table(debugMsgFields[:])
	r.capture = r.table(debugCaptureMsgFields[:])
	r.verdict = append(r.table(policyVerdictNotifyFields[:]),
		event.Field{Name: "action", Doc: "what becomes of the packet", Bits: 8, Enum: &actions},
		event.Field{Name: "direction", Doc: "ingress or egress", Bits: 8, Enum: &directions},
		event.Field{Name: "match", Doc: "what of the policy matched", Bits: 8, Enum: enum(r, "PolicyMatch", PolicyMatch.NameIn)})
	r.sock = r.table(traceSockNotifyFields[:])
	r.record = r.table(captureMsgFields[:])
	r.agent = []event.Field{
		{Name: "subtype", Doc: "what the notification is about", Bits: 32, Enum: enum(r, "AgentNotification", AgentNotification.NameIn)},
		{Name: "text", Doc: "the notification, mostly a JSON object", Kind: event.KindText},
	}
}

// traceReasonField is the index of the reason in the table of a trace.
var traceReasonField = slices.IndexFunc(traceNotifyFields[:], func(f event.Field) bool { return f.C == "reason" })

// table returns a field table with the names of the release.
func (r *release) table(generated []event.Field) []event.Field {
	fields := slices.Clone(generated)
	for i := range fields {
		f := &fields[i]
		if isIdentity(f.C) {
			f.Enum = enum(r, "Identity", Identity.NameIn)
			continue
		}
		if f.Enum == nil {
			continue
		}
		if make := byRelease[f.Enum.Name]; make != nil {
			f.Enum = make(r)
		}
	}
	return fields
}

func isIdentity(c string) bool { return c == "src_label" || c == "dst_label" || c == "remote_label" }

// byRelease makes the enums whose names differ by release.
var byRelease = map[string]func(*release) *event.Enum{
	"MessageType":  func(r *release) *event.Enum { return enum(r, "MessageType", MessageType.NameIn) },
	"DropReason":   func(r *release) *event.Enum { return enum(r, "DropReason", DropReason.NameIn) },
	"SourceFile":   func(r *release) *event.Enum { return enum(r, "SourceFile", SourceFile.NameIn) },
	"TracePoint":   func(r *release) *event.Enum { return enum(r, "TracePoint", TracePoint.NameIn) },
	"AuthType":     func(r *release) *event.Enum { return enum(r, "AuthType", AuthType.NameIn) },
	"XlatePoint":   func(r *release) *event.Enum { return enum(r, "XlatePoint", XlatePoint.NameIn) },
	"SockProtocol": func(r *release) *event.Enum { return enum(r, "SockProtocol", SockProtocol.NameIn) },
}

// enum returns the names that a release gives to the values of a type.
func enum[T ~uint8 | ~uint32](r *release, name string, lookup func(T, Release) (string, bool)) *event.Enum {
	e := &event.Enum{Name: name, Lookup: func(v uint64) (string, bool) {
		if uint64(T(v)) != v {
			return "", false
		}
		return lookup(T(v), r.Release)
	}}
	for v := range uint64(256) {
		if text, ok := lookup(T(v), r.Release); ok {
			e.Values = append(e.Values, event.EnumValue{Value: v, Text: text})
		}
	}
	return e
}

var actions = fixedEnum("Action", actionNames[:]...)

var directions = fixedEnum("Direction", "egress", "ingress")

func fixedEnum(name string, texts ...string) event.Enum {
	e := event.Enum{Name: name, Lookup: func(v uint64) (string, bool) {
		if v < uint64(len(texts)) {
			return texts[v], true
		}
		return "", false
	}}
	for v, text := range texts {
		e.Values = append(e.Values, event.EnumValue{Value: uint64(v), Text: text})
	}
	return e
}
