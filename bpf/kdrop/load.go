// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
	"github.com/cilium/ebpf/link"

	"github.com/lockstep-bpf/lockstep/bpf/internal/variables"
	"github.com/lockstep-bpf/lockstep/internal/cpus"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// The tracepoints.
const (
	tpDrop          = "kfree_skb"
	tpRetransmit    = "tcp_retransmit_skb"
	tpResetSent     = "tcp_send_reset"
	tpResetReceived = "tcp_receive_reset"
)

// Options says what to report. The zero value reports every packet that is lost, with its first 128 bytes, and up to
// 20,000 messages a second.
type Options struct {
	// All also reports packets that are not lost: those that the kernel frees without a reason, and what is sent between
	// processes of this host without a network.
	All bool

	// TCP reports retransmissions and resets of TCP too.
	TCP bool

	// Stack adds the functions that led to a drop.
	Stack bool

	// CaptureLen is at most how many bytes of a packet a message carries: 0 stands for 128, a negative number for
	// none. From MinCaptureLen to MaxCaptureLen.
	CaptureLen int

	// Rate is at most how many messages a second are sent, by all CPUs together: 0 stands for 20,000, a negative
	// number for no bound. What it holds back is counted.
	Rate int

	// RingBytes is the size of the ring buffer, a power of two and a multiple of the page size. 0 stands for 16 MiB.
	RingBytes int

	// Filter says which packets to report.
	Filter Filter

	// Symbols finds the functions that lose packets without a reason. Without it such packets are left out, unless All is
	// set: most packets without a reason are no loss.
	Symbols *Symbols

	// Raw uses raw tracepoints even where the kernel offers better ones.
	Raw bool
}

const (
	defaultCapture   = 128
	defaultRate      = 20_000
	defaultRingBytes = 16 << 20
)

// check reports what is wrong with the options.
func (o *Options) check() error {
	if o.CaptureLen > MaxCaptureLen || o.CaptureLen > 0 && o.CaptureLen < MinCaptureLen {
		return fmt.Errorf("capture length %d: from %d to %d bytes are possible", o.CaptureLen, MinCaptureLen, MaxCaptureLen)
	}
	if n := o.RingBytes; n != 0 && (n < os.Getpagesize() || n > 1<<30 || n&(n-1) != 0) {
		return fmt.Errorf("ring buffer of %d bytes: the size must be a power of two from %d to %d", n, os.Getpagesize(), 1<<30)
	}
	return o.Filter.check()
}

// captureLen returns how many bytes of a packet a message carries.
func (o *Options) captureLen() int {
	switch {
	case o.CaptureLen < 0:
		return 0
	case o.CaptureLen == 0:
		return defaultCapture
	}
	return (o.CaptureLen + 7) &^ 7 // what follows is aligned
}

// stackLen returns how many bytes of return addresses a record has room for.
func (o *Options) stackLen() int {
	if !o.Stack {
		return 0
	}
	return 8 * MaxStack
}

// perPeriod returns how many messages a CPU may send in a period.
func (o *Options) perPeriod() uint64 {
	rate := o.Rate
	switch {
	case rate < 0:
		return ^uint64(0)
	case rate == 0:
		rate = defaultRate
	}
	senders := runtime.NumCPU()
	if online, err := cpus.Online(); err == nil {
		senders = len(online) // also those that this process may not run on
	}
	periods := 1e9 / float64(uint64(1)<<periodShift)
	return max(1, uint64(float64(rate)/periods/float64(senders)))
}

// apply writes the options to the variables and maps of the collection.
func (o *Options) apply(spec *ebpf.CollectionSpec, reasons *Reasons) error {
	size := o.RingBytes
	if size == 0 {
		size = defaultRingBytes
	}
	spec.Maps[kdropMapKdropEvents].MaxEntries = uint32(size)
	values := o.Filter.variables()
	values[kdropVarCfgAll] = o.All
	values[kdropVarCfgReason] = o.Filter.reasons(reasons, o.All)
	values[kdropVarCfgCaptureLen] = uint32(o.captureLen())
	values[kdropVarCfgStackLen] = uint32(o.stackLen())
	values[kdropVarCfgRate] = o.perPeriod()
	values[kdropVarCfgLoss], values[kdropVarCfgLosses] = o.Symbols.losses()
	values[kdropVarCfgDropArgs] = uint32(reasons.dropArgs)
	values[kdropVarCfgResetArgs] = uint32(reasons.resetArgs)
	return variables.Set(spec, values)
}

// program is a program, in its two variants, and the tracepoint that it belongs to.
type program struct {
	kind       kernel.Kind
	tracepoint string
	typed, raw string // their names in the object
}

// programs returns those that the options ask for.
func (o *Options) programs() []program {
	programs := []program{{kernel.KindDrop, tpDrop, kdropProgKdropDrop, kdropProgKdropDropRaw}}
	if o.TCP {
		programs = append(programs,
			program{kernel.KindRetransmit, tpRetransmit, kdropProgKdropRetransmit, kdropProgKdropRetransmitRaw},
			program{kernel.KindResetSent, tpResetSent, kdropProgKdropResetSent, kdropProgKdropResetSentRaw},
			program{kernel.KindResetReceived, tpResetReceived, kdropProgKdropResetReceived, kdropProgKdropResetReceivedRaw})
	}
	return programs
}

