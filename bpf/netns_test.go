// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// The addresses of the two ends of a cable.
var (
	cable4 = [2]string{netlab.Address4(0), netlab.Address4(1)}
	cable6 = [2]string{netlab.Address6(0), netlab.Address6(1)}
)

// namespace is a network namespace whose failures are the test's.
type namespace struct {
	tb testing.TB
	*netlab.Namespace
}

func newNamespace(tb testing.TB) *namespace {
	tb.Helper()
	n, err := netlab.New()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(n.Close)
	return &namespace{tb, n}
}

// do does something in the namespace, and fails the test if that fails.
func (n *namespace) do(f func() error) {
	n.tb.Helper()
	if err := n.Do(f); err != nil {
		n.tb.Fatal(err)
	}
}

// newCable makes two namespaces that are connected by an interface "eth0" in each.
func newCable(tb testing.TB, mtu int) [2]*namespace {
	tb.Helper()
	c, err := netlab.NewCable(mtu)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return [2]*namespace{{tb, c[0]}, {tb, c[1]}}
}

// echo serves TCP until the end of the test: each client gets back what it sends.
func (n *namespace) echo(address string) {
	n.tb.Helper()
	server, err := n.Echo(address)
	if err != nil {
		n.tb.Fatal(err)
	}
	n.tb.Cleanup(func() { _ = server.Close() })
}

// talk exchanges a message with a server that echoes.
func (n *namespace) talk(address string, message []byte) {
	n.tb.Helper()
	if err := n.Talk(address, message); err != nil {
		n.tb.Fatal(err)
	}
}
