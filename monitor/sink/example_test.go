// SPDX-License-Identifier: Apache-2.0

package sink_test

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// A sink that is one function.
func Example() {
	var lost uint64
	var s sink.Sink = sink.Func(func(e *event.Event) error {
		lost += e.Lost
		return nil
	})
	_ = s.Event(&event.Event{Kind: event.Lost, Lost: 3}) // a pipeline calls it
	_ = s.Event(&event.Event{Kind: event.Lost, Lost: 4})
	fmt.Println(lost, "events lost")
	// Output:
	// 7 events lost
}
