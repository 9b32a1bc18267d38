// SPDX-License-Identifier: Apache-2.0

package golden

import "testing"

// maxShown is how many differences of one kind a test shows.
const maxShown = 3

// Differences are those that a test finds in a long list of samples. The first few are shown, the others counted, so that what is
// shown can be read: one fault differs in thousands of samples.
type Differences struct {
	// Edit says which file to look at, and is shown once.
	Edit string

	n int
}

// Add fails the test.
func (d *Differences) Add(t *testing.T, format string, args ...any) {
	t.Helper()
	if d.n++; d.n <= maxShown {
		t.Errorf(format, args...)
	} else {
		t.Fail()
	}
}

// End says how many differences there are, if not all of them were shown.
func (d *Differences) End(t *testing.T) {
	t.Helper()
	if d.n > maxShown {
		t.Logf("%d samples differ, of which %d are shown", d.n, maxShown)
	}
	if d.n > 0 && d.Edit != "" {
		t.Log(d.Edit)
	}
}

// Cut returns the beginning of a long text.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return text[:n] + "..."
}
