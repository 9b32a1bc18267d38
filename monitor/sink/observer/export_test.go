// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"bytes"
	"context"
	"time"

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

// ReadRequest reads the head and the message of a request.
func ReadRequest(timeout string, body []byte) (d time.Duration, ok bool, msg []byte, err error) {
	d, ok = parseTimeout(timeout)
	msg, err = readMessage(bytes.NewReader(body))
	return d, ok, msg, err
}

// PercentEncode encodes a status text.
func PercentEncode(s string) string { return percentEncode(s) }
