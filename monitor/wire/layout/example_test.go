// SPDX-License-Identifier: Apache-2.0

package layout_test

import (
	"encoding/binary"
	"fmt"
	"log"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/wire/layout"
)

// Describe a message, and decode it.
func Example() {
	d, err := layout.New(binary.LittleEndian, []layout.Struct{{
		Name: "event", Size: 8, Least: 8,
		Fields: []layout.Field{
			{Name: "pid", Kind: layout.Uint, Size: 4},
			{Name: "port", Kind: layout.Uint, Order: layout.Big, Offset: 4, Size: 2},
		},
	}})
	if err != nil {
		log.Fatal(err)
	}
	e := event.Event{Kind: event.Sample, Raw: []byte{0x67, 0x12, 0, 0, 0x01, 0xbb, 0, 0}}
	if d.Decode(&e); e.Err != nil {
		log.Fatal(e.Err)
	}
	for i, f := range e.Msg.Fields() {
		fmt.Println(f.Name, e.Msg.Uint(i))
	}
	fmt.Printf("%s", e.Msg.AppendEvent(nil, &e, &event.Style{}))
	// Output:
	// pid 4711
	// port 443
	// event pid=4711 port=443
}
