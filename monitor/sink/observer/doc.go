// SPDX-License-Identifier: Apache-2.0

// Package observer serves events to the programs of Hubble: the hubble command, hubble-relay, and others that speak its
// observer and peer API. It is a sink; the last events are kept, and any number of clients read them and what follows.
//
// The API is gRPC: HTTP/2 with messages of Protocol Buffers. Both are spoken here over net/http, without a module, as the API
// is small: a flow is encoded once, and all clients get the same bytes.
package observer
