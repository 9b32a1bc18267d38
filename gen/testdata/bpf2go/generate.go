// SPDX-License-Identifier: Apache-2.0

// Command flows blocks networks and says what becomes of packets.
package main

//go:generate go tool lockstep gen
//go:generate go tool bpf2go -target bpfel,bpfeb -no-global-types flows flows.bpf.c
