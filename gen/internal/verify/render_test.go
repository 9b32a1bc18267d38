// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/gen/internal/model"
)

// TestTypesWithoutSize writes a header of types that broken debug information gives no size, or a negative one.
func TestTypesWithoutSize(t *testing.T) {
	for _, size := range []int64{0, -8} {
		rec := &model.Record{Name: "struct s", Tag: "s", Size: 8, Fields: []*model.Field{
			{Name: "p", Type: &model.Type{Kind: model.Pointer, C: "pointer", Size: size}},
		}}
		o := &Object{Name: "broken.o", Types: []*Types{{Format: "DWARF", Records: []*model.Record{rec}}}}
		if len(o.Header(nil)) == 0 {
			t.Error("no header")
		}
	}
}
