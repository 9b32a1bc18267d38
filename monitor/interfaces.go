// SPDX-License-Identifier: Apache-2.0

package monitor

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// InterfaceNames knows the names of a host's network interfaces; see [event.InterfaceNames].
type InterfaceNames = event.InterfaceNames

// How long the names of interfaces are remembered.
const (
	// interfaceAge is the longest that a name is used without asking the host again.
	interfaceAge = 15 * time.Second
	// unknownAge is the longest that an index counts as unknown without asking again. It is short, because the new
	// interface of a new endpoint is what one looks for, but long enough to ask no more than once a second.
	unknownAge = time.Second
)

// HostInterfaces knows the interfaces of this host. It asks the host when a name is needed, for all names at once, and
// remembers them for at most 15 s. It holds as many names as the host has interfaces. The zero value is ready to use;
// it must not be copied. It is safe for concurrent use.
type HostInterfaces struct {
	latest atomic.Pointer[interfaceTable]
	mu     sync.Mutex // held while the host is asked

	// Tests set these. Nil stands for net.Interfaces and time.Now.
	list func() ([]net.Interface, error)
	now  func() time.Time
}

// interfaceTable is what the host said at a time. It never changes.
type interfaceTable struct {
	names map[uint32]string
	read  time.Time
}

// InterfaceName returns the name of an interface of this host. It blocks while the host is asked, which takes well
// under a millisecond on a host with few interfaces. If the host does not answer, no name is known for a second.
func (h *HostInterfaces) InterfaceName(index uint32) (string, bool) {
	if index == 0 {
		return "", false // stands for "no interface"
	}
	now := h.time()
	table := h.latest.Load()
	if !table.knows(index, now) {
		table = h.refresh(index, now)
	}
	name, ok := table.names[index]
	return name, ok
}

// knows reports whether the table can still say what the index is.
func (t *interfaceTable) knows(index uint32, now time.Time) bool {
	if t == nil {
		return false
	}
	if _, ok := t.names[index]; ok {
		return now.Sub(t.read) < interfaceAge
	}
	return now.Sub(t.read) < unknownAge
}

// refresh asks the host, unless another goroutine has just done so.
func (h *HostInterfaces) refresh(index uint32, now time.Time) *interfaceTable {
	h.mu.Lock()
	defer h.mu.Unlock()
	if table := h.latest.Load(); table.knows(index, now) {
		return table
	}
	list := h.list
	if list == nil {
		list = net.Interfaces
	}
	table := &interfaceTable{names: make(map[uint32]string), read: now}
	interfaces, _ := list() // without an answer all interfaces print as numbers
	for _, i := range interfaces {
		table.names[uint32(i.Index)] = i.Name
	}
	h.latest.Store(table)
	return table
}

func (h *HostInterfaces) time() time.Time {
	if h.now != nil {
		return h.now()
	}
	return time.Now()
}
