// SPDX-License-Identifier: Apache-2.0

package accesslog_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
)

// A record of a request for a name, as JSON.
func Example() {
	r := accesslog.LogRecord{
		Type:    accesslog.TypeRequest,
		Verdict: accesslog.VerdictForwarded,
		DNS:     &accesslog.LogRecordDNS{Query: "example.com.", ObservationSource: accesslog.DNSSourceProxy},
	}
	line, err := json.Marshal(r.DNS)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Type, r.Verdict, string(line))
	// Output:
	// Request Forwarded {"Query":"example.com.","ObservationSource":"proxy"}
}
