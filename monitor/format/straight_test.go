// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"encoding/binary"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/miekg/dns"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// straight formats messages in the straightforward way: decoding by reflection, packets with gopacket, text with fmt,
// JSON with encoding/json, a new gob decoder for each record. It is what the formatter must agree with, and its
// yardstick. It prints messages of a little-endian host, and no names of interfaces.
type straight struct {
	json, verbose, hex bool
}

// errBad stands for the line about a message that cannot be decoded.
const errBad = "cannot be decoded"

// sample returns what a message prints, or errBad.
func (s straight) sample(data []byte, cpu int) string {
	if len(data) == 0 {
		return errBad
	}
	prefix := fmt.Sprintf("CPU %02d:", cpu)
	switch data[0] {
	case api.MessageTypeDrop:
		return s.drop(data, prefix)
	case api.MessageTypeTrace:
		return s.trace(data, prefix)
	case api.MessageTypeCapture:
		return s.capture(data, prefix)
	case api.MessageTypeDebug:
		return s.debug(data, prefix)
	case api.MessageTypeAccessLog:
		return s.accessLog(data)
	case api.MessageTypeAgent:
		return s.agent(data)
	}
	if s.json {
		return fmt.Sprintf("{\"cpu\":%q,\"type\":\"unknown\",\"code\":%d,\"data\":\"%x\"}\n", prefix, data[0], data)
	}
	return fmt.Sprintf("%s Unknown event: %+v\n", prefix, data)
}

// read decodes a struct and returns it with the packet that follows.
func read[T any](data []byte, header int, captured func(*T) uint32) (*T, []byte, bool) {
	n := new(T)
	if binary.Read(bytes.NewReader(data), binary.LittleEndian, n) != nil {
		return nil, nil, false
	}
	packet := data[header:]
	return n, packet[:min(uint64(len(packet)), uint64(captured(n)))], true
}

// marshal returns v as a line of JSON.
func marshal(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return errBad
	}
	if out, err = reference.OrderURL(out); err != nil {
		return err.Error()
	}
	return escapeJSON(string(out)) + "\n"
}

// body returns the packet of a verbose message.
func (s straight) body(packet []byte) string {
	if s.hex {
		return hex.Dump(packet)
	}
	return reference.Dissection(packet)
}

func (s straight) drop(data []byte, prefix string) string {
	n, packet, ok := read(data, monitor.DropNotifyLen, func(n *monitor.DropNotify) uint32 { return n.CapLen })
	switch {
	case !ok:
		return errBad
	case s.json:
		v := monitor.DropNotifyToVerbose(n)
		v.CPUPrefix = prefix
		return marshal(struct {
			monitor.DropNotifyVerbose
			Summary *reference.Headers `json:"summary,omitempty"`
		}{v, headers(packet)})
	case s.verbose:
		return fmt.Sprintf("%s\n%s MARK %#x FROM %d DROP: %d bytes, reason %s%s\n%s", strings.Repeat("-", 78), prefix,
			n.Hash, n.Source, n.OrigLen, api.DropReason(n.SubType), peers(n.SrcLabel, n.DstLabel, n.DstID), s.body(packet))
	}
	return fmt.Sprintf("xx drop (%s) flow %#x to endpoint %d, identity %d->%d: %s\n", api.DropReason(n.SubType), n.Hash,
		n.DstID, n.SrcLabel, n.DstLabel, reference.Summary(packet))
}

// headers returns what JSON says of a packet: nothing if none of it was captured.
func headers(packet []byte) *reference.Headers {
	if len(packet) == 0 {
		return nil
	}
	return reference.Read(packet)
}

// peers returns what a verbose line says about identities and endpoint.
func peers(srcLabel, dstLabel, dstID uint32) string {
	out := ""
	if srcLabel != 0 || dstLabel != 0 {
		out = fmt.Sprintf(", identity %d->%d", srcLabel, dstLabel)
	}
	if dstID != 0 {
		out += fmt.Sprintf(", to endpoint %d", dstID)
	}
	return out
}

func (s straight) trace(data []byte, prefix string) string {
	n, packet, ok := read(data, monitor.TraceNotifyLen, func(n *monitor.TraceNotify) uint32 { return n.CapLen })
	if !ok {
		return errBad
	}
	v := monitor.TraceNotifyToVerbose(n)
	ifname := fmt.Sprint(n.Ifindex)
	switch {
	case s.json:
		v.CPUPrefix, v.Ifindex = prefix, ifname
		return marshal(struct {
			monitor.TraceNotifyVerbose
			Summary *reference.Headers `json:"summary,omitempty"`
		}{v, headers(packet)})
	case s.verbose:
		iface := ""
		if n.Ifindex != 0 {
			iface = ", interface " + ifname
		}
		return fmt.Sprintf("%s\n%s MARK %#x FROM %d %s: %d bytes (%d captured), state %s%s%s\n%s", strings.Repeat("-", 78),
			prefix, n.Hash, n.Source, v.ObservationPoint, n.OrigLen, n.CapLen, v.State, iface,
			peers(n.SrcLabel, n.DstLabel, uint32(n.DstID)), s.body(packet))
	}
	return fmt.Sprintf("%s flow %#x identity %d->%d state %s ifindex %s: %s\n", v.TraceSummary, n.Hash, n.SrcLabel,
		n.DstLabel, v.State, ifname, reference.Summary(packet))
}

