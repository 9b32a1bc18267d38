// SPDX-License-Identifier: Apache-2.0

package filter

import "testing"

// TestNilSchema checks that nil is a schema without messages.
func TestNilSchema(t *testing.T) {
	if _, err := Compile("port 443", nil); err != nil {
		t.Error(err)
	}
	if _, err := Compile("srcLabel = 1", nil); err == nil {
		t.Error("a field of no message is taken")
	}
	if got, want := len(Complete("po", nil)), len(Complete("po", new(Schema))); got != want || got == 0 {
		t.Errorf("%d candidates, want %d", got, want)
	}
	if Help(nil) != Help(new(Schema)) || Markdown(nil) != Markdown(new(Schema)) {
		t.Error("nil is described as another schema than the zero value")
	}
}
