// SPDX-License-Identifier: Apache-2.0

//go:build race

package main

// raceDetector reports whether the race detector is in the programs, whose memory is several times as large with it.
const raceDetector = true
