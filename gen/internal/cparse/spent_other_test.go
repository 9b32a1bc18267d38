// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package cparse

import (
	"testing"
	"time"
)

var started = time.Now()

// spent returns how long this process has run: what the compilers take of it is not known here.
func spent(testing.TB) time.Duration { return time.Since(started) }
