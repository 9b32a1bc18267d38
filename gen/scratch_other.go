// SPDX-License-Identifier: Apache-2.0

//go:build !unix || aix || solaris

package gen

import (
	"os"
	"time"
)

// hold returns nil: a file that is open here cannot be moved.
func hold(*os.File) *os.File { return nil }

// isAbandoned reports whether the file is so old that no process can be working on it.
func isAbandoned(name string) bool {
	info, err := os.Stat(name)
	return err == nil && time.Since(info.ModTime()) > time.Hour
}
