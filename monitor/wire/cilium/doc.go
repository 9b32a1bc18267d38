// SPDX-License-Identifier: Apache-2.0

// Package cilium reads what Cilium's datapath and agent send, of every release from 1.6 on: what the numbers in a message
// mean and how its bytes are laid out differ by release, and nothing in the bytes says which it is. A [Decoder] is for one
// release.
//
// The names of codes and the layouts are generated from the headers in bpf/cilium, where what one release has and another
// has not is between #if and #endif. Release 1.5 prints otherwise: package monitor reads it.
package cilium
