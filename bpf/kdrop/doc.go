// SPDX-License-Identifier: Apache-2.0

// Package kdrop reports what the kernel itself does with packets: those that it drops, and TCP's retransmissions and
// resets. Load puts programs on the kernel's tracepoints (kdrop.c), which need no interface and see all network
// namespaces; NewSource reads what they report.
//
// Reasons have other numbers in each kernel. Their names come from the type information (BTF) of the kernel that runs.
//
// It works on Linux; on other systems the package is empty.
package kdrop

//go:generate go run ../../cmd/lockstep gen
