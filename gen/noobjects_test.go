// SPDX-License-Identifier: Apache-2.0

package gen

import (
	"errors"
	"testing"
)

// TestVerifyNothing checks that no objects are an error of the caller's, and not objects that have nothing.
func TestVerifyNothing(t *testing.T) {
	_, err := Verify(nil, nil, "")
	if err == nil || errors.Is(err, ErrNothingFound) || err.Error() != "no objects are given" {
		t.Errorf("%v", err)
	}
}
