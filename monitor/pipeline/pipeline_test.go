// SPDX-License-Identifier: Apache-2.0

package pipeline_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/pipeline"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
)

// script is a source that plays a text: d is a drop, t a trace, L a loss of 5, ? an event of another kind, and a blank
// stands for a moment without events.
type script struct {
	steps string
	end   error
}

func (s *script) Ready() bool {
	if strings.HasPrefix(s.steps, " ") {
		s.steps = s.steps[1:]
		return false
	}
	return s.steps != ""
}

func (s *script) Next(e *event.Event) error {
	e.Reset()
	if s.steps == "" {
		return s.end
	}
	step := s.steps[0]
	s.steps = s.steps[1:]
	e.Kind = event.Sample
	switch step {
	case 'd':
		e.Raw = append(e.Raw, make([]byte, monitor.DropNotifyLen)...)
		e.Raw[0] = 1
	case 't':
		e.Raw = append(e.Raw, make([]byte, monitor.TraceNotifyLen)...)
		e.Raw[0] = 4
	case 'L':
		e.Kind, e.Lost = event.Lost, 5
	default:
		e.Kind = 77
	}
	return nil
}

func (s *script) Close() error { return nil }

// writer is a sink that writes down what it is given.
type writer struct {
	log  *[]string
	name string
	fail string // what it fails at
}

func (w writer) note(what string) error {
	*w.log = append(*w.log, w.name+" "+what)
	if w.fail == what {
		return errors.New(w.name + " failed")
	}
	return nil
}

func (w writer) Event(e *event.Event) error {
	switch {
	case e.Msg != nil:
		return w.note(e.Msg.TypeName())
	case e.Kind == event.Lost:
		return w.note("loss")
	}
	return w.note("other")
}

func (w writer) Flush() error { return w.note("flush") }

func TestRun(t *testing.T) {
	onlyDrops := func(e *event.Event) bool { return e.Msg.TypeName() == "drop" }
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		steps   string
		end     error
		filter  func(*event.Event) bool
		failAll string // what the sink of all events fails at
		failSel string // what the other fails at
		log     string
		stats   pipeline.Stats
		err     string
	}{
		"everything": {
			steps: "dtL?", end: io.EOF,
			log:   "all drop,sel drop,all trace,sel trace,all loss,sel loss,all other,unknown 77,sel flush,all flush",
			stats: pipeline.Stats{Events: 4, Selected: 2, Losses: 1, Unknown: 1, Lost: 5},
		},
		"losses pass the filter": {
			steps: "tLd", end: io.EOF, filter: onlyDrops,
			log:   "all trace,all loss,sel loss,all drop,sel drop,sel flush,all flush",
			stats: pipeline.Stats{Events: 3, Selected: 1, Filtered: 1, Losses: 1, Lost: 5},
		},
		"flushed before it waits": {
			steps: "d d", end: io.EOF,
			log:   "all drop,sel drop,sel flush,all flush,all drop,sel drop,sel flush,all flush",
			stats: pipeline.Stats{Events: 2, Selected: 2},
		},
		"the source fails": {
			steps: "d", end: broken, log: "all drop,sel drop,sel flush,all flush",
			stats: pipeline.Stats{Events: 1, Selected: 1}, err: "broken",
		},
		"a sink fails": {
			steps: "dd", end: io.EOF, failSel: "drop", log: "all drop,sel drop,sel flush,all flush",
			stats: pipeline.Stats{Events: 1, Selected: 1}, err: "sel failed",
		},
		"a flush fails": {
			steps: " d", end: io.EOF, failAll: "flush", log: "sel flush,all flush", err: "all failed",
		},
	} {
		var log []string
		p := pipeline.Pipeline{
			Source:   &script{c.steps, c.end},
			Decoder:  new(monitor.Decoder),
			All:      []sink.Sink{writer{&log, "all", c.failAll}},
			Filter:   c.filter,
			Selected: []sink.Sink{writer{&log, "sel", c.failSel}},
			Unknown:  func(e *event.Event) { log = append(log, fmt.Sprintf("unknown %d", e.Kind)) },
		}
		stats, err := p.Run()
		if diff := cmp.Diff(strings.Split(c.log, ","), log); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(c.stats, stats); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := fmt.Sprint(err); got != c.err && (err != nil || c.err != "") {
			t.Errorf("%s: %v, want %q", name, err, c.err)
		}
	}
}

// TestAllocations: a pipeline takes nothing from the heap for an event.
func TestAllocations(t *testing.T) {
	steps := strings.Repeat("dt", 5000)
	allocs := func(n int) float64 {
		return testing.AllocsPerRun(20, func() { // the average, rounded down: the runtime allocates too, now and then
			p := pipeline.Pipeline{Source: &script{steps[:n], io.EOF}, Decoder: new(monitor.Decoder)}
			if _, err := p.Run(); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocs(10), allocs(len(steps)); many > few {
		t.Errorf("%v allocations for 10 events, %v for %d", few, many, len(steps))
	}
}
