// SPDX-License-Identifier: Apache-2.0

// Package ring reads the events that BPF programs send to user space: from a perf event array or a ring buffer,
// whichever a map is. On systems other than Linux it is empty.
package ring
