// SPDX-License-Identifier: Apache-2.0

// Package hubble makes flows of events: the records of Hubble, the observer of Cilium. Its programs read them, as JSON lines
// or from the server in package monitor/sink/observer.
//
// A [Mapper] turns each event into a [Record]: a flow, a debug event, an agent event or a number of lost events. A Record is
// appended in the wire form of Hubble's API, and as a line of JSON, which is made from the wire form: [Schema] describes both.
// The package needs no module but this one.
package hubble
