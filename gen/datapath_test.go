// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/gen/testdata/datapath/api"
)

// TestDatapath generates the package of testdata/datapath, which docs/datapath.md describes.
func TestDatapath(t *testing.T) {
	config := filepath.Join("testdata", "datapath", "api", ConfigName)
	r, err := Generate(config)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if _, err := r.Write(); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(r.Files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(r.Files[0].Data)); diff != "" || len(r.Skipped) > 0 {
		t.Errorf("stale (-want +got), go test ./gen -run TestDatapath -update writes it; skipped %v:\n%s", r.Skipped, diff)
	}
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	if n, of := bytes.Count(data, []byte("\n")), bytes.Count(want, []byte("\n")); n*30 > of {
		t.Errorf("%d lines of configuration for %d of Go", n, of)
	}
}

// TestDatapathTexts looks up what the texts of the example are, wherever they stand.
func TestDatapathTexts(t *testing.T) {
	reason, err := api.ParseTraceReason("reply|encrypted")
	if err != nil || reason.Value() != api.TraceReasonCtReply || !reason.Has(api.TraceReasonEncrypted) {
		t.Errorf("trace reason %#x, %v", uint8(reason), err)
	}
	for got, want := range map[string]string{
		api.DropReasonText(133):                 "Policy denied",
		api.DropPolicy.String():                 "Policy denied",
		api.DropReasonText(255):                 "255",
		api.BPFFileName(1):                      "bpf_host.c",
		api.FileLocalDeliveryH.String():         "local_delivery.h",
		api.TraceToStack.String():               "to-stack",
		api.MessageTypeName(129):                "l7",
		api.AgentNotifyStart.String():           "Cilium agent started",
		api.PolicyMatchL3L4.String():            "L3-L4",
		api.DBGCtLookup.String():                "DBG_CT_LOOKUP",
		reason.String():                         "reply|encrypted",
		api.TraceReason(0x80 | 99).String():     "99|encrypted",
		api.TraceReasonPolicy.String():          "new",
		api.PacketFlags(5).String():             "ipv6|vxlan",
		api.TracePointByText["to-lxc"].String(): "to-endpoint", // none of this name: the zero value
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if api.MessageTypeNames["policy-verdict"] != api.MessageTypePolicyVerdict || api.TracePointByText["from-network"] != api.TraceFromNetwork {
		t.Error("the maps by text have other values")
	}
}

// TestDatapathStructs decodes a message, and takes its bit-fields apart with and without masks.
func TestDatapathStructs(t *testing.T) {
	n := api.PolicyVerdictNotify{Type: uint8(api.MessageTypePolicyVerdict), LenOrig: 60, RemoteLabel: 7, DstPort: 443, Proto: 6}
	n.SetDir(1)
	n.SetMatchType(api.PolicyMatchL3Proto)
	n.SetAudited(1)
	data := n.AppendOrder(nil, binary.LittleEndian) // the byte order of the target
	bits := data[27]
	if bits != 1|5<<3|1<<6 {
		t.Errorf("bit-fields %#x in % x", bits, data)
	}
	if got := bits & api.PolicyVerdictNotifyMatchTypeMask >> api.PolicyVerdictNotifyMatchTypeShift; api.PolicyMatch(got) != n.MatchType() {
		t.Errorf("match %d", got)
	}
	var back api.PolicyVerdictNotify
	if err := back.DecodeOrder(data, binary.LittleEndian); err != nil || back != n {
		t.Errorf("%+v, %v", back, err)
	}
	drop := api.DropNotify{Subtype: api.DropPolicy, File: api.FileBPFLXCC, Flags: api.ClsFlagIPv6}
	text, err := json.Marshal(drop)
	if err != nil || !bytes.Contains(text, []byte(`"subtype":"Policy denied"`)) || !bytes.Contains(text, []byte(`"file":"bpf_lxc.c"`)) {
		t.Errorf("%s, %v", text, err)
	}
}
