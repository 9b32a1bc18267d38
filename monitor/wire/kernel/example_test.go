// SPDX-License-Identifier: Apache-2.0

package kernel_test

import (
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// Print the name of a reason, and what it means.
func Example() {
	fmt.Println(kernel.Reason(kernel.ReasonNoSocket))
	fmt.Println(kernel.ReasonText("NETFILTER_DROP"))
	fmt.Println(kernel.Explain("NETFILTER_DROP", "nft_do_chain"))
	// Output:
	// NO_SOCKET
	// a rule of nftables, iptables or another netfilter hook dropped it
	// a rule of nftables, iptables or another netfilter hook dropped it
}