func (s straight) capture(data []byte, prefix string) string {
	n, packet, ok := read(data, monitor.DebugCaptureLen, func(n *monitor.DebugCapture) uint32 { return n.OrigLen })
	if !ok {
		return errBad
	}
	message, info := straightCapture(n)
	switch {
	case s.json:
		return marshal(monitor.DebugCaptureVerbose{CPUPrefix: prefix, Type: "capture", Mark: fmt.Sprintf("%#x", n.Hash),
			Message: message, Prefix: info, Source: n.Source, Bytes: n.Len, Summary: reference.Summary(packet)})
	case s.verbose:
		return fmt.Sprintf("%s\n%s MARK %#x FROM %d DEBUG: %d bytes, %s\n%s", strings.Repeat("-", 78), prefix, n.Hash,
			n.Source, n.Len, message, s.body(packet))
	case info == "":
		return ""
	}
	return fmt.Sprintf("%s: %s\n", info, reference.Summary(packet))
}

// straightCapture returns what a capture message says, and what its line starts with.
func straightCapture(n *monitor.DebugCapture) (message, info string) {
	a := n.Arg1
	switch n.SubType {
	case monitor.DbgCaptureDelivery:
		return fmt.Sprintf("Delivery to ifindex %d", a), fmt.Sprintf("-> %d", a)
	case monitor.DbgCaptureFromLb:
		return fmt.Sprintf("Incoming packet to load balancer on ifindex %d", a), fmt.Sprintf("<- load-balancer %d", a)
	case monitor.DbgCaptureAfterV46:
		return fmt.Sprintf("Packet after nat46 ifindex %d", a), fmt.Sprintf("== v4->v6 %d", a)
	case monitor.DbgCaptureAfterV64:
		return fmt.Sprintf("Packet after nat64 ifindex %d", a), fmt.Sprintf("== v6->v4 %d", a)
	case monitor.DbgCaptureProxyPre:
		return fmt.Sprintf("Packet to proxy port %d (Pre)", ntohs(a)), ""
	case monitor.DbgCaptureProxyPost:
		return fmt.Sprintf("Packet to proxy port %d (Post)", ntohs(a)), fmt.Sprintf("-> proxy port %d", ntohs(a))
	case monitor.DbgCaptureSnatPre:
		return fmt.Sprintf("Packet going into snat engine on ifindex %d", a), ""
	case monitor.DbgCaptureSnatPost:
		return fmt.Sprintf("Packet coming from snat engine on ifindex %d", a), ""
	}
	if monitor.DbgCaptureCode(n.SubType).String() != fmt.Sprint(n.SubType) && n.SubType > monitor.DbgCaptureSnatPost {
		m := own(n.AppendJSON(nil, nil, monitor.Options{Host: recorded})) // newer than this table
		return m.Message, m.Prefix
	}
	return fmt.Sprintf("Unknown message type=%d arg1=%d", n.SubType, a), ""
}

func (s straight) debug(data []byte, prefix string) string {
	n, _, ok := read(data, monitor.DebugMsgLen, func(*monitor.DebugMsg) uint32 { return 0 })
	switch {
	case !ok:
		return errBad
	case s.json:
		return fmt.Sprintf("{\"cpu\":\"%s\",\"type\":\"debug\",\"message\":\"%s\"}\n", prefix, straightDebug(n))
	case s.verbose:
		return fmt.Sprintf("%s MARK %#x FROM %d DEBUG: %s\n", prefix, n.Hash, n.Source, straightDebug(n))
	}
	return ""
}

func (s straight) agent(data []byte) string {
	var n api.AgentNotify
	if gob.NewDecoder(bytes.NewReader(data[1:])).Decode(&n) != nil {
		return errBad
	}
	if !s.json {
		return escape(fmt.Sprintf(">> %s: %s", n.Type, n.Text)) + "\n"
	}
	message := escapeJSON(n.Text)
	if !json.Valid([]byte(n.Text)) {
		message = strings.TrimSuffix(marshal(n.Text), "\n")
	}
	return fmt.Sprintf("{\"type\":\"agent\",\"subtype\":\"%s\",\"message\":%s}\n", n.Type, message)
}

