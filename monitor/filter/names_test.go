// SPDX-License-Identifier: Apache-2.0

package filter

import (
	"slices"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// otherPorts are names that IANA has given to other ports than those that programs use, or to several.
var otherPorts = []string{"http-alt", "iscsi", "oracle", "otlp"}

// TestNames checks the names of expressions against those that packets print with: what both know is the same.
func TestNames(t *testing.T) {
	for _, p := range protocols {
		if got := packet.ProtocolName(p.number); got != p.name {
			t.Errorf("protocol %d is %q here and %q in package packet", p.number, p.name, got)
		}
	}
	for _, s := range services {
		if port, known := packet.PortNumber(s.name); known && port != s.port && !slices.Contains(otherPorts, s.name) {
			t.Errorf("%s is port %d here and %d in package packet", s.name, s.port, port)
		}
	}
}
