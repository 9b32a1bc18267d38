// SPDX-License-Identifier: Apache-2.0

// Package bpf loads the datapath: the tc programs of datapath.c, which report what happens to every packet that
// passes an interface. Load puts them into the kernel, Attach onto an interface, and package
// monitor/source/ring reads what they report.
//
// The programs are compiled ahead of time and are part of the package; only their compilation (make bpf) needs
// clang. They run on Linux, and so does everything here: on other systems the package is empty.
package bpf

//go:generate go run ../cmd/lockstep gen
