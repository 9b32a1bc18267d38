// SPDX-License-Identifier: Apache-2.0

package source_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source"
	"github.com/lockstep-bpf/lockstep/monitor/source/recording"
)

// count reads a source to its end.
func count(src source.Source) (samples int, lost uint64, err error) {
	var e event.Event // its memory is reused
	for {
		if err := src.Next(&e); errors.Is(err, io.EOF) {
			return samples, lost, nil
		} else if err != nil {
			return samples, lost, err
		}
		if e.Kind == event.Sample {
			samples++
		}
		lost += e.Lost
	}
}

// Read a source, here a recording.
func Example() {
	src, err := recording.Open(context.Background(), "../../cmd/bpfmon/testdata/live.gob")
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = src.Close() }()
	samples, lost, err := count(src)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(samples, "samples,", lost, "lost")
	// Output:
	// 38 samples, 0 lost
}
