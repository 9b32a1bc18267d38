// SPDX-License-Identifier: Apache-2.0

//go:build !linux

// Command livedemo watches real traffic, on Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "livedemo: this needs Linux")
	os.Exit(3)
}
