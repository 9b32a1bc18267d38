// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// batch is how many records are taken from the ring at once.
const batch = 256

// query is a request for records.
type query struct {
	kind         hubble.RecordKind
	number       uint64 // 0 for all
	first        bool   // the oldest, not the newest
	follow       bool
	since, until int64 // 0 for none
	filters
}

// parseQuery reads a request. follow is the number of the field that says whether to follow.
func parseQuery(msg []byte, kind hubble.RecordKind, follow int) (*query, error) {
	q := &query{kind: kind}
	err := protobuf.Each(msg, func(v protobuf.Value) (err error) {
		switch v.Number {
		case 1:
			q.number = v.Uint
		case 9:
			q.first = v.Uint != 0
		case follow:
			q.follow = v.Uint != 0
		case 7:
			q.since, err = v.Time()
		case 8:
			q.until, err = v.Time()
		case 5, 6:
			if kind == hubble.IsFlow {
				err = q.add(v.Bytes, v.Number == 5)
			}
		}
		return err
	})
	if status := (*statusError)(nil); err != nil && !asStatus(err, &status) {
		return nil, failed(codeInvalidArgument, "the request cannot be read: %v", err)
	}
	if err == nil && q.first && q.follow {
		err = failed(codeInvalidArgument, "first cannot be specified with follow")
	}
	return q, err
}

// wants reports whether a record passes all filters and bounds.
func (q *query) wants(e *entry) bool {
	if e.kind == hubble.IsLost {
		return q.kind == hubble.IsFlow
	}
	return e.kind == q.kind && q.inTime(e) && (q.kind != hubble.IsFlow || q.match(e))
}

func (q *query) inTime(e *entry) bool {
	return e.time == 0 || (q.since == 0 || e.time >= q.since) && (q.until == 0 || e.time <= q.until)
}

// start returns the number of the first record to look at, and the one before which a request for history ends.
func (q *query) start(r *ring) (from, end uint64) {
	from, end = r.bounds()
	switch {
	case q.first || q.since != 0:
		return from, end
	case q.follow && q.number == 0:
		return end, end
	case q.number == 0 || q.number >= end-from:
		return from, end
	}
	all := make([]*entry, 0, end-from)
	all, _, missed := r.read(from, end, all)
	from += missed
	left := q.number
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].kind != hubble.IsLost && q.wants(all[i]) {
			if left--; left == 0 {
				return from + uint64(i), end
			}
		}
	}
	return from, end
}

// run sends what a query asks for.
func (s *Server) run(ctx context.Context, q *query, out *stream) error {
	if !s.enter() {
		return failed(codeResourceExhausted, "there are %d clients already", s.opts.MaxClients)
	}
	defer s.leave()
	if q.follow && q.until != 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, time.Unix(0, q.until).Add(time.Second), errUntil)
		defer cancel()
	}
	from, end := q.start(s.ring)
	if err := out.push(); err != nil { // the client knows from where on it is being served
		return err
	}
	err := s.send(ctx, q, from, end, out)
	if errors.Is(context.Cause(ctx), errUntil) {
		return nil
	}
	return err
}

// errUntil ends a query that follows up to a time.
var errUntil = failed(codeOK, "")

// send sends the records from one number up to another, and what follows.
func (s *Server) send(ctx context.Context, q *query, from, end uint64, out *stream) error {
	left := uint64(math.MaxUint64)
	if q.number != 0 && !q.follow && (q.first || q.since != 0) { // else it is the last ones, up to the end
		left = q.number
	}
	if q.follow {
		end = math.MaxUint64
	}
	buf := make([]*entry, 0, batch)
	for {
		all, next, missed := s.ring.read(from, end, buf)
		from = next
		if missed > 0 {
			s.missed.Add(missed)
			if err := s.sendLost(q, missed, out); err != nil {
				return err
			}
		}
		for _, e := range all {
			if !q.wants(e) {
				continue
			}
			if err := out.send(e.msg); err != nil {
				return err
			}
			if left -= one(e); left == 0 {
				return nil
			}
		}
		if from >= end {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(all) == batch {
			continue
		}
		if err := out.push(); err != nil {
			return err
		}
		if !q.follow {
			return nil
		}
		wake, open := s.ring.more(from)
		if !open {
			return nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// one returns how much an entry counts: losses do not.
func one(e *entry) uint64 {
	if e.kind == hubble.IsLost {
		return 0
	}
	return 1
}

// sendLost tells the client that it was too slow.
func (s *Server) sendLost(q *query, n uint64, out *stream) error {
	if q.kind != hubble.IsFlow {
		return nil
	}
	r := hubble.Record{Kind: hubble.IsLost, Node: s.opts.Node, Time: time.Now().UnixNano()}
	r.Lost = hubble.Lost{Source: hubble.LostByReader, Count: n, CPU: -1}
	return out.message(r.Response)
}
