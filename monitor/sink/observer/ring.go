// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/sink/hubble"
)

// maxBytes is how many bytes of messages a ring keeps, whatever their number.
const maxBytes = 64 << 20

// entry is a record that clients read. It does not change.
type entry struct {
	kind hubble.RecordKind
	time int64
	node string
	flow hubble.Flow // without summary
	msg  []byte      // the response to a client, with gRPC's prefix
}

// ring keeps the last records. Readers keep a number each, of the record that they read next: one that is slow holds nothing
// back, and finds out how many records it has missed.
type ring struct {
	mu      sync.Mutex
	entries []*entry
	oldest  uint64 // number of the oldest record that is kept
	next    uint64 // number of the record that comes next
	bytes   int
	wake    chan struct{} // closed when there is more; nil if nobody waits
	ended   bool
	flows   uint64 // that there were
}

func newRing(size int) *ring { return &ring{entries: make([]*entry, size)} }

// add adds a record. Who waits is not woken.
func (r *ring) add(e *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := uint64(len(r.entries))
	r.bytes += len(e.msg)
	for r.oldest < r.next && (r.next-r.oldest >= size || r.bytes > maxBytes) {
		old := &r.entries[r.oldest%size]
		r.bytes -= len((*old).msg)
		*old = nil
		r.oldest++
	}
	r.entries[r.next%size] = e
	r.next++
	if e.kind == hubble.IsFlow {
		r.flows++
	}
}

// notify wakes who waits.
func (r *ring) notify() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wakeAll()
}

func (r *ring) wakeAll() {
	if r.wake != nil {
		close(r.wake)
		r.wake = nil
	}
}

// end tells all readers that no more comes.
func (r *ring) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = true
	r.wakeAll()
}

// bounds returns the numbers of the oldest record and of the one that comes next.
func (r *ring) bounds() (oldest, next uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.oldest, r.next
}

// read copies records from a number on, up to the number end. It returns the number that follows, and how many records
// in front of the first are kept no more.
func (r *ring) read(from, end uint64, dst []*entry) (all []*entry, next, missed uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from < r.oldest {
		to := min(r.oldest, end)
		from, missed = to, to-from
	}
	end = min(end, r.next, from+uint64(cap(dst)))
	for ; from < end; from++ {
		dst = append(dst, r.entries[from%uint64(len(r.entries))])
	}
	return dst, from, missed
}

// more returns a channel that is closed when there are records from a number on, and whether some can still come.
func (r *ring) more(from uint64) (wake <-chan struct{}, open bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if from < r.next {
		ready := make(chan struct{})
		close(ready)
		return ready, true
	}
	if r.ended {
		return nil, false
	}
	if r.wake == nil {
		r.wake = make(chan struct{})
	}
	return r.wake, true
}

// counts returns how many flows are kept, fit in, and were there.
func (r *ring) counts() (kept, size, seen uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next - r.oldest, uint64(len(r.entries)), r.flows
}
