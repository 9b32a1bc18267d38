// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// DetachAll takes the datapath off all its interfaces.
func (d *Datapath) DetachAll() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.detachAll()
}

func (d *Datapath) detachAll() error {
	var errs []error
	for name, a := range d.attached {
		if err := a.detach(); err != nil {
			errs = append(errs, fmt.Errorf("detach from %s: %w", name, err))
		}
		delete(d.attached, name)
	}
	return errors.Join(errs...)
}

// Vanished calls gone for each interface of the calling thread's network namespace that the datapath was attached to
// and that is removed, until ctx is done; it has then been detached. left is how many interfaces are still watched. It
// returns once it listens.
func (d *Datapath) Vanished(ctx context.Context, gone func(name string, left int)) error {
	updates := make(chan netlink.LinkUpdate, 64)
	err := netlink.LinkSubscribeWithOptions(updates, ctx.Done(), netlink.LinkSubscribeOptions{
		ErrorCallback: func(error) {}, // the channel closes: nothing more is learnt, and nothing else is lost
	})
	if err != nil {
		return fmt.Errorf("listen for interfaces that vanish: %w", err)
	}
	go func() {
		for u := range updates {
			if u.Header.Type != unix.RTM_DELLINK || u.Family == unix.AF_BRIDGE { // or it only left a bridge
				continue
			}
			if name, left, was := d.forget(int(u.Index)); was {
				gone(name, left)
			}
		}
	}()
	return nil
}

// forget detaches from an interface that is not there any more. It returns the name that the datapath knew it by.
func (d *Datapath) forget(index int) (name string, left int, was bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, a := range d.attached {
		if a.index == index {
			_ = a.detach() // there is nothing left to fail at
			delete(d.attached, name)
			return name, len(d.attached), true
		}
	}
	return "", len(d.attached), false
}
