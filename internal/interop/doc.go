// SPDX-License-Identifier: Apache-2.0

// Package interop tests bpfmon against programs and types of others: the OpenTelemetry Collector, and the API of Kubernetes.
// It is a module of its own, so that nobody who uses lockstep gets what it needs:
//
//	cd internal/interop && go test ./...
package interop
