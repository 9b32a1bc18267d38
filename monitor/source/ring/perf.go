// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/cpus"
)

// perfReader reads a perf event array: a ring of each CPU. It stands in the place of the library's reader, which asks the
// kernel for no times, and numbers the rings by their place in the list of CPUs that are online, so that events of CPUs
// behind a gap in the numbers are lost.
//
// What waits in all rings is given in the order of its times.
type perfReader struct {
	mu       sync.Mutex // held while reading
	array    *ebpf.Map  // holds the rings in the array for as long as it is open
	rings    []*perfRing
	active   []*perfRing // those that have a record, of which the reader knows
	epoll    int
	wakeMu   sync.Mutex // held while writing to wake
	wake     int        // an eventfd; -1 once it is closed
	deadline time.Time
	closed   atomic.Bool
	flush    atomic.Bool
	pending  error // why the reader waits no more, once it has given what there is
}

var _ reader = (*perfReader)(nil)

// newPerfReader opens a ring of perCPU bytes for each CPU that is online. It takes the place of whoever read the array.
func newPerfReader(array *ebpf.Map, perCPU int) (_ *perfReader, err error) {
	online, err := cpus.Online()
	if err != nil {
		return nil, err
	}
	if last := online[len(online)-1]; last >= int(array.MaxEntries()) {
		return nil, fmt.Errorf("it has %d entries, and CPU %d is online: events of that CPU would be lost", array.MaxEntries(), last)
	}
	r := &perfReader{epoll: -1, wake: -1}
	defer func() {
		if err != nil {
			r.release()
		}
	}()
	if r.array, err = array.Clone(); err != nil {
		return nil, err
	}
	if r.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	if r.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	if err = r.watch(r.wake, -1); err != nil {
		return nil, err
	}
	for _, cpu := range online {
		if err = r.open(cpu, perCPU); err != nil {
			return nil, fmt.Errorf("CPU %d: %w", cpu, err)
		}
	}
	return r, nil
}

// open opens the ring of a CPU and puts it into the array.
func (r *perfReader) open(cpu, size int) error {
	ring, err := newPerfRing(cpu, size)
	if errors.Is(err, unix.ENODEV) { // it has just gone offline
		return nil
	}
	if err != nil {
		return err
	}
	r.rings = append(r.rings, ring)
	if err := r.array.Put(uint32(cpu), uint32(ring.fd)); err != nil {
		return fmt.Errorf("enter it: %w", err)
	}
	return r.watch(ring.fd, len(r.rings)-1)
}

// watch makes wait return when there is something to read. id is the place of the ring.
func (r *perfReader) watch(fd, id int) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd), Pad: int32(id)}
	if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

func (r *perfReader) SetDeadline(t time.Time) { r.deadline = t }

func (r *perfReader) ready() bool { return len(r.active) > 0 }

func (r *perfReader) read(rec *record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		switch {
		case r.closed.Load():
			return os.ErrClosed
		case len(r.active) > 0:
			return r.next(rec)
		case r.pending != nil:
			err := r.pending
			r.pending = nil
			return err
		}
		if err := r.wait(); errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, errFlushed) {
			r.pending = err // there may be something: few events wake nobody
		} else if err != nil {
			return err
		}
		for _, ring := range r.rings {
			if ring.refresh() {
				r.active = append(r.active, ring)
			}
		}
	}
}

// next gives the oldest record of all rings.
func (r *perfReader) next(rec *record) error {
	oldest := 0
	for i, ring := range r.active {
		if ring.time < r.active[oldest].time {
			oldest = i
		}
	}
	ring := r.active[oldest]
	if err := ring.read(rec); err != nil {
		return err
	}
	if !ring.peek() && !ring.refresh() {
		r.active = append(r.active[:oldest], r.active[oldest+1:]...)
	}
	return nil
}

// wait waits until the kernel says that much waits, or until the deadline, Flush or Close.
func (r *perfReader) wait() error {
	timeout := -1
	if !r.deadline.IsZero() {
		timeout = int(max(time.Until(r.deadline)+time.Millisecond-1, 0) / time.Millisecond)
	}
	var events [16]unix.EpollEvent
	n, err := unix.EpollWait(r.epoll, events[:], timeout)
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("epoll_wait: %w", err)
	case n == 0:
		return os.ErrDeadlineExceeded
	}
	for _, e := range events[:n] {
		switch {
		case e.Pad == -1 && r.closed.Load():
			return os.ErrClosed
		case e.Pad == -1 && r.flush.Swap(false):
			var count [8]byte
			_, _ = unix.Read(r.wake, count[:]) // so that it does not wake again
			return errFlushed
		case e.Events&(unix.EPOLLHUP|unix.EPOLLERR) != 0: // its CPU has gone offline; what is in the ring is read
			_ = unix.EpollCtl(r.epoll, unix.EPOLL_CTL_DEL, int(e.Fd), nil)
		}
	}
	return nil
}

// interrupt ends a wait.
func (r *perfReader) interrupt() error {
	r.wakeMu.Lock()
	defer r.wakeMu.Unlock()
	if r.wake < 0 {
		return os.ErrClosed
	}
	one := binary.NativeEndian.AppendUint64(nil, 1)
	if _, err := unix.Write(r.wake, one); err != nil && !errors.Is(err, unix.EAGAIN) {
		return fmt.Errorf("wake the reader: %w", err)
	}
	return nil
}

// Flush makes read give what is in the rings, and then errFlushed.
func (r *perfReader) Flush() error {
	if r.closed.Load() {
		return os.ErrClosed
	}
	r.flush.Store(true)
	return r.interrupt()
}

// Close ends a read that waits, and takes the rings away.
func (r *perfReader) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	err := r.interrupt()
	r.mu.Lock() // read has returned
	defer r.mu.Unlock()
	r.release()
	return err
}

// release gives everything back. Nothing can be done about an error.
func (r *perfReader) release() {
	r.active = nil
	if r.array != nil {
		_ = r.array.Close() // takes the rings out of the array
	}
	for _, ring := range r.rings {
		ring.close()
	}
	r.wakeMu.Lock()
	defer r.wakeMu.Unlock()
	for _, fd := range []int{r.epoll, r.wake} {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
	r.wake = -1
}
