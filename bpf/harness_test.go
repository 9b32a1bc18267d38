// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/perf"
	"github.com/cilium/ebpf/ringbuf"
	"github.com/google/gopacket"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// What tc programs return.
const (
	actUnspec = -1
	actShot   = 2
)

// harness is a loaded datapath that test runs send packets through, without any interface.
type harness struct {
	tb testing.TB
	*Datapath
	read     func() ([]byte, bool) // the next event that waits
	received uint64
}

// newHarness loads the datapath, with small tables since large ones take long to make, and reads its events.
func newHarness(tb testing.TB, opts Options) *harness {
	tb.Helper()
	needBPF(tb)
	spec, err := loadDatapath()
	if err != nil {
		tb.Fatal(err)
	}
	if opts.Connections == 0 {
		opts.Connections = MinConnections
	}
	return harnessFor(tb, spec, opts)
}

// harnessFor is newHarness for an object that the test may have changed.
func harnessFor(tb testing.TB, spec *ebpf.CollectionSpec, opts Options) *harness {
	tb.Helper()
	d, err := load(spec, opts)
	if err != nil {
		tb.Fatalf("%+v", err)
	}
	h := &harness{tb: tb, Datapath: d}
	tb.Cleanup(h.close)
	if opts.RingBuffer {
		h.readRing()
	} else {
		h.readPerf()
	}
	return h
}

// newDatapath loads a datapath for a test.
func newDatapath(tb testing.TB, o Options) *Datapath {
	tb.Helper()
	d, err := Load(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	return d
}

// loadAll loads the programs for every kind of device, as if there were an interface of each.
func loadAll(tb testing.TB, d *Datapath) {
	tb.Helper()
	for _, linkLayer := range []bool{true, false} {
		if err := d.loadPrograms(linkLayer); err != nil {
			tb.Fatalf("%+v", err)
		}
	}
}

// use returns the program for a kind of device and a direction. It is loaded now if it is not yet: the verifier takes long.
func (h *harness) use(linkLayer bool, dir Direction) *ebpf.Program {
	h.tb.Helper()
	if err := h.loadPrograms(linkLayer); err != nil {
		h.tb.Fatalf("%+v", err)
	}
	return h.program(linkLayer, dir)
}

// close checks that every event that was sent has been received, and that none was refused.
func (h *harness) close() {
	got, want := h.stats().Total, Count{Sent: h.received}
	if got != want {
		h.tb.Errorf("counted %+v, received %+v", got, want)
	}
	if err := h.Close(); err != nil {
		h.tb.Error(err)
	}
}

func (h *harness) readPerf() {
	const size = 4 << 20 // the program never wakes the reader, which costs it more than all the rest
	r, err := perf.NewReaderWithOptions(h.Events(), size, perf.ReaderOptions{Watermark: size - 1})
	if err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() { _ = r.Close() })
	h.read = func() ([]byte, bool) {
		r.SetDeadline(time.Unix(1, 0))
		rec, err := r.Read()
		if rec.LostSamples > 0 {
			h.tb.Fatalf("%d events lost", rec.LostSamples)
		}
		return rec.RawSample, h.more(err)
	}
}

func (h *harness) readRing() {
	r, err := ringbuf.NewReader(h.Events())
	if err != nil {
		h.tb.Fatal(err)
	}
	h.tb.Cleanup(func() { _ = r.Close() })
	h.read = func() ([]byte, bool) {
		r.SetDeadline(time.Unix(1, 0))
		rec, err := r.Read()
		return rec.RawSample, h.more(err)
	}
}

// more reports whether a read gave an event; no more is the only error it may give.
func (h *harness) more(err error) bool {
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		h.tb.Fatal(err)
	}
	return err == nil
}

// run sends a packet through the program of a direction of an Ethernet device. It returns what the program returned
// and what it reported.
func (h *harness) run(dir Direction, packet []byte) (int, []event) {
	h.tb.Helper()
	return h.runOn(device{linkLayer: true}, dir, packet)
}

