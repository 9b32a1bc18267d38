// SPDX-License-Identifier: Apache-2.0

// Package verdict says what became of the packet, the request or the connection that a message is about, in Hubble's terms.
// Hubble's outputs and filters ask it.
package verdict

import (
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// Verdict is what became of a packet. Its numbers are Hubble's.
type Verdict uint8

// The verdicts. None is that of messages that say nothing of it, such as debug messages.
const (
	None Verdict = iota
	Forwarded
	Dropped
	Failed // Hubble's name is ERROR
	Audited
	Redirected
	Traced
	Translated
)

var names = [...]string{None: "", Forwarded: "FORWARDED", Dropped: "DROPPED", Failed: "ERROR", Audited: "AUDIT", Redirected: "REDIRECTED",
	Traced: "TRACED", Translated: "TRANSLATED"}

// String returns Hubble's name, "" for None.
func (v Verdict) String() string { return names[v] }

// All returns the verdicts but None.
func All() []Verdict {
	return []Verdict{Forwarded, Dropped, Failed, Audited, Redirected, Traced, Translated}
}

// Names returns the names of the verdicts but None, in lower case.
func Names() []string {
	var all []string
	for _, v := range All() {
		all = append(all, strings.ToLower(v.String()))
	}
	return all
}

// logged are the verdicts of access logs.
var logged = [...]struct {
	text    accesslog.FlowVerdict
	verdict Verdict
}{
	{accesslog.VerdictForwarded, Forwarded}, {accesslog.VerdictDenied, Dropped}, {accesslog.VerdictError, Failed}, {accesslog.VerdictRedirected, Redirected},
}

// OfLog returns the verdict of an access log.
func OfLog[T accesslog.FlowVerdict | []byte](v T) Verdict {
	for i := range logged {
		if string(v) == string(logged[i].text) {
			return logged[i].verdict
		}
	}
	return None
}

// Rule says how messages with one table of fields tell their verdict. The zero value is that of messages that have none.
type Rule struct {
	of     func(*Rule, event.Message) Verdict // nil if all messages have the same
	same   Verdict
	at, by int      // fields that of reads, -1 if absent
	values []uint64 // of the field at that are not as others
}

// For returns the rule of messages of a type that have these fields.
func For(typeName string, fields []event.Field) Rule {
	find := func(name string) int {
		return slices.IndexFunc(fields, func(f event.Field) bool { return f.C == name || f.C == "" && f.Name == name })
	}
	switch typeName {
	case "drop":
		return Rule{same: Dropped}
	case "trace":
		return ofTrace(fields, find("reason"))
	case "recorder":
		return Rule{same: Traced}
	case "kernel":
		return Rule{of: kernel, at: find("subtype")}
	case "policy-verdict":
		return Rule{of: policy, at: find("verdict"), by: find("bits")}
	case "trace-sock":
		return Rule{of: socket, at: find("xlate_point")}
	case "l7":
		return Rule{of: log, at: find("verdict")}
	}
	return Rule{}
}

// Has reports whether messages can have a verdict.
func (r *Rule) Has() bool { return r.of != nil || r.same != None }

// Constant returns the verdict of all messages, if they have the same.
func (r *Rule) Constant() (v Verdict, ok bool) { return r.same, r.of == nil }

// Of returns the verdict of a message.
func (r *Rule) Of(m event.Message) Verdict {
	if r.of == nil {
		return r.same
	}
	return r.of(r, m)
}

// ofTrace returns the rule of traces: they are about packets that go on. Some reasons are those of a datapath that only
// watches: what it would not have let pass.
func ofTrace(fields []event.Field, reason int) Rule {
	r := Rule{same: Forwarded}
	if reason < 0 || fields[reason].Enum == nil {
		return r
	}
	for _, v := range fields[reason].Enum.Values {
		if v.Text == "denied" || v.Text == "malformed" {
			r.of, r.at, r.values = trace, reason, append(r.values, v.Value)
		}
	}
	return r
}

func trace(r *Rule, m event.Message) Verdict {
	if slices.Contains(r.values, m.Uint(r.at)) {
		return Audited
	}
	return Forwarded
}

// kernel is the rule of what the kernel says. Retransmissions and resets are not drops.
func kernel(r *Rule, m event.Message) Verdict {
	if r.at >= 0 && m.Uint(r.at) != 0 {
		return Traced
	}
	return Dropped
}

func policy(r *Rule, m event.Message) Verdict {
	if r.at < 0 {
		return None
	}
	switch v := int32(m.Uint(r.at)); {
	case v < 0:
		return Dropped
	case v > 0:
		return Redirected
	case r.by >= 0 && m.Uint(r.by)&64 != 0:
		return Audited
	}
	return Forwarded
}

func socket(r *Rule, m event.Message) Verdict {
	if r.at >= 0 {
		if point := m.Uint(r.at); point == 2 || point == 4 {
			return Translated
		}
	}
	return Traced
}

func log(r *Rule, m event.Message) Verdict {
	if r.at < 0 {
		return None
	}
	return OfLog(event.Text(m, r.at))
}
