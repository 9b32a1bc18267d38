// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
)

// Datapath is the datapath in the kernel: its programs, its maps, and the interfaces it is attached to. Its
// methods may be called from several goroutines at a time; after Close they fail with os.ErrClosed.
type Datapath struct {
	objs datapathObjects
	mode AttachMode

	mu       sync.Mutex
	closed   bool
	cleaned  bool // what killed processes left behind has been removed
	attached map[string]*attachment

	rules   []Rule
	table   *table // what the maps hold of them
	numbers map[netip.Prefix]uint32
}

// Load puts the datapath into the kernel. It looks at no packet before Attach. Close takes it out again; it is
// gone too once the process is.
//
// The error is a *SetupError if the machine or the caller's privileges stand in the way.
func Load(opts Options) (*Datapath, error) {
	spec, err := loadDatapath()
	if err != nil {
		return nil, fmt.Errorf("read the datapath's object: %w", err)
	}
	return load(spec, opts)
}

// load loads what Load has read.
func load(spec *ebpf.CollectionSpec, opts Options) (*Datapath, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	if err := opts.apply(spec); err != nil {
		return nil, err
	}
	if err := probe(); err != nil {
		return nil, err
	}
	d := &Datapath{mode: opts.Attach, attached: map[string]*attachment{}}
	if err := spec.LoadAndAssign(&d.objs, nil); err != nil {
		version, _ := features.LinuxVersionCode() // 0 if unknown: then nothing is said about it
		return nil, loadError(err, version)
	}
	return d, nil
}

// open locks the datapath for a method that needs its maps. It fails with os.ErrClosed, and without the lock, once they
// are closed.
func (d *Datapath) open() error {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return fmt.Errorf("the datapath: %w", os.ErrClosed)
	}
	return nil
}

// Events returns the map that notifications come out of: a perf event array or a ring buffer, as its type tells. It
// belongs to the datapath; do not close it.
func (d *Datapath) Events() *ebpf.Map { return d.objs.Events }

// Reader returns the map by which the reader of a ring buffer tells the programs that it sleeps (ring.Options.Reader). It
// belongs to the datapath; do not close it.
func (d *Datapath) Reader() *ebpf.Map { return d.objs.RingReader }

// Close detaches the datapath from every interface and takes it out of the kernel. Further calls do nothing.
func (d *Datapath) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil
	}
	d.closed = true
	return errors.Join(d.detachAll(), d.objs.Close())
}
