// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"encoding/json"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// checkRecordJSON checks that a record becomes the line that encoding/json makes of its documented form, made safe.
func checkRecordJSON(t *testing.T, l accesslog.LogRecord) {
	t.Helper()
	n := &monitor.LogRecordNotify{LogRecord: l}
	want, wantErr := json.Marshal(monitor.LogRecordNotifyToVerbose(n))
	got, err := n.AppendJSON([]byte("before"))
	if err != nil || wantErr != nil {
		if (err == nil) != (wantErr == nil) || string(got) != "before" {
			t.Errorf("%q, %v; encoding/json says %v", got, err, wantErr)
		}
		return
	}
	want, err = reference.OrderURL(want)
	if err != nil {
		t.Fatal(err)
	}
	line := "before" + string(text.AppendJSONValue(nil, string(want))) + "\n"
	if diff := cmp.Diff(line, string(got)); diff != "" {
		t.Errorf("(-encoding/json +got):\n%s", diff)
	}
}

// records are those whose JSON has something of its own: what is left out, null or empty.
func records(s string) []accesslog.LogRecord {
	http1 := &accesslog.LogRecordHTTP{Code: -1, Method: s, Protocol: s, URL: &url.URL{
		Scheme: s, Opaque: s, User: url.UserPassword(s, s), Host: s, Path: s, Fragment: s, RawQuery: s, RawPath: s,
		RawFragment: s, ForceQuery: true, OmitHost: true}, Headers: http.Header{s: {s, s}, s + "b": nil, "a" + s: {}, "": {""}}}
	return []accesslog.LogRecord{
		{},
		{Type: accesslog.FlowType(s), ObservationPoint: accesslog.ObservationPoint(s), Verdict: accesslog.FlowVerdict(s),
			SourceEndpoint:      accesslog.EndpointInfo{ID: math.MaxUint64, Identity: 1, Labels: []string{s, s}},
			DestinationEndpoint: accesslog.EndpointInfo{Labels: []string{}}, HTTP: http1},
		{HTTP: &accesslog.LogRecordHTTP{}},
		{HTTP: &accesslog.LogRecordHTTP{URL: &url.URL{}, Headers: http.Header{}}},
		{Kafka: &accesslog.LogRecordKafka{}},
		{Kafka: &accesslog.LogRecordKafka{ErrorCode: -1, APIVersion: -2, APIKey: s, CorrelationID: math.MinInt32,
			Topic: accesslog.KafkaTopic{Topic: s}}},
		{DNS: &accesslog.LogRecordDNS{}},
		{DNS: &accesslog.LogRecordDNS{IPs: []net.IP{}, CNAMEs: []string{}, QTypes: []uint16{}, AnswerTypes: []uint16{}}},
		{DNS: &accesslog.LogRecordDNS{Query: s, IPs: []net.IP{nil, {}, {1, 2, 3, 4}, net.IPv4(1, 2, 3, 4), net.IPv6loopback},
			TTL: math.MaxUint32, CNAMEs: []string{s, ""}, ObservationSource: accesslog.DNSDataSource(s), RCode: -3,
			QTypes: []uint16{0, 65535}, AnswerTypes: []uint16{1}}},
		{DNS: &accesslog.LogRecordDNS{IPs: []net.IP{[]byte(s)}}},
		{L7: &accesslog.LogRecordL7{}},
		{L7: &accesslog.LogRecordL7{Proto: s, Fields: map[string]string{}}},
		{L7: &accesslog.LogRecordL7{Proto: s, Fields: map[string]string{s: s, "": s, "a" + s: "", "status": s}}},
		{HTTP: http1, Kafka: &accesslog.LogRecordKafka{}, DNS: &accesslog.LogRecordDNS{}, L7: &accesslog.LogRecordL7{}},
	}
}

// texts are those that JSON or a terminal could stumble over.
var texts = []string{
	"", "GET", "<a href=\"x\">&amp;</a>", "\\", "\x00\b\f\n\r\t\x1b\x7f", "\u0085\u009b", "\u202e\u2066\u2028\u2029\ufeff",
	"\xff\xc0\xed\xa0\x80", "half \xe6\x9d", "\U000e0041\U0010ffff", "münchen", strings.Repeat("x", 5000) + "\n",
}

func TestLogRecordJSON(t *testing.T) {
	for _, s := range texts {
		for _, l := range records(s) {
			checkRecordJSON(t, l)
		}
	}
}

func FuzzLogRecordJSON(f *testing.F) {
	for _, s := range texts {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range records(s) {
			checkRecordJSON(t, l)
		}
	})
}
