// SPDX-License-Identifier: Apache-2.0

package cilium_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/cilium"
)

// The same number says something else in each release: decode messages as those of one.
func Example() {
	raw := []byte{cilium.TypeTrace, 3, 55, 0, 14: 1, 47: 0}
	for _, name := range []string{"1.6.0", "1.8.0", "1.16.2"} {
		d, err := cilium.NewDecoder(name)
		if err != nil {
			log.Fatal(err)
		}
		e := event.Event{Kind: event.Sample, Raw: raw, Host: &event.Host{Order: binary.LittleEndian}}
		if d.Decode(&e); e.Err != nil {
			log.Fatal(e.Err)
		}
		release, err := cilium.ParseRelease(name)
		if err != nil {
			log.Fatal(err)
		}
		reason, ok := cilium.DropReason(181).NameIn(release)
		fmt.Println(release, e.Msg.TypeName(), "packet at", e.Msg.Capture().Offset, "reason 181:", reason, ok)
	}
	_, err := cilium.NewDecoder("0.9")
	fmt.Println(err)
	// Output:
	// 1.6.0 trace packet at 32 reason 181:  false
	// 1.8.0 trace packet at 48 reason 181:  false
	// 1.16.2 trace packet at 48 reason 181: Policy denied by denylist true
	// unknown Cilium release "0.9": known are 1.5 to 1.20, also with a patch release such as 1.8.2
}
