// SPDX-License-Identifier: Apache-2.0

package hubble

import (
	"encoding/json"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
)

// agentNumbers are the numbers of agent events by what the notification is about: those of Hubble are others than those of
// the agent.
var agentNumbers = map[string]uint32{
	"Cilium agent started": 2, "Policy updated": 3, "Policy deleted": 4, "Endpoint regenerated": 5, "Failed endpoint regeneration": 6,
	"Endpoint created": 7, "Endpoint deleted": 8, "IPCache entry upserted": 9, "IPCache entry deleted": 10,
}

// note is what the JSON of notifications holds.
type note struct {
	Time      string          `json:"time"`
	Labels    []string        `json:"labels"`
	Revision  uint64          `json:"revision"`
	RuleCount int64           `json:"rule_count"`
	ID        uint64          `json:"id"`
	Error     string          `json:"error"`
	Pod       string          `json:"pod-name"`
	Namespace string          `json:"namespace"`
	Endpoint  json.RawMessage `json:"endpoint"`
}

// append appends the event: what is known of it in a message of its own, what is not as text.
func (a *Agent) append(dst []byte) []byte {
	var n note
	if json.Unmarshal([]byte(a.Text), &n) != nil || !a.typed() {
		return a.appendUnknown(dst)
	}
	dst = protobuf.AppendUint(dst, 1, uint64(a.Type))
	var at int
	switch a.Type {
	case 2:
		dst, at = protobuf.Begin(dst, 101)
		if t, err := time.Parse(time.RFC3339Nano, n.Time); err == nil {
			dst = protobuf.AppendTime(dst, 1, t.UnixNano())
		}
	case 3, 4:
		dst, at = protobuf.Begin(dst, 102)
		dst = protobuf.AppendUint(protobuf.AppendUint(appendList(dst, 1, n.Labels), 2, n.Revision), 3, uint64(n.RuleCount))
	case 5, 6:
		dst, at = protobuf.Begin(dst, 103)
		dst = protobuf.AppendString(appendList(protobuf.AppendUint(dst, 1, n.ID), 2, n.Labels), 3, n.Error)
	default:
		dst, at = protobuf.Begin(dst, 104)
		dst = protobuf.AppendString(appendList(protobuf.AppendUint(dst, 1, n.ID), 2, n.Labels), 3, n.Error)
		dst = protobuf.AppendString(protobuf.AppendString(dst, 4, n.Pod), 5, n.Namespace)
	}
	return protobuf.End(dst, at)
}

// typed reports whether the event has a message of its own here.
func (a *Agent) typed() bool { return a.Type >= 2 && a.Type <= 8 }

func (a *Agent) appendUnknown(dst []byte) []byte {
	dst = protobuf.AppendUint(dst, 1, uint64(a.Type))
	dst, at := protobuf.Begin(dst, 100)
	return protobuf.End(protobuf.AppendString(protobuf.AppendString(dst, 1, a.Name), 2, a.Text), at)
}
