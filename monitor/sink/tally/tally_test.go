// SPDX-License-Identifier: Apache-2.0

package tally

import (
	"fmt"
	"math"
	"net/netip"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// TestTable: a key that comes often is there, also where it comes behind very many others, and its count is right within what
// the table says.
func TestTable(t *testing.T) {
	table := newTable(100)
	for i := range 10_000 {
		table.row(&Key{CPU: int32(i)}).count(1, 0, false, 0)
	}
	for range 1000 {
		table.row(&Key{Text: "often"}).count(1, 10, true, 5)
	}
	for i := range 1000 {
		table.row(&Key{CPU: int32(-i)}).count(1, 0, false, 0)
	}
	top, cut := table.Top(1), table.Cut()
	if len(top) != 1 || top[0].Text != "often" || top[0].Events+cut.Error < 1000 || top[0].Events > 1000 || top[0].First != 5 {
		t.Errorf("%+v, %+v", top[0], cut)
	}
	total := cut.Events
	for _, r := range table.Top(0) {
		total += r.Events
	}
	if table.Len() > 100 || total != 12_000 {
		t.Errorf("%d rows, %d events", table.Len(), total)
	}
	table.Mark()
	if top[0].Marked != top[0].Events {
		t.Error("not marked")
	}
}

func TestSeries(t *testing.T) {
	s := newSeries(10)
	for i := range 100_000 {
		b := s.at(int64(i) - 50_000)
		b.Events++
		if i%2 == 0 {
			s.drop(b, fmt.Sprint(i%100))
		}
	}
	for _, x := range []int64{math.MinInt64, math.MaxInt64, -1, 0} { // a clock that jumps
		s.at(x).Events++
	}
	events, drops, last := uint64(0), uint64(0), int64(math.MinInt64)
	for i, b := range s.Buckets() {
		if i > 0 && b.Start <= last {
			t.Errorf("%d behind %d", b.Start, last)
		}
		last = b.Start
		events += b.Events
		sum := uint64(0)
		for _, n := range b.ByReason {
			sum += n
		}
		if sum != b.Drops {
			t.Errorf("%d drops, %d by reason", b.Drops, sum)
		}
		drops += sum
	}
	if events != 100_004 || drops != 50_000 || len(s.Buckets()) > MaxBuckets || len(s.Reasons()) != MaxReasons || s.Width() != 80 {
		t.Errorf("%d events, %d drops, %d buckets of width %d, %d reasons", events, drops, len(s.Buckets()), s.Width(), len(s.Reasons()))
	}
}

func TestReason(t *testing.T) {
	for want, f := range map[string]hubble.Flow{
		"NETFILTER_DROP":      {Reason: "NETFILTER_DROP"},
		"denied by the proxy": {Type: hubble.TypeL7},
		"POLICY_DENIED":       {DropReason: 133},
		"reason 99999":        {DropReason: 99999},
		"reason 7":            {SubType: 7},
		"no reason given":     {},
	} {
		if got := Reason(&f); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestLost: losses add up without going around.
func TestLost(t *testing.T) {
	s := New(Options{Node: "here"})
	for range 3 {
		_ = s.Event(&event.Event{Kind: event.Lost, Lost: math.MaxUint64 / 2, CPU: 1}) // never an error
	}
	if top := s.Losses.Top(0); s.Lost != math.MaxUint64 || len(top) != 1 || top[0].Events != math.MaxUint64 || top[0].Node != "here" {
		t.Errorf("%d lost", s.Lost)
	}
	if (&Key{Src: netip.MustParseAddr("10.0.0.1")}).compare(&Key{Src: netip.MustParseAddr("10.0.0.2")}) >= 0 {
		t.Error("keys are not ordered")
	}
}