func (s straight) accessLog(data []byte) string {
	var l monitor.LogRecordNotify
	if gob.NewDecoder(bytes.NewReader(data[1:])).Decode(&l) != nil {
		return errBad
	}
	v := monitor.LogRecordNotifyToVerbose(&l)
	if s.json {
		return marshal(v)
	}
	arrow := map[accesslog.ObservationPoint]string{accesslog.Ingress: "<-", accesslog.Egress: "->"}[l.ObservationPoint]
	if arrow == "" {
		arrow = "??"
	}
	line, layout := "", ""
	switch l.Type {
	case accesslog.TypeRequest:
		layout = "%s %s %s from %d (%s) to %d (%s), identity %d->%d, verdict %s"
	case accesslog.TypeResponse:
		layout = "%s %s %s to %d (%s) from %d (%s), identity %d->%d, verdict %s"
	}
	if layout != "" {
		line = fmt.Sprintf(layout, arrow, l.Type, v.L7Proto, v.SrcEpID, v.SrcEpLabels, v.DstEpID, v.DstEpLabels,
			v.SrcIdentity, v.DstIdentity, l.Verdict)
	}
	return escape(line+straightHTTP(l.HTTP)+straightKafka(l.Kafka)+straightDNS(l.Type, l.DNS)+straightL7(l.L7)) + "\n"
}

func straightHTTP(h *accesslog.LogRecordHTTP) string {
	if h == nil {
		return ""
	}
	url := ""
	if h.URL != nil {
		url = h.URL.String()
	}
	return fmt.Sprintf(" %s %s => %d", h.Method, url, h.Code)
}

func straightKafka(k *accesslog.LogRecordKafka) string {
	if k == nil {
		return ""
	}
	return fmt.Sprintf(" %s topic %s => %d", k.APIKey, k.Topic.Topic, k.ErrorCode)
}

func straightDNS(typ accesslog.FlowType, d *accesslog.LogRecordDNS) string {
	if d == nil || typ != accesslog.TypeRequest && typ != accesslog.TypeResponse {
		return ""
	}
	var types, ips []string
	for _, t := range d.QTypes {
		types = append(types, dns.TypeToString[t])
	}
	word := "Query"
	if typ == accesslog.TypeResponse && d.ObservationSource == accesslog.DNSSourceAgentPoller {
		word = "Poll"
	}
	out := fmt.Sprintf(" DNS %s: %s %s", word, d.Query, strings.Join(types, ","))
	if typ == accesslog.TypeRequest {
		return out
	}
	for _, ip := range d.IPs {
		ips = append(ips, ip.String())
	}
	out += fmt.Sprintf(" TTL: %d Answer: '%s'", d.TTL, strings.Join(ips, ","))
	if len(d.CNAMEs) > 0 {
		out += " CNAMEs: " + strings.Join(d.CNAMEs, ",")
	}
	return out
}

func straightL7(l *accesslog.LogRecordL7) string {
	if l == nil {
		return ""
	}
	var fields []string
	for key := range l.Fields {
		if key != "status" {
			fields = append(fields, key)
		}
	}
	slices.Sort(fields)
	out := ""
	for _, key := range fields {
		out += fmt.Sprintf(" %s:%s", key, l.Fields[key])
	}
	if status := l.Fields["status"]; status != "" {
		out += " => status:" + status
	}
	return out
}

// unsafeRune reports whether a terminal could obey a rune.
func unsafeRune(r rune) bool {
	if r >= ' ' && r < 0x7f {
		return false // as the tables say too, but sooner
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// escape makes unsafe runes and broken UTF-8 visible, on one line.
func escape(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		short := map[rune]string{'\n': `\n`, '\r': `\r`, '\t': `\t`}[r]
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[0])
		case !unsafeRune(r):
			out.WriteString(s[:size])
		case short != "":
			out.WriteString(short)
		case r < 0x80:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
		s = s[size:]
	}
	return out.String()
}

// escapeJSON does for JSON what escape does for text. Line breaks and tabs, which stand between tokens, go.
func escapeJSON(s string) string {
	var out strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			out.WriteString(`\ufffd`)
		case r < ' ':
		case !unsafeRune(r):
			out.WriteString(s[:size])
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			hi := 0xd800 + (r-0x10000)>>10
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, 0xdc00+(r-0x10000)&0x3ff)
		}
		s = s[size:]
	}
	return out.String()
}

// straightFor returns the straightforward formatter for a verbosity that a sample names.
func straightFor(verbosity string) straight {
	return straight{json: verbosity == "json", verbose: verbosity != "info", hex: verbosity == "hex"}
}
