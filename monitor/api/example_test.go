// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// Print the names of a message type and of a drop reason, and find a type by its name.
func Example() {
	fmt.Println(api.MessageType(api.MessageTypeDrop), "-", api.DropReason(api.DropPolicy))

	var filter api.MessageTypeFilter
	if err := filter.Set("trace"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(filter.Contains(api.MessageTypeTrace), filter.Set("traces"))
	// Output:
	// drop - Policy denied (L3)
	// true unknown message type "traces", known are agent, capture, debug, drop, l7, trace
}
