// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

// The paths of the signals.
const (
	pathLogs    = "/v1/logs"
	pathMetrics = "/v1/metrics"
)

// The times between two attempts to send the same.
const (
	firstWait = time.Second
	mostWait  = 30 * time.Second
)

// temporaryError is one after which the same is sent again.
type temporaryError struct {
	err   error
	after time.Duration // that the collector asks for, 0 if it does not
}

func (e *temporaryError) Error() string { return e.err.Error() }
func (e *temporaryError) Unwrap() error { return e.err }

// post sends a request until it is taken, refused for good, or the context ends. It returns how many of its items the
// collector did not want.
func (s *Sink) post(ctx context.Context, path string, body []byte) (rejected uint64, err error) {
	for wait := firstWait; ; wait = min(2*wait, mostWait) {
		ending := s.isEnding()
		rejected, err = s.try(ctx, path, body)
		s.report(path, err)
		temporary := (*temporaryError)(nil)
		if !errors.As(err, &temporary) {
			return rejected, err
		}
		pause := wait/2 + rand.N(wait) // not all senders at once
		if temporary.after > 0 {
			pause = temporary.after
		}
		if !s.pause(ctx, pause, ending) {
			return 0, err
		}
	}
}

// isEnding reports whether there are no more events.
func (s *Sink) isEnding() bool {
	select {
	case <-s.ending:
		return true
	default:
		return false
	}
}

// pause waits, and reports whether there is a next attempt. When the events end, there is one at once, unless the last one was
// made after that.
func (s *Sink) pause(ctx context.Context, d time.Duration, ending bool) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	end := s.ending
	if ending {
		end = nil
	}
	select {
	case <-timer.C:
		return true
	case <-end:
		return true
	case <-ctx.Done():
		return false
	}
}

// report reports the first of a row of errors, and its end. Those of metrics are not reported beside those of records.
func (s *Sink) report(path string, err error) {
	s.mu.Lock()
	failing := &s.failing
	if path == pathMetrics {
		failing = &s.failingMetrics
	}
	before := *failing
	*failing = err != nil
	if path == pathMetrics && (err == nil || s.failing) {
		before = err != nil
	}
	s.mu.Unlock()
	switch {
	case err != nil && !before:
		s.opts.Report(err)
	case err == nil && before:
		s.opts.Report(errors.New("the collector answers again"))
	}
}

// try sends a request once.
func (s *Sink) try(ctx context.Context, path string, body []byte) (rejected uint64, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.opts.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	for key, values := range s.opts.Headers {
		r.Header[key] = values
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "bpfmon/"+s.opts.Version)
	resp, err := s.opts.Client.Do(r)
	if err != nil {
		return 0, &temporaryError{err: err}
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	switch {
	case resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 502 && resp.StatusCode <= 504:
		return 0, &temporaryError{fmt.Errorf("%s%s answers %s", s.opts.URL, path, resp.Status), retryAfter(resp.Header.Get("Retry-After"), time.Now())}
	case resp.StatusCode/100 != 2:
		return 0, fmt.Errorf("%s%s rejected the request: %s: %q", s.opts.URL, path, resp.Status, answer[:min(len(answer), 200)])
	case err != nil:
		return 0, nil // it was taken
	}
	return parseAnswer(answer), nil
}

// retryAfter reads the header of that name: seconds, or a date. It is bounded.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		return min(max(time.Duration(n)*time.Second, time.Millisecond), 5*time.Minute)
	}
	if t, err := http.ParseTime(s); err == nil {
		return min(max(t.Sub(now), time.Millisecond), 5*time.Minute)
	}
	return 0
}

// parseAnswer returns how many items the collector did not want.
func parseAnswer(b []byte) uint64 {
	var answer struct {
		PartialSuccess struct {
			RejectedLogRecords json.RawMessage `json:"rejectedLogRecords"`
		} `json:"partialSuccess"`
	}
	_ = json.Unmarshal(b, &answer) // what is no JSON says nothing
	n, _ := strconv.ParseUint(string(bytes.Trim(answer.PartialSuccess.RejectedLogRecords, `"`)), 10, 64)
	return n
}