// runOn is run for a kind of device. It checks that the packet is not changed.
func (h *harness) runOn(dev device, dir Direction, packet []byte) (int, []event) {
	h.tb.Helper()
	out := make([]byte, len(packet)+256)
	ret, err := h.use(dev.linkLayer, dir).Run(&ebpf.RunOptions{Data: packet, DataOut: out})
	if err != nil {
		h.tb.Fatalf("test run of %d bytes: %v", len(packet), err)
	}
	if !bytes.Equal(out[:len(packet)], packet) {
		h.tb.Fatalf("the packet was changed\n%x\n%x", packet, out[:len(packet)])
	}
	return int(int32(ret)), h.events()
}

func (h *harness) stats() Stats {
	s, err := h.Stats()
	if err != nil {
		h.tb.Fatal(err)
	}
	return s
}

// events reads and decodes all events that wait.
func (h *harness) events() []event {
	var events []event
	for {
		sample, ok := h.read()
		if !ok {
			return events
		}
		e, err := decode(sample)
		if err != nil {
			h.tb.Fatalf("event %x: %v", sample, err)
		}
		h.received++
		events = append(events, e)
	}
}

// event is a decoded notification: one of the pointers is set.
type event struct {
	Trace   *monitor.TraceNotify
	Drop    *monitor.DropNotify
	Debug   *monitor.DebugMsg
	Capture *monitor.DebugCapture
	Packet  []byte // cut to the captured length
	Raw     []byte // all that was sent
}

func decode(sample []byte) (e event, err error) {
	e.Raw = sample
	if len(sample) == 0 {
		return e, errors.New("empty")
	}
	var headerLen int
	var captured uint32
	switch sample[0] {
	case api.MessageTypeTrace:
		e.Trace = new(monitor.TraceNotify)
		err = e.Trace.Decode(sample)
		headerLen, captured = monitor.TraceNotifyLen, e.Trace.CapLen
	case api.MessageTypeDrop:
		e.Drop = new(monitor.DropNotify)
		err = e.Drop.Decode(sample)
		headerLen, captured = monitor.DropNotifyLen, e.Drop.CapLen
	case api.MessageTypeCapture:
		e.Capture = new(monitor.DebugCapture)
		err = e.Capture.Decode(sample)
		headerLen, captured = monitor.DebugCaptureLen, e.Capture.OrigLen
	case api.MessageTypeDebug:
		e.Debug = new(monitor.DebugMsg)
		return e, e.Debug.Decode(sample)
	default:
		return e, fmt.Errorf("message type %d", sample[0])
	}
	if err == nil && uint64(len(sample)) < uint64(headerLen)+uint64(captured) {
		err = fmt.Errorf("%d bytes captured, %d there", captured, len(sample)-headerLen)
	}
	if err != nil {
		return e, err
	}
	e.Packet = sample[headerLen : headerLen+int(captured)]
	return e, nil
}

// String says what the event is in few words, for tables of tests.
func (e event) String() string {
	switch {
	case e.Trace != nil && e.Trace.Reason == monitor.TraceReasonMalformed:
		return fmt.Sprintf("%s malformed: %s", monitor.TracePoint(e.Trace.ObsPoint), api.DropReason(e.Trace.Pad))
	case e.Trace != nil && e.Trace.Reason == monitor.TraceReasonDenied:
		return fmt.Sprintf("%s denied by rule %d", monitor.TracePoint(e.Trace.ObsPoint), e.Trace.Pad)
	case e.Trace != nil:
		return fmt.Sprintf("%s %s", monitor.TracePoint(e.Trace.ObsPoint), monitor.TraceReason(e.Trace.Reason))
	case e.Drop != nil:
		return "drop " + api.DropReason(e.Drop.SubType)
	case e.Capture != nil:
		return monitor.DbgCaptureCode(e.Capture.SubType).String()
	case e.Debug != nil:
		return monitor.DbgCode(e.Debug.SubType).String()
	}
	return "nothing"
}

// texts returns the words of all events.
func texts(events []event) []string {
	var out []string
	for _, e := range events {
		out = append(out, e.String())
	}
	return out
}

// pack serializes layers, with lengths and checksums filled in.
func pack(tb testing.TB, layers ...gopacket.SerializableLayer) []byte {
	tb.Helper()
	buf := gopacket.NewSerializeBuffer()
	opts := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(buf, opts, layers...); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}
