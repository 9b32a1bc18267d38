// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package closed

import "io"

// isClosed would report whether an output was closed when the program started, which cannot be seen here.
func isClosed(io.Writer) bool { return false }
