// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"encoding/gob"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/lockstep-bpf/lockstep/monitor/api"
)

func TestMessageTypes(t *testing.T) {
	if diff := cmp.Diff([]string{"agent", "capture", "debug", "drop", "l7", "trace"}, api.GetAllTypes()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want := map[string]int{"drop": 1, "debug": 2, "capture": 3, "trace": 4, "l7": 129, "agent": 130}
	if diff := cmp.Diff(want, api.MessageTypeNames); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestMessageTypeFilter(t *testing.T) {
	var f api.MessageTypeFilter
	var _ pflag.Value = &f
	for _, name := range []string{"trace", "l7"} {
		if err := f.Set(name); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(api.MessageTypeFilter{4, 129}, f); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !f.Contains(api.MessageTypeTrace) || f.Contains(api.MessageTypeDrop) || f.String() != "trace,l7" || f.Type() != "[]string" {
		t.Errorf("%v %s %s", f, f.String(), f.Type())
	}
	err := f.Set("drops")
	if want := `unknown message type "drops", known are agent, capture, debug, drop, l7, trace`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	f = append(f, 77)
	if f.String() != "trace,l7,77" {
		t.Errorf("a number without name: %s", f.String())
	}
}

func TestDropReason(t *testing.T) {
	unused := uint8(255) // a code without a name
	for named := true; named; unused-- {
		_, named = api.DropCode(unused - 1).Name()
	}
	for reason, want := range map[uint8]string{
		0: "Success", 2: "Invalid packet", 3: "3", 130: "Invalid source mac", 138: "CT: Can't create entry from packet",
		168: "Unsupported protocol for NAT masquerade", unused: strconv.Itoa(int(unused)),
	} {
		if got := api.DropReason(reason); got != want {
			t.Errorf("%d: got %q, want %q", reason, got, want)
		}
	}
}

func TestAgentNotification(t *testing.T) {
	for n, want := range map[api.AgentNotification]string{
		api.AgentNotifyUnspec: "unspecified", api.AgentNotifyGeneric: "Message", api.AgentNotifyStart: "Cilium agent started",
		api.AgentNotifyEndpointRegenerateSuccess: "Endpoint regenerated",
		api.AgentNotifyEndpointRegenerateFail:    "Failed endpoint regeneration",
		api.AgentNotifyPolicyUpdated:             "Policy updated", api.AgentNotifyPolicyDeleted: "Policy deleted",
		7: "7", 1<<32 - 1: "4294967295",
	} {
		if got := n.String(); got != want {
			t.Errorf("%d: got %q, want %q", uint32(n), got, want)
		}
	}
}

func TestAgentNotify(t *testing.T) {
	buf := bytes.NewBuffer([]byte{api.MessageTypeAgent})
	// The sender's type: gob matches by the names of fields.
	if err := gob.NewEncoder(buf).Encode(struct {
		Type uint32
		Text string
	}{5, "rules\n"}); err != nil {
		t.Fatal(err)
	}
	n := api.AgentNotify{Text: "from before"}
	if err := n.Decode(buf.Bytes()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(api.AgentNotify{Type: api.AgentNotifyPolicyUpdated, Text: "rules\n"}, n); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := string(n.AppendInfo(nil)), `>> Policy updated: rules\n`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := string(n.AppendJSON(nil)), `{"type":"agent","subtype":"Policy updated","message":"rules\n"}`+"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, bad := range [][]byte{nil, {130}, {130, 1}, buf.Bytes()[:buf.Len()-1]} {
		if err := n.Decode(bad); err == nil {
			t.Errorf("% x decodes", bad)
		}
	}
}

func FuzzAgentNotify(f *testing.F) {
	buf := bytes.NewBuffer([]byte{api.MessageTypeAgent})
	if err := gob.NewEncoder(buf).Encode(api.AgentNotify{Type: 1, Text: "{}"}); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Fuzz(func(_ *testing.T, data []byte) {
		var n api.AgentNotify
		if n.Decode(data) == nil {
			n.AppendInfo(nil)
			n.AppendJSON(nil)
		}
	})
}
