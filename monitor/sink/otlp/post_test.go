// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// FuzzAnswer reads what a collector answers: a wait has a bound, and what is no answer rejects nothing.
func FuzzAnswer(f *testing.F) {
	for _, s := range []string{"", "7", "65536", "-1", "Wed, 21 Oct 2099 07:28:00 GMT", "Wed, 21 Oct 1999 07:28:00 GMT"} {
		f.Add(s, []byte(`{"partialSuccess":{"rejectedLogRecords":"3"}}`))
	}
	f.Add("1", []byte(`{"partialSuccess":{"rejectedLogRecords":3}}`))
	f.Add("1", []byte(strings.Repeat(`{"partialSuccess":`, 20_000)))
	f.Fuzz(func(t *testing.T, after string, answer []byte) {
		if d := retryAfter(after, time.Unix(1_800_000_000, 0)); d < 0 || d > 5*time.Minute {
			t.Errorf("%q: wait %v", after, d)
		}
		if n := parseAnswer(answer); n != 0 && !json.Valid(answer) {
			t.Errorf("%q: %d rejected", answer, n)
		}
	})
}