// Watch is the programs in the kernel, and their maps. Its methods may be called from several goroutines at a time. After
// Close, Attach, Lost, Stats and NewSource fail with os.ErrClosed, and Detach does nothing.
type Watch struct {
	opts    Options
	reasons *Reasons
	coll    *ebpf.Collection
	refusal error // why Raw was set

	mu     sync.RWMutex // held to read while the maps are used
	links  []link.Link
	closed bool
}

// Load puts the programs into the kernel. They report nothing before Attach. Close takes them out again; they are gone too
// once the process is.
//
// The reasons, which name those in Stats and in messages, may be nil: then Load reads them itself. They may be shared.
//
// The error is a *SetupError if the machine or the caller's privileges do not allow it. Other errors say which option is
// not possible, or why the kernel does not take a program.
func Load(opts Options, reasons *Reasons) (*Watch, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	if err := probe(); err != nil {
		return nil, err
	}
	if reasons == nil {
		var err error
		if reasons, err = LoadReasons(); err != nil {
			return nil, err
		}
	}
	for _, p := range opts.programs() {
		if !reasons.tracepoints[p.tracepoint] {
			return nil, &SetupError{Subject: "watch " + p.tracepoint, Problem: NoTracepoint}
		}
	}
	coll, refusal, err := loadEither(&opts, func() (*ebpf.Collection, error) { return load(opts, reasons) })
	if err != nil {
		version, _ := features.LinuxVersionCode() // 0 if unknown: then nothing is said about it
		return nil, loadError(err, version)
	}
	return &Watch{opts: opts, reasons: reasons, coll: coll, refusal: refusal}, nil
}

// loadEither loads the programs, and those for raw tracepoints if the verifier refuses the typed ones, with reads of the
// kernel's structs that it does not know. It sets opts.Raw then, and returns the refusal.
func loadEither(opts *Options, load func() (*ebpf.Collection, error)) (coll *ebpf.Collection, refusal, err error) {
	coll, err = load()
	var refused *ebpf.VerifierError
	if opts.Raw || !errors.As(err, &refused) {
		return coll, nil, err
	}
	opts.Raw = true
	again, errRaw := load()
	if errRaw != nil {
		opts.Raw = false
		return nil, nil, err
	}
	return again, err, nil
}

// Refusal returns why raw tracepoints are used, which cost more for each packet, although typed ones were asked for: what the
// verifier says of these. It is nil where they are used.
func (w *Watch) Refusal() error { return w.refusal }

// load loads the programs that the options ask for, in the variant that they ask for.
func load(opts Options, reasons *Reasons) (*ebpf.Collection, error) {
	spec, err := loadKdrop()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	if err := opts.apply(spec, reasons); err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, p := range opts.programs() {
		wanted[p.name(opts.Raw)] = true
	}
	for name := range spec.Programs {
		if !wanted[name] {
			delete(spec.Programs, name)
		}
	}
	return ebpf.NewCollection(spec)
}

// name returns the name of one of the variants.
func (p *program) name(raw bool) string {
	if raw {
		return p.raw
	}
	return p.typed
}

// Attach starts the reports. It does nothing if they are started already. The error is a *SetupError if the caller lacks the
// privileges.
func (w *Watch) Attach() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.open(); err != nil || len(w.links) > 0 {
		return err
	}
	for _, p := range w.opts.programs() {
		l, err := w.attach(p)
		if err != nil {
			return errors.Join(attachError(p, err), w.detach())
		}
		w.links = append(w.links, l)
	}
	return nil
}

func (w *Watch) attach(p program) (link.Link, error) {
	prog := w.coll.Programs[p.name(w.opts.Raw)]
	if w.opts.Raw {
		return link.AttachRawTracepoint(link.RawTracepointOptions{Name: p.tracepoint, Program: prog})
	}
	return link.AttachTracing(link.TracingOptions{Program: prog})
}

// attachError says why a program could not be put onto its tracepoint.
func attachError(p program, err error) error {
	if errors.Is(err, os.ErrPermission) {
		return &SetupError{Subject: "watch " + p.tracepoint, Problem: NoPermission, Err: err}
	}
	return fmt.Errorf("watch %s: %w", p.tracepoint, err)
}

// open returns an error that wraps os.ErrClosed after Close. The caller has locked the watch.
func (w *Watch) open() error {
	if w.closed {
		return fmt.Errorf("watch the kernel: %w", os.ErrClosed)
	}
	return nil
}

// Detach ends the reports. What was counted stays.
func (w *Watch) Detach() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.detach()
}

func (w *Watch) detach() error {
	var errs []error
	for _, l := range w.links {
		errs = append(errs, l.Close())
	}
	w.links = nil
	return errors.Join(errs...)
}

// Events returns the ring buffer that records come out of. It belongs to the watch; do not close it.
func (w *Watch) Events() *ebpf.Map { return w.coll.Maps[kdropMapKdropEvents] }

// Reader returns the map by which the programs know whether the reader of the ring buffer sleeps. It belongs to the watch.
func (w *Watch) Reader() *ebpf.Map { return w.coll.Maps[kdropMapKdropReader] }

// Close takes the programs out of the kernel. Further calls do nothing.
func (w *Watch) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	err := w.detach()
	w.coll.Close()
	return err
}
