// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/internal/thread"
)

// storm makes the kernel drop packets as fast as it can, in a namespace of its own: an XDP program that the kernel is asked to
// run on live frames (Linux 5.18) passes each to the stack. They are for another host (OTHERHOST), which is found out early.
type storm struct {
	ns   *netlab.Namespace
	prog *ebpf.Program
	sent *ebpf.Map // counts them
}

// newStorm skips the test where the kernel has no live frames.
func newStorm(tb testing.TB) *storm {
	tb.Helper()
	needBPF(tb)
	version, err := features.LinuxVersionCode()
	if err != nil {
		tb.Fatal(err)
	}
	if version < 5<<16|18<<8 { // it would run the program, and throw the frames away
		tb.Skip("this kernel runs no XDP programs on live frames: Linux 5.18 and later do")
	}
	s := &storm{}
	if s.ns, err = netlab.New(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.ns.Close)
	s.sent, err = ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.PerCPUArray, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.sent.Close() })
	const pass = 2 // XDP_PASS
	s.prog, err = ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.StoreImm(asm.RFP, -4, 0, asm.Word),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -4),
		asm.LoadMapPtr(asm.R1, s.sent.FD()),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "pass"),
		asm.Mov.Imm(asm.R1, 1),
		asm.AddAtomic.Mem(asm.R0, asm.R1, asm.DWord, 0),
		asm.Mov.Imm(asm.R0, pass).WithSymbol("pass"),
		asm.Return(),
	}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.prog.Close() })
	return s
}

// frame is a datagram from 10.9.0.1:7000 to 10.9.0.2:7001, to a MAC address that nobody has.
func (s *storm) frame() []byte {
	b := []byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 8, 0, // Ethernet
		0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2} // IPv4; nobody gets as far as its checksum
	b = binary.BigEndian.AppendUint16(b, 7000)
	b = binary.BigEndian.AppendUint16(b, 7001)
	return append(b, make([]byte, 60-len(b))...)
}

// runHere passes at least n packets to the stack, on the CPU of the calling thread and in its namespace.
func (s *storm) runHere(n int) error {
	frame := s.frame()
	for most := 1 << 14; n > 0; n -= most { // not for long: a signal makes the library do it all again
		_, err := s.prog.Run(&ebpf.RunOptions{
			Data: frame, Repeat: uint32(min(n, most)), Flags: unix.BPF_F_TEST_XDP_LIVE_FRAMES,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// runOn does so on several threads, which are in the namespace, and returns how many packets there were.
func (s *storm) runOn(threads, each int) (uint64, error) {
	before, err := s.count()
	if err != nil {
		return 0, err
	}
	errs := make([]error, threads)
	var wait sync.WaitGroup
	for i := range threads {
		wait.Add(1)
		thread.Go(func() {
			defer wait.Done()
			if errs[i] = s.ns.Enter(); errs[i] == nil {
				errs[i] = s.runHere(each)
			}
		})
	}
	wait.Wait()
	after, err := s.count()
	return after - before, errors.Join(append(errs, err)...)
}

// count returns how many packets were passed to the stack so far.
func (s *storm) count() (n uint64, err error) {
	var perCPU []uint64
	err = s.sent.Lookup(uint32(0), &perCPU)
	for _, c := range perCPU {
		n += c
	}
	return n, err
}

// TestStorm checks that as many drops as the machine can make, from all its CPUs at once, are counted exactly beside a reader
// that gets the lines that the rate bound lets pass: by the filter that rejects them, too.
func TestStorm(t *testing.T) {
	s := newStorm(t)
	each := 100_000
	if testing.Short() {
		each /= 10
	}
	for name, opts := range map[string]Options{
		"bound":      {},
		"small ring": {Rate: -1, RingBytes: 1 << 16},
		"all":        {Rate: -1, CaptureLen: -1},
		"raw":        {Raw: true},
		"rejected":   {Filter: Filter{DstPorts: []uint16{53}}},
	} {
		t.Run(name, func(t *testing.T) {
			opts.Filter.Srcs = []netip.Prefix{netip.MustParsePrefix("10.9.0.1/32")}
			w := loadWatch(t, opts)
			src, err := NewSource(context.Background(), w, SourceOptions{Symbols: w.opts.Symbols})
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			read := make(chan int)
			go func() { read <- drain(src) }()
			if err := w.Attach(); err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			sent, err := s.runOn(runtime.NumCPU(), each)
			if err != nil {
				t.Fatal(err)
			}
			rate := float64(sent) / time.Since(start).Seconds()
			if err := errors.Join(w.Detach(), src.Finish()); err != nil {
				t.Fatal(err)
			}
			received := uint64(<-read)
			stats, err := w.Stats()
			if err != nil {
				t.Fatal(err)
			}
			var c Count
			for _, n := range stats.Counts {
				c.Sent, c.Limited, c.Lost, c.LeftOut = c.Sent+n.Sent, c.Limited+n.Limited, c.Lost+n.Lost, c.LeftOut+n.LeftOut
			}
			t.Logf("%d drops, %.0f each second: %d sent, %d limited, %d refused, %d filtered, %d missed",
				sent, rate, c.Sent, c.Limited, c.Lost, stats.Filtered, stats.Missed)
			if name == "rejected" {
				if c.Total() != 0 || stats.Filtered+stats.Missed < sent { // others' drops are rejected, too
					t.Errorf("%d filtered, %d counted", stats.Filtered, c.Total())
				}
				return
			}
			if c.Total()+stats.Missed != sent {
				t.Errorf("%d counted, %d missed, %d dropped", c.Total(), stats.Missed, sent)
			}
			if received != c.Sent {
				t.Errorf("%d received, %d sent", received, c.Sent)
			}
		})
	}
}
