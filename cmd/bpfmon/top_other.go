// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package main

import "os"

// windowChanges returns nothing: the next frame has the new size.
func windowChanges() (<-chan os.Signal, func()) { return nil, func() {} }
