// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// perfRing is the ring of one CPU: memory that the kernel writes records to.
type perfRing struct {
	cpu  int
	fd   int
	mem  []byte // the kernel's page, and the data
	meta *unix.PerfEventMmapPage
	data []byte // a power of two
	head uint64 // where the kernel writes next, as the reader knows; only the lower bits are a place in data
	tail uint64 // the next record
	time int64  // of that record, if there is one; 0 if it has none
}

// newPerfRing opens a ring of at least size bytes. Its events have times of CLOCK_MONOTONIC, as bpf_ktime_get_ns has.
func newPerfRing(cpu, size int) (*perfRing, error) {
	page := os.Getpagesize()
	pages := 1
	if n := (size + page - 1) / page; n > 1 {
		pages = 1 << bits.Len(uint(n-1))
	}
	attr := unix.PerfEventAttr{
		Type: unix.PERF_TYPE_SOFTWARE, Config: unix.PERF_COUNT_SW_BPF_OUTPUT, Size: unix.PERF_ATTR_SIZE_VER5,
		Sample_type: unix.PERF_SAMPLE_TIME | unix.PERF_SAMPLE_RAW,
		Bits:        unix.PerfBitWatermark | unix.PerfBitUseClockID, Clockid: unix.CLOCK_MONOTONIC,
		Wakeup: uint32(pages * page / 8), // bytes that wake the reader
	}
	fd, err := unix.PerfEventOpen(&attr, -1, cpu, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("perf_event_open: %w", err)
	}
	mem, err := unix.Mmap(fd, 0, (1+pages)*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("map a ring of %d bytes: %w", pages*page, err)
	}
	return &perfRing{
		cpu: cpu, fd: fd, mem: mem, data: mem[page:],
		meta: (*unix.PerfEventMmapPage)(unsafe.Pointer(&mem[0])), // page-aligned, and longer than the struct
	}, nil
}

func (r *perfRing) close() {
	_ = unix.Munmap(r.mem)
	_ = unix.Close(r.fd)
}

// refresh looks how far the kernel has come, and reports whether there is a record.
func (r *perfRing) refresh() bool {
	r.head = atomic.LoadUint64(&r.meta.Data_head)
	return r.peek()
}

// perfHeaderLen is the length of a record's header: four bytes of type, two of flags, two of size.
const perfHeaderLen = 8

// peek looks up the time of the next record, and reports whether the reader knows of one.
func (r *perfRing) peek() bool {
	if r.head == r.tail {
		return false
	}
	r.time = 0
	if kind, _ := r.header(); kind == unix.PERF_RECORD_SAMPLE {
		r.time = int64(r.word(8))
	}
	return true
}

// word returns eight bytes of the next record, at an offset that is a multiple of eight: these are never torn.
func (r *perfRing) word(offset uint64) uint64 {
	return binary.NativeEndian.Uint64(r.data[(r.tail+offset)&uint64(len(r.data)-1):])
}

// header returns the type and the size of the next record.
func (r *perfRing) header() (kind uint32, size uint64) {
	at := r.tail & uint64(len(r.data)-1)
	return binary.NativeEndian.Uint32(r.data[at:]), uint64(binary.NativeEndian.Uint16(r.data[at+6:]))
}

// read reads the next record, of which there must be one, and gives its memory back to the kernel.
func (r *perfRing) read(rec *record) error {
	kind, size := r.header()
	rec.data, rec.cpu, rec.time, rec.lost = rec.data[:0], r.cpu, 0, 0
	if size < perfHeaderLen || size%8 != 0 || size > r.head-r.tail {
		return fmt.Errorf("CPU %d: the kernel's ring is damaged: a record of %d bytes where there are %d", r.cpu, size, r.head-r.tail)
	}
	switch {
	case kind == unix.PERF_RECORD_SAMPLE && size >= perfHeaderLen+16:
		rec.time = int64(r.word(8))
		at := (r.tail + 16) & uint64(len(r.data)-1)
		n := uint64(binary.NativeEndian.Uint32(r.data[at:]))
		if n > size-perfHeaderLen-12 {
			return fmt.Errorf("CPU %d: the kernel's ring is damaged: a sample of %d bytes in a record of %d", r.cpu, n, size)
		}
		rec.data = r.copy(rec.data, 20, n)
	case kind == unix.PERF_RECORD_LOST && size >= perfHeaderLen+16:
		rec.lost = r.word(16)
	}
	r.tail += size
	atomic.StoreUint64(&r.meta.Data_tail, r.tail)
	return nil
}

// copy appends n bytes of the next record.
func (r *perfRing) copy(to []byte, offset, n uint64) []byte {
	at := (r.tail + offset) & uint64(len(r.data)-1)
	first := min(n, uint64(len(r.data))-at)
	to = append(to, r.data[at:at+first]...)
	return append(to, r.data[:n-first]...)
}
