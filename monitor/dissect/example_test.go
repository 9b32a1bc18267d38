// SPDX-License-Identifier: Apache-2.0

package dissect_test

import (
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/dissect"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Print the question in a DNS packet.
func Example() {
	data, err := hex.DecodeString("450000391c4600004011" + "0000" + "0a0000010a000002" + "9c40003500250000" +
		"12340100000100000000000007" + "6578616d706c65" + "03636f6d00" + "00010001")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet
	p.Reset(data, packet.LinkIP)
	fmt.Printf("%s", dissect.Append(nil, &p))
	// Output:
	// DNS	{ID=4660 Query Questions=[example.com. A]}
}
