// SPDX-License-Identifier: Apache-2.0

package monitor_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/internal/reference"
)

// dissected are packets of each header that is taken apart. IP in IP is not among them: see package packet.
var dissected = []string{
	"",
	"0a0a0a0a0a0a0200000000010806",
	"0a0a0a0a0a0a0200000000010800" + "4500003c1c4640004006b1e60a0000010a000002" +
		"9c400050000003e800000000a002faf0c0de0000" + "020405b40402080a000000640000000001030307",
	"0a0a0a0a0a0a0200000000010800" + "4500001c1c4640004001b20b0a0000010a000002" + "0800f7fe00000001",
	"0a0a0a0a0a0a0200000000010800" + "450000200001400040110000c0a80001c0a80002" + "003582350000abcd" + "68690000",
	"0a0a0a0a0a0a02000000000186dd" + "6000000000140640" + "fd000000000000000000000000000001" +
		"fd000000000000000000000000000002" + "9c400050000003e8000000005012faf0c0de0000",
	"0a0a0a0a0a0a02000000000186dd" + "6000000000083a40" + "fd000000000000000000000000000001" +
		"fd000000000000000000000000000002" + "8000f7ff00010001",
}

func checkDissect(t *testing.T, data []byte) {
	t.Helper()
	got, err := json.Marshal(monitor.GetDissectSummary(data))
	if err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(reference.Read(data))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%x (-gopacket +got):\n%s", data, diff)
	}
	if diff := cmp.Diff(reference.Summary(data), monitor.GetConnectionSummary(data)); diff != "" {
		t.Errorf("%x (-gopacket +got):\n%s", data, diff)
	}
}

// TestDissectSummary compares the documented functions with gopacket, for packets cut at every length.
func TestDissectSummary(t *testing.T) {
	for _, s := range dissected {
		data, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(data) + 1 {
			checkDissect(t, data[:n])
		}
	}
}

func TestDissectAllocations(t *testing.T) {
	data, err := hex.DecodeString(dissected[2])
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() { monitor.GetConnectionSummary(data) }); n > 1 {
		t.Errorf("GetConnectionSummary: %v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { monitor.GetDissectSummary(data) }); n > 2 {
		t.Errorf("GetDissectSummary: %v allocations", n)
	}
}
