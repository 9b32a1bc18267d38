// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"encoding/binary"
	"fmt"
	"os"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// aDrop is a drop notification of a little-endian host, without packet bytes.
var aDrop = []byte{api.MessageTypeDrop, api.DropPolicy, 55, 0, 0xef, 0xbe, 0xad, 0xde, 31: 0}

// Print what arrives, to standard output.
func ExampleMonitorFormatter() {
	f := format.NewMonitorFormatter(format.INFO)
	f.Host = &monitor.Host{Order: binary.LittleEndian} // from a recording; leave it out for messages of this host
	f.FormatEvent(&payload.Payload{Type: payload.EventSample, CPU: 1, Data: aDrop})
	f.FormatEvent(&payload.Payload{Type: payload.RecordLost, CPU: 1, Lost: 12})
	f.FormatEvent(&payload.Payload{Type: payload.EventSample, CPU: 1, Data: aDrop[:7]})
	// Output:
	// xx drop (Policy denied (L3)) flow 0xdeadbeef to endpoint 0, identity 0->0: [unknown]
	// CPU 01: Lost 12 events
	// CPU 01: Error: drop_notify: need 32 bytes, have 7
}

// Collect lines in a buffer of the program's own, and write them when it suits.
func ExampleMonitorFormatter_AppendSample() {
	f := format.MonitorFormatter{
		EventTypes: api.MessageTypeFilter{api.MessageTypeDrop},
		Verbosity:  format.JSON,
		Host:       &monitor.Host{Order: binary.LittleEndian},
	}
	var buf []byte
	buf = f.AppendSample(buf, []byte{api.MessageTypeTrace, 31: 0}, 0) // filtered out
	buf = f.AppendSample(buf, aDrop[:7], 0)
	buf = f.AppendLost(buf, 3, 0)
	if _, err := os.Stdout.Write(buf); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"cpu":"CPU 00:","type":"error","message":"drop_notify: need 32 bytes, have 7"}
	// {"cpu":"CPU 00:","type":"lost","lost":3}
}
