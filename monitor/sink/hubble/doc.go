// SPDX-License-Identifier: Apache-2.0

// Package hubble turns events into the records of Hubble, Cilium's observer, for programs that read those: as lines of
// JSON, or from the server in package monitor/sink/observer.
//
// A [Mapper] makes a [Record] of each event: a flow, a debug event, an agent event or a number of lost events.
// Record.AppendJSON appends it as a line of JSON, as Cilium exports it, and Record.Response in the wire form of Hubble's
// API. A [Sink] writes the lines. The package needs no module but this one.
package hubble
