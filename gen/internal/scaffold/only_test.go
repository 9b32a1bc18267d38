// SPDX-License-Identifier: Apache-2.0

package scaffold

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// TestOnly has by which names each kind of declaration is asked for.
func TestOnly(t *testing.T) {
	enum := &model.Enum{Tag: "verdict", Alias: "verdict_t", Members: []*model.Constant{{Name: "PASS"}, {Name: "DROP"}}}
	macro := &model.Constant{Name: "MAX_CPUS"}
	tagged := &model.Record{Name: "struct event", Tag: "event", Alias: "event_t"}
	skipped := model.Skipped{Name: "struct gone"}
	tests := []struct {
		only                         Only
		enum, macro, record, skipped bool
	}{
		{nil, true, true, true, true},
		{Only{"verdict"}, true, false, false, false},
		{Only{"verdict_t"}, true, false, false, false},
		{Only{"PA*"}, true, false, false, false},
		{Only{"MAX_*", "event"}, false, true, true, false},
		{Only{"struct event"}, false, false, true, false},
		{Only{"event_t"}, false, false, true, false},
		{Only{"gone"}, false, false, false, true},
		{Only{"struct *"}, false, false, true, true},
		{Only{"", "[", "max_cpus"}, false, false, false, false},
	}
	for _, tt := range tests {
		if got := tt.only.Enum(enum); got != tt.enum {
			t.Errorf("%q: enum is %v", tt.only, got)
		}
		if got := tt.only.Macro(macro); got != tt.macro {
			t.Errorf("%q: macro is %v", tt.only, got)
		}
		if got := tt.only.Record(tagged); got != tt.record {
			t.Errorf("%q: record is %v", tt.only, got)
		}
		if got := tt.only.Skipped(skipped); got != tt.skipped {
			t.Errorf("%q: skipped is %v", tt.only, got)
		}
	}
}
