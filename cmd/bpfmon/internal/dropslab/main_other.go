// SPDX-License-Identifier: Apache-2.0

//go:build !linux

// Command dropslab works on Linux only.
package main

import "os"

func main() { os.Exit(2) }
