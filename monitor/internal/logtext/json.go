// SPDX-License-Identifier: Apache-2.0

package logtext

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendJSON appends the record as a line with a JSON object in the form of monitor.LogRecordNotifyVerbose: what encoding/json
// makes of it, with unsafe characters escaped. It fails, and returns dst as it was, if a DNS answer holds an address that
// is none.
//
// The fields of a URL come in the order in which Go 1.26 declares them, whatever Go this is built with.
func AppendJSON(dst []byte, rec *accesslog.LogRecord, form Form) ([]byte, error) {
	l := record{rec, form}
	if err := l.checkAddresses(); err != nil {
		return dst, err
	}
	dst = appendText(append(dst, `{"type":"logRecord","observationPoint":`...), l.ObservationPoint)
	dst = appendText(append(dst, `,"flowType":`...), l.Type)
	dst = appendText(append(dst, `,"l7Proto":`...), l.proto())
	dst = appendEndpointFields(dst, `,"srcEpID":`, `,"srcEpLabels":`, `,"srcIdentity":`, &l.SourceEndpoint, form)
	dst = appendEndpointFields(dst, `,"dstEpID":`, `,"dstEpLabels":`, `,"dstIdentity":`, &l.DestinationEndpoint, form)
	dst = appendText(append(dst, `,"verdict":`...), l.Verdict)
	if l.HTTP != nil {
		dst = appendHTTPFields(append(dst, `,"http":{`...), l.HTTP, form)
	}
	if l.Kafka != nil {
		dst = appendKafkaFields(append(dst, `,"kafka":{`...), l.Kafka)
	}
	if l.DNS != nil {
		dst = appendDNSFields(append(dst, `,"dns":{`...), l.DNS)
	}
	if l.L7 != nil {
		dst = text.AppendStringField(append(dst, `,"l7":{`...), "Proto", l.L7.Proto)
		dst = append(appendMap(text.AppendKey(dst, "Fields"), l.L7.Fields, appendText[string]), '}')
	}
	return append(dst, "}\n"...), nil
}

// checkAddresses returns an error for an address that has no text and so no JSON form.
func (l record) checkAddresses() error {
	if l.DNS == nil {
		return nil
	}
	for _, ip := range l.DNS.IPs {
		if n := len(ip); n != 0 && n != net.IPv4len && n != net.IPv6len {
			return fmt.Errorf("access log: DNS answer with an address of %d bytes", n)
		}
	}
	return nil
}

func appendEndpointFields(dst []byte, id, labels, identity string, e *accesslog.EndpointInfo, form Form) []byte {
	dst = appendNumber(dst, id, e.ID)
	list := e.Labels
	if list == nil && form == V17 {
		list = []string{}
	}
	dst = appendList(append(dst, labels...), list, appendText[string])
	return appendNumber(dst, identity, e.Identity)
}

func appendHTTPFields(dst []byte, h *accesslog.LogRecordHTTP, form Form) []byte {
	dst = strconv.AppendInt(append(dst, `"Code":`...), int64(h.Code), 10)
	dst = appendText(append(dst, `,"Method":`...), h.Method)
	dst = appendURL(append(dst, `,"URL":`...), h.URL)
	dst = appendText(append(dst, `,"Protocol":`...), h.Protocol)
	dst = appendMap(append(dst, `,"Headers":`...), h.Headers, appendTexts)
	if form != V15 {
		dst = appendMap(append(dst, `,"MissingHeaders":`...), h.MissingHeaders, appendTexts)
		dst = appendMap(append(dst, `,"RejectedHeaders":`...), h.RejectedHeaders, appendTexts)
	}
	return append(dst, '}')
}

func appendTexts(dst []byte, values []string) []byte {
	return appendList(dst, values, appendText[string])
}

