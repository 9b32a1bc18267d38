// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

// fakeSource yields lost records, of as many events as listed, and other kinds of payload for negative numbers. Zero
// stands for a moment at which it has nothing.
type fakeSource struct {
	numbers []int
	end     error
	calls   *[]string
}

func (s *fakeSource) Ready() bool {
	if len(s.numbers) > 0 && s.numbers[0] == 0 {
		s.numbers = s.numbers[1:]
		return false
	}
	return len(s.numbers) > 0
}

func (s *fakeSource) Next(e *event.Event) error {
	if len(s.numbers) == 0 {
		return s.end
	}
	n := s.numbers[0]
	s.numbers = s.numbers[1:]
	e.Reset()
	e.Kind = event.Kind(n)
	if n > 0 {
		e.Lost, e.Kind = uint64(n), event.Lost
	}
	return nil
}

// idle is a sink that logs when it is flushed.
type idle struct{ calls *[]string }

func (i idle) Event(*event.Event) error { return nil }

func (i idle) Flush() error {
	*i.calls = append(*i.calls, "idle")
	return nil
}

// show runs the flags' pipeline on a source.
func show(src source.Source, out io.Writer, log func(any), all ...sink.Sink) error {
	cmd := &cobra.Command{}
	cmd.SetContext(context.Background())
	cmd.SetOut(out)
	return new(printFlags).show(cmd, src, nil, log, all...)
}

func (s *fakeSource) Close() error { return nil }

// Write notes each write, by how many lines it has and how the last ends.
func (s *fakeSource) Write(p []byte) (int, error) {
	*s.calls = append(*s.calls, fmt.Sprintf("%d lines, whole: %v", bytes.Count(p, []byte("\n")), bytes.HasSuffix(p, []byte("\n"))))
	return len(p), nil
}

// TestPrinterWrites holds when the output is written: before the source waits, and else in large pieces of whole lines.
func TestPrinterWrites(t *testing.T) {
	broken := errors.New("broken")
	many := strings.Repeat("1 ", 4000)
	for numbers, want := range map[string][]string{
		"1 0 1 1 0 1 1": {"1 lines, whole: true", "idle", "2 lines, whole: true", "idle", "2 lines, whole: true", "idle"},
		many:            {"2979 lines, whole: true", "1021 lines, whole: true", "idle"},
		"-1 -5 1":       {"event of unknown kind -1 (CPU 0, 0 bytes) is not printed", "1 lines, whole: true", "idle", "2 events of unknown kinds were not printed"},
		"":              {"idle"},
	} {
		for end, wantErr := range map[error]error{io.EOF: nil, broken: broken} {
			var calls []string
			src := &fakeSource{end: end, calls: &calls}
			for _, field := range strings.Fields(numbers) {
				var n int
				if _, err := fmt.Sscan(field, &n); err != nil {
					t.Fatal(err)
				}
				src.numbers = append(src.numbers, n)
			}
			log := func(what any) { calls = append(calls, fmt.Sprint(what)) }
			if err := show(src, src, log, idle{&calls}); !errors.Is(err, wantErr) {
				t.Errorf("%.20q: %v", numbers, err)
			}
			if diff := cmp.Diff(want, calls); diff != "" {
				t.Errorf("%.20q (-want +got):\n%s", numbers, diff)
			}
		}
	}
}

// TestPrinterOutputFails checks that a failure to write ends the run.
func TestPrinterOutputFails(t *testing.T) {
	pr, pw := io.Pipe()
	_ = pr.Close()
	err := show(&fakeSource{numbers: []int{1, 0, 1}, end: io.EOF}, pw, func(any) {})
	if !errors.Is(err, io.ErrClosedPipe) || !strings.HasPrefix(err.Error(), "cannot write to standard output: ") {
		t.Errorf("run: %v", err)
	}
}
