// SPDX-License-Identifier: Apache-2.0

package packet_test

import (
	"encoding/hex"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// Parse a packet that starts with an IP header.
func Example() {
	data, err := hex.DecodeString("450000281c46000040060000" + "0a000001" + "0a000002" +
		"9c400050" + "00000001" + "00000000" + "5002faf0c0de0000")
	if err != nil {
		log.Fatal(err)
	}
	var p packet.Packet // reuse it for the next packet
	p.Reset(data, packet.LinkIP)
	if f := p.Flow(); f != nil && f.IsTCP() {
		fmt.Println(f.Src, "to port", f.DstPort, "opens:", f.Flags == packet.SYN)
	}
	fmt.Printf("%s\n", p.AppendSummary(nil))
	// Output:
	// 10.0.0.1 to port 80 opens: true
	// 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
}