// appendURL appends the fields of a URL. Of a user encoding/json shows no more than that there is one.
func appendURL(dst []byte, u *url.URL) []byte {
	if u == nil {
		return append(dst, "null"...)
	}
	user := "null"
	if u.User != nil {
		user = "{}"
	}
	dst = appendText(append(dst, `{"Scheme":`...), u.Scheme)
	dst = appendText(append(dst, `,"Opaque":`...), u.Opaque)
	dst = append(append(dst, `,"User":`...), user...)
	dst = appendText(append(dst, `,"Host":`...), u.Host)
	dst = appendText(append(dst, `,"Path":`...), u.Path)
	dst = appendText(append(dst, `,"Fragment":`...), u.Fragment)
	dst = appendText(append(dst, `,"RawQuery":`...), u.RawQuery)
	dst = appendText(append(dst, `,"RawPath":`...), u.RawPath)
	dst = appendText(append(dst, `,"RawFragment":`...), u.RawFragment)
	dst = strconv.AppendBool(append(dst, `,"ForceQuery":`...), u.ForceQuery)
	dst = strconv.AppendBool(append(dst, `,"OmitHost":`...), u.OmitHost)
	return append(dst, '}')
}

func appendKafkaFields(dst []byte, k *accesslog.LogRecordKafka) []byte {
	dst = strconv.AppendInt(append(dst, `"ErrorCode":`...), int64(k.ErrorCode), 10)
	dst = strconv.AppendInt(append(dst, `,"APIVersion":`...), int64(k.APIVersion), 10)
	dst = appendText(append(dst, `,"APIKey":`...), k.APIKey)
	dst = strconv.AppendInt(append(dst, `,"CorrelationID":`...), int64(k.CorrelationID), 10)
	return append(text.AppendStringField(append(dst, `,"Topic":{`...), "Topic", k.Topic.Topic), "}}"...)
}

// appendDNSFields appends the fields that are not empty.
func appendDNSFields(dst []byte, d *accesslog.LogRecordDNS) []byte {
	dst = text.AppendStringField(dst, "Query", d.Query)
	if len(d.IPs) > 0 {
		dst = appendList(text.AppendKey(dst, "IPs"), d.IPs, appendAddress)
	}
	if d.TTL != 0 {
		dst = text.AppendUintField(dst, "TTL", uint64(d.TTL))
	}
	if len(d.CNAMEs) > 0 {
		dst = appendList(text.AppendKey(dst, "CNAMEs"), d.CNAMEs, appendText[string])
	}
	dst = text.AppendStringField(dst, "ObservationSource", string(d.ObservationSource))
	if d.RCode != 0 {
		dst = strconv.AppendInt(text.AppendKey(dst, "RCode"), int64(d.RCode), 10)
	}
	if len(d.QTypes) > 0 {
		dst = appendList(text.AppendKey(dst, "QTypes"), d.QTypes, appendType)
	}
	if len(d.AnswerTypes) > 0 {
		dst = appendList(text.AppendKey(dst, "AnswerTypes"), d.AnswerTypes, appendType)
	}
	return append(dst, '}')
}

// appendText appends a JSON string.
func appendText[S ~string](dst []byte, s S) []byte { return text.AppendJSONString(dst, string(s)) }

func appendType(dst []byte, v uint16) []byte { return text.AppendUint(dst, uint64(v)) }

// appendAddress appends an address that checkAddresses found good: none is the empty string.
func appendAddress(dst []byte, ip net.IP) []byte {
	dst = append(dst, '"')
	if addr, ok := netip.AddrFromSlice(ip); ok {
		dst = addr.Unmap().AppendTo(dst)
	}
	return append(dst, '"')
}

// appendList appends a slice as an array, nil as null. one appends an element.
func appendList[T any](dst []byte, all []T, one func([]byte, T) []byte) []byte {
	if all == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for i, v := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = one(dst, v)
	}
	return append(dst, ']')
}

// appendMap appends a map as an object with sorted keys, nil as null. one appends an element.
func appendMap[T any](dst []byte, all map[string]T, one func([]byte, T) []byte) []byte {
	if all == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, '{')
	var buf [16]string
	for i, key := range sortedKeys(buf[:0], all) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(text.AppendJSONString(dst, key), ':')
		dst = one(dst, all[key])
	}
	return append(dst, '}')
}

// sortedKeys returns the keys of a map, in buf if they fit.
func sortedKeys[T any](buf []string, all map[string]T) []string {
	for key := range all {
		buf = append(buf, key)
	}
	slices.Sort(buf)
	return buf
}
