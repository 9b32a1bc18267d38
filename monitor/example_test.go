// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/accesslog"
)

// dropped is a drop notification as a little-endian host sends it: policy denied a TCP SYN.
const dropped = "01853700" + "efbeadde" + "36000000" + "36000000" + "07010000" + "68000000" + "37000000" + "00000000" +
	"0a0a0a0a0a0a020000000001" + "0800" +
	"450000280001000040060000" + "0a000001" + "0a000002" +
	"9c400050" + "00000001" + "00000000" + "5002faf0c0de0000"

func sampleDrop() []byte {
	data, err := hex.DecodeString(dropped)
	if err != nil {
		panic(err)
	}
	return data
}

// Decode a message of a little-endian host and use its fields.
func ExampleDropNotify_DecodeOrder() {
	var n monitor.DropNotify
	if err := n.DecodeOrder(sampleDrop(), binary.LittleEndian); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("endpoint", n.DstID, "refused", n.OrigLen, "bytes")

	err := n.Decode([]byte{1, 133})
	var short *monitor.ShortError
	fmt.Println(errors.As(err, &short), err)
	// Output:
	// endpoint 55 refused 54 bytes
	// true drop_notify: need 32 bytes, have 2
}

// Append a line to a buffer that is used again: nothing is allocated.
func ExampleDropNotify_AppendInfo() {
	data := sampleDrop()
	var n monitor.DropNotify
	if err := n.DecodeOrder(data, binary.LittleEndian); err != nil {
		fmt.Println(err)
		return
	}
	buf := make([]byte, 0, 512)
	for range 2 {
		buf = n.AppendInfo(buf[:0], data, monitor.Options{})
		fmt.Printf("%s", buf)
	}
	// Output:
	// xx drop (Policy denied (L3)) flow 0xdeadbeef to endpoint 55, identity 263->104: 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
	// xx drop (Policy denied (L3)) flow 0xdeadbeef to endpoint 55, identity 263->104: 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
}

// inventory knows the interfaces of another host.
type inventory map[uint32]string

func (i inventory) InterfaceName(index uint32) (string, bool) {
	name, ok := i[index]
	return name, ok
}

// Print a message of another host, with the names that its interfaces have there.
func ExampleHost() {
	host := &monitor.Host{Interfaces: inventory{3: "lxc_web"}, Order: binary.BigEndian}
	n := monitor.DebugMsg{SubType: monitor.DbgLxcFound, Arg1: 3, Arg2: 104}
	fmt.Printf("%s", n.AppendVerbose(nil, monitor.Options{CPU: 2, Host: host}))
	// Output:
	// CPU 02: MARK 0x0 FROM 0 DEBUG: Local container found ifindex lxc_web seclabel 104
}

func ExampleGetConnectionSummary() {
	fmt.Println(monitor.GetConnectionSummary(sampleDrop()[monitor.DropNotifyLen:]))
	fmt.Println(monitor.GetConnectionSummary(nil))
	// Output:
	// 10.0.0.1:40000 -> 10.0.0.2:80 tcp SYN
	// [unknown]
}

// Text from the network cannot take over the terminal.
func ExampleLogRecordNotify_AppendInfo() {
	l := monitor.LogRecordNotify{LogRecord: accesslog.LogRecord{
		Type:             accesslog.TypeRequest,
		ObservationPoint: accesslog.Ingress,
		Verdict:          accesslog.VerdictDenied,
		HTTP:             &accesslog.LogRecordHTTP{Method: "GET\x1b[2J", Code: 403},
	}}
	fmt.Printf("%s", l.AppendInfo(nil))
	// Output:
	// <- Request http from 0 ([]) to 0 ([]), identity 0->0, verdict Denied GET\x1b[2J  => 403
}
