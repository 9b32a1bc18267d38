// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"context"

	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// Refresh reads the list of peers again.
func (p *Peers) Refresh(ctx context.Context) error { return p.refresh(ctx) }

// ParseQuery reads a request for flows, and looks at one of them with it.
func ParseQuery(msg []byte) error {
	q, err := parseQuery(msg, hubble.IsFlow, 3)
	if err == nil {
		q.wants(&entry{kind: hubble.IsFlow})
	}
	return err
}

// FilterFields returns the names of the fields of filters by number, and whether they can be judged.
func FilterFields() map[int]struct {
	Name   string
	Judged bool
} {
	all := map[int]struct {
		Name   string
		Judged bool
	}{}
	for number, f := range filterFields {
		all[number] = struct {
			Name   string
			Judged bool
		}{f.name, f.build != nil}
	}
	return all
}
