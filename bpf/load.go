// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"sync"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/features"
)

// Datapath is the datapath in the kernel: its programs, its maps, and the interfaces it is attached to. Its
// methods may be called from several goroutines at a time; after Close those that return an
// error fail with os.ErrClosed, but for Close and DetachAll, which do nothing then.
type Datapath struct {
	objs datapathObjects // of the programs, those that an interface needed
	spec *ebpf.CollectionSpec
	maps map[string]*ebpf.Map // by their names in C
	data *ebpf.Collection     // the maps of the variables
	mode AttachMode

	mu       sync.Mutex
	closed   bool
	cleaned  bool // what killed processes left behind has been removed
	attached map[string]*attachment

	rules   []Rule
	table   *table // what the maps hold of them
	numbers map[netip.Prefix]uint32
}

// Load puts the datapath's maps into the kernel; Attach adds the programs that an interface needs, since the verifier takes
// long over each. Close takes all of it out again; it is gone too once the process is.
//
// The error is a *SetupError if the machine or the caller's privileges do not allow it.
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
	d := &Datapath{spec: spec, mode: opts.Attach, attached: map[string]*attachment{}}
	if err := d.loadMaps(); err != nil {
		return nil, setupError(err)
	}
	return d, nil
}

// loadMaps loads the maps, those of the variables too, which all programs share.
func (d *Datapath) loadMaps() error {
	without := d.spec.Copy()
	without.Programs = nil
	c, err := ebpf.NewCollection(without)
	if err != nil {
		return err
	}
	d.data, d.maps = c, maps.Clone(c.Maps)
	err = errors.Join(c.Assign(&d.objs.datapathMaps), c.Assign(&d.objs.datapathVariables))
	if err != nil {
		c.Close()
	}
	return err
}

// setupError says what stands in the way of loading.
func setupError(err error) error {
	version, _ := features.LinuxVersionCode() // 0 if unknown: then nothing is said about it
	return loadError(err, version)
}

// loadPrograms loads the two programs for a kind of device, once: those for packets that start with a link-layer header,
// or those for packets that start with IP.
func (d *Datapath) loadPrograms(linkLayer bool) error {
	if d.program(linkLayer, Ingress) != nil {
		return nil
	}
	options := &ebpf.CollectionOptions{MapReplacements: d.maps}
	var err error
	if linkLayer {
		var p struct {
			Ingress *ebpf.Program `ebpf:"lockstep_ingress"`
			Egress  *ebpf.Program `ebpf:"lockstep_egress"`
		}
		err = d.spec.LoadAndAssign(&p, options)
		d.objs.LockstepIngress, d.objs.LockstepEgress = p.Ingress, p.Egress
	} else {
		var p struct {
			Ingress *ebpf.Program `ebpf:"lockstep_ingress_l3"`
			Egress  *ebpf.Program `ebpf:"lockstep_egress_l3"`
		}
		err = d.spec.LoadAndAssign(&p, options)
		d.objs.LockstepIngressL3, d.objs.LockstepEgressL3 = p.Ingress, p.Egress
	}
	if err != nil {
		return setupError(err)
	}
	return nil
}

// program returns the program for packets that start with a link-layer header, or with IP, in a direction; nil if it is not
// loaded.
func (d *Datapath) program(linkLayer bool, dir Direction) *ebpf.Program {
	switch {
	case linkLayer && dir == Ingress:
		return d.objs.LockstepIngress
	case linkLayer:
		return d.objs.LockstepEgress
	case dir == Ingress:
		return d.objs.LockstepIngressL3
	}
	return d.objs.LockstepEgressL3
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
	return errors.Join(d.detachAll(), d.closeObjects())
}

// closeObjects closes the programs and the maps.
func (d *Datapath) closeObjects() error {
	d.data.Close()
	return d.objs.Close()
}
