// SPDX-License-Identifier: Apache-2.0

package payload_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// Write a session and read it again.
func Example() {
	var session bytes.Buffer // a file, or a connection
	w := payload.NewWriter(&session)
	for _, pl := range []payload.Payload{
		{Type: payload.EventSample, CPU: 1, Data: []byte("event")},
		{Type: payload.RecordLost, CPU: 2, Lost: 12},
	} {
		if err := w.Write(&pl); err != nil {
			log.Fatal(err)
		}
	}

	r := payload.NewReader(&session)
	var pl payload.Payload // its memory is reused
	for {
		err := r.Next(&pl)
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err) // a *TruncatedError or a *CorruptError names the byte
		}
		fmt.Printf("CPU %d: %q, %d lost\n", pl.CPU, pl.Data, pl.Lost)
	}
	// Output:
	// CPU 1: "event", 0 lost
	// CPU 2: "", 12 lost
}
