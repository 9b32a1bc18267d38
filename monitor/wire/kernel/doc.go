// SPDX-License-Identifier: Apache-2.0

// Package kernel is the wire format of the messages that report what the kernel itself does with packets: those that it
// drops, and TCP's retransmissions and resets. Package bpf/kdrop makes them.
package kernel

//go:generate go run ../../../cmd/lockstep gen
