// SPDX-License-Identifier: Apache-2.0

package merge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source/merge"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// Read two recordings as one, in the order of time.
func Example() {
	session := func(times ...int64) io.Reader {
		var b bytes.Buffer
		w := payload.NewWriter(&b)
		for _, t := range times {
			if err := w.Write(&payload.Payload{Type: payload.EventSample, Data: []byte("event"), Time: t}); err != nil {
				log.Fatal(err)
			}
		}
		return &b
	}
	ctx := context.Background()
	src := merge.New(merge.Options{Hold: time.Minute}, // how long to wait for a source that is behind

		recording.New(ctx, "one", session(10, 30)),
		recording.New(ctx, "two", session(20, 40)))
	defer func() { _ = src.Close() }()
	for {
		var e event.Event
		if err := src.Next(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Time)
	}
	// Output:
	// 10
	// 20
	// 30
	// 40
}
