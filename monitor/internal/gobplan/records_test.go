// SPDX-License-Identifier: Apache-2.0

package gobplan

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
)

// The types below have the shape of the agent's records; gob goes by the names of their fields.

type logRecordNotify struct{ LogRecord }

type LogRecord struct {
	Type                                string
	Timestamp                           string
	NodeAddressInfo                     struct{ IPv4, IPv6 string }
	ObservationPoint                    string
	SourceEndpoint, DestinationEndpoint endpointInfo
	IPVersion                           uint8
	Verdict                             flowVerdict
	Info                                string
	Metadata                            []string
	TransportProtocol                   uint16
	FlowEvent                           string
	ServiceInfo                         *serviceInfo
	DropReason                          *uint16
	HTTP                                *httpRecord
	Kafka                               *kafkaRecord
	DNS                                 *dnsRecord
	L7                                  *l7Record
}

type flowVerdict string

type endpointInfo struct {
	ID           uint64
	IPv4, IPv6   string
	Port         uint16
	Identity     uint64
	Labels       []string
	LabelsSHA256 string
}

type serviceInfo struct {
	Name   string
	IPPort struct {
		IP   string
		Port uint16
	}
}

type httpRecord struct {
	Code     int
	Method   string
	URL      *url.URL
	Protocol string
	Headers  http.Header
}

type kafkaRecord struct {
	ErrorCode     int
	APIVersion    int16
	APIKey        string
	CorrelationID int32
	Topic         struct{ Topic string }
}

type dnsRecord struct {
	Query               string
	IPs                 []net.IP
	TTL                 uint32
	CNAMEs              []string
	ObservationSource   string
	RCode               int
	QTypes, AnswerTypes []uint16
}

type l7Record struct {
	Proto  string
	Fields map[string]string
}

type agentNotify struct {
	Type uint32
	Text string
}

// recorded is a record of an agent: a stream is definitions, then value.
type recorded struct {
	name               string
	definitions, value []byte
}

func (r recorded) stream() []byte { return append(append([]byte(nil), r.definitions...), r.value...) }

// readRecorded returns the recorded records of a kind, access-log or agent.
func readRecorded(t testing.TB, kind string) []recorded {
	t.Helper()
	f, err := os.Open("testdata/v1.5.3.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []recorded
	var definitions []byte
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 || fields[0] != kind {
			continue
		}
		data, err := hex.DecodeString(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		if fields[1] == "definitions" {
			definitions = data
			continue
		}
		name := fmt.Sprintf("%s %d", fields[1], len(all))
		all = append(all, recorded{name: name, definitions: definitions, value: data})
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("no recorded %s", kind)
	}
	return all
}
