// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// fakeHost is a host whose interfaces and clock a test sets.
type fakeHost struct {
	HostInterfaces
	clock      time.Time
	interfaces []net.Interface
	err        error
	lookups    int
}

func newFakeHost(interfaces ...net.Interface) *fakeHost {
	h := &fakeHost{clock: time.Unix(1000, 0), interfaces: interfaces}
	h.now = func() time.Time { return h.clock }
	h.list = func() ([]net.Interface, error) {
		h.lookups++
		return h.interfaces, h.err
	}
	return h
}

func (h *fakeHost) expect(t *testing.T, index uint32, name string, lookups int) {
	t.Helper()
	got, ok := h.InterfaceName(index)
	if got != name || ok != (name != "") || h.lookups != lookups {
		t.Errorf("interface %d: %q, %v after %d questions; want %q after %d", index, got, ok, h.lookups, name, lookups)
	}
}

func TestHostInterfaces(t *testing.T) {
	h := newFakeHost(net.Interface{Index: 2, Name: "eth0"})
	h.expect(t, 0, "", 0) // no interface: nothing to ask
	h.expect(t, 2, "eth0", 1)
	h.interfaces[0].Name = "renamed"
	h.clock = h.clock.Add(interfaceAge - 1)
	h.expect(t, 2, "eth0", 1)
	h.clock = h.clock.Add(1)
	h.expect(t, 2, "renamed", 2)
	h.expect(t, 3, "", 2) // lookups just now
	h.interfaces = append(h.interfaces, net.Interface{Index: 3, Name: "lxc3"})
	h.clock = h.clock.Add(unknownAge)
	h.expect(t, 3, "lxc3", 3)
	h.err, h.interfaces = errors.New("no netlink"), nil
	h.clock = h.clock.Add(interfaceAge)
	h.expect(t, 2, "", 4)
	h.expect(t, 3, "", 4)
}

func TestHostInterfacesAsksOnce(t *testing.T) {
	h := newFakeHost(net.Interface{Index: 2, Name: "eth0"})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range uint32(1000) {
				h.InterfaceName(i)
			}
		})
	}
	wg.Wait()
	if h.lookups != 1 {
		t.Errorf("the host was asked %d times within one moment", h.lookups)
	}
}

// TestHostInterfacesOfThisHost asks for the interfaces that this host lists. Where it lists none, as in an emulator that
// does not know netlink, none has a name.
func TestHostInterfacesOfThisHost(t *testing.T) {
	all, err := net.Interfaces()
	if err == nil && len(all) == 0 {
		t.Error("this host says that it has no interfaces")
	}
	var h HostInterfaces
	for _, i := range all {
		if name, ok := h.InterfaceName(uint32(i.Index)); !ok || name != i.Name {
			t.Errorf("interface %d: %q, %v; want %q", i.Index, name, ok, i.Name)
		}
	}
	if name, ok := h.InterfaceName(1 << 31); ok {
		t.Errorf("interface 1<<31 is %q", name)
	}
}
