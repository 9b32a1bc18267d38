// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/thread"
)

// ChangeKind is what has happened to an interface, or on it.
type ChangeKind uint8

// The kinds of changes.
const (
	// Appeared: an interface is there that was asked for, and the datapath is on it. If that failed, Err says why.
	Appeared ChangeKind = iota + 1
	// Gone: an interface that the datapath was on was removed, or moved to another namespace.
	Gone
	// Renamed: an interface that the datapath is on has another name, which is Detail.
	Renamed
	// Displaced: other programs run before the datapath, and what they drop or accept for good it does not see.
	// Detail names them; if it is empty there are none any more.
	Displaced
	// Removed: another program has taken the datapath off an interface. It is on it again, unless Err is set.
	Removed
	// Unlisted: the kernel does not list the interfaces, for the reason in Err, so what appears and what goes is not noticed.
	// Follow tries again each second; if Err is nil, it has succeeded.
	Unlisted
)

// Change is what has happened to an interface that is followed.
type Change struct {
	Kind   ChangeKind
	Name   string // of the interface
	Left   int    // how many interfaces the datapath is on
	Detail string
	Err    error
}

// inspectEvery is how often Follow looks for programs of others while there are packets: the kernel tells nobody of those.
const inspectEvery = 2 * time.Second

// listEvery is how long Follow waits before it tries again to list interfaces.
const listEvery = time.Second

// Follow attaches to the interfaces of the calling thread's network namespace whose names match, and returns how many
// those are. Until ctx is done it goes on: with those that appear, get a name that matches, or have one no more, and with
// what others do to the datapath on them. It calls changed, which must not call the datapath's methods that attach and
// detach for the same interface, from a goroutine of its own; the first calls come before Follow returns. Cancel ctx when you
// close the datapath.
func (d *Datapath) Follow(ctx context.Context, match func(name string) bool, changed func(Change)) (int, error) {
	if err := d.open(); err != nil {
		return 0, fmt.Errorf("follow interfaces: %w", err)
	}
	d.mu.Unlock()
	space, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return 0, fmt.Errorf("follow interfaces: %w", err)
	}
	f := &follower{d: d, match: match, changed: changed, subscribe: subscribe, refused: map[int]bool{}}
	started := make(chan error, 1)
	thread.Go(func() {
		defer space.Close() //nolint:errcheck // nothing was written to it
		if err := enter(space); err != nil {
			started <- err
			return
		}
		f.run(ctx, started)
	})
	if err := <-started; err != nil {
		return 0, fmt.Errorf("follow interfaces: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.attached), nil
}

// enter moves the calling thread to a network namespace, unless it is there.
func enter(space *os.File) error {
	var want, have unix.Stat_t
	if err := unix.Fstat(int(space.Fd()), &want); err != nil {
		return err
	}
	if err := unix.Stat("/proc/thread-self/ns/net", &have); err == nil && have.Ino == want.Ino && have.Dev == want.Dev {
		return nil
	}
	return unix.Setns(int(space.Fd()), unix.CLONE_NEWNET)
}

// follower follows interfaces, on a thread in their namespace.
type follower struct {
	d       *Datapath
	match   func(string) bool
	changed func(Change)

	subscribe func() (*subscription, error)
	refused   map[int]bool // interfaces of which it was said that the datapath cannot be on them

	packets uint64 // of the interfaces that the datapath is on, when it was last counted
	tap     *tap   // while there are none; nil if it looks at intervals
}

// run follows interfaces until ctx is done. It reports on started whether it has begun.
func (f *follower) run(ctx context.Context, started chan<- error) {
	defer f.wake()
	s, err := f.begin()
	f.inspect()
	started <- err
	for err == nil {
		f.listen(ctx, s.updates)
		s.close()
		s, err = f.again(ctx)
	}
}

// begin listens before it looks what there is, so that nothing is missed.
func (f *follower) begin() (*subscription, error) {
	s, err := f.subscribe()
	if err != nil {
		return nil, fmt.Errorf("subscribe to interfaces: %w", err)
	}
	if err := f.look(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// again begins anew when the kernel has dropped messages, which happens when very many interfaces come and go. It goes on trying,
// and fails only when ctx is done.
func (f *follower) again(ctx context.Context) (*subscription, error) {
	for failed := false; ctx.Err() == nil; failed = true {
		s, err := f.begin()
		if err == nil {
			if failed {
				f.changed(Change{Kind: Unlisted})
			}
			return s, nil
		}
		if !failed {
			f.changed(Change{Kind: Unlisted, Err: err})
		}
		select {
		case <-ctx.Done():
		case <-time.After(listEvery):
		}
	}
	return nil, ctx.Err()
}

// subscription is the kernel's messages about interfaces. The channel is closed when the kernel has dropped some.
type subscription struct {
	updates chan netlink.LinkUpdate
	done    chan struct{}
}

// subscribe asks the kernel for messages about the interfaces of the thread's network namespace.
func subscribe() (*subscription, error) {
	s := &subscription{make(chan netlink.LinkUpdate, 256), make(chan struct{})}
	err := netlink.LinkSubscribeWithOptions(s.updates, s.done, netlink.LinkSubscribeOptions{
		ErrorCallback: func(error) {}, // the channel is closed
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// close ends the subscription, and reads what is left: its goroutine would wait for that.
func (s *subscription) close() {
	close(s.done)
	for range s.updates {
	}
}

// listen handles updates until there are no more of this subscription, and looks for programs of others: at intervals while
// there are packets, and with the first packet after a pause.
func (f *follower) listen(ctx context.Context, updates <-chan netlink.LinkUpdate) {
	f.wake()
	tick := time.NewTimer(inspectEvery) // runs while there is no tap
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if !f.rest() {
				tick.Reset(inspectEvery)
			}
			f.inspect() // now that no packet is missed, if it rests
		case <-f.traffic():
			f.wake()
			f.inspect()
			tick.Reset(inspectEvery)
		case u, ok := <-updates:
			if !ok {
				return
			}
			f.update(u)
			if f.wake() { // the interfaces are perhaps others
				tick.Reset(inspectEvery)
			}
		}
	}
}

// update handles an update of an interface.
func (f *follower) update(u netlink.LinkUpdate) {
	switch {
	case u.Family == unix.AF_BRIDGE: // it joined or left a bridge
	case u.Header.Type == unix.RTM_DELLINK:
		f.gone(int(u.Index))
	case u.Header.Type == unix.RTM_NEWLINK && u.Link != nil:
		f.there(u.Attrs().Index, u.Attrs().Name)
	}
}

// look handles the interfaces that there are, and those that are gone since it looked last.
func (f *follower) look() error {
	links, err := netlink.LinkList()
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // an interface came or went: it is told
		return fmt.Errorf("list interfaces: %w", err)
	}
	present := map[int]bool{}
	for _, l := range links {
		present[l.Attrs().Index] = true
		f.there(l.Attrs().Index, l.Attrs().Name)
	}
	for _, index := range f.d.indexes() {
		if !present[index] {
			f.gone(index)
		}
	}
	return nil
}

// gone handles an interface that is not there any more.
func (f *follower) gone(index int) {
	delete(f.refused, index)
	if name, left, was := f.d.forget(index); was {
		f.changed(Change{Kind: Gone, Name: name, Left: left})
	}
}

// there handles an interface that has a name.
func (f *follower) there(index int, name string) {
	old, isOn := f.d.rename(index, name)
	switch {
	case isOn && old != name:
		f.changed(Change{Kind: Renamed, Name: old, Detail: name, Left: len(f.d.indexes())})
		return
	case isOn || f.refused[index] || !f.match(name):
		return
	}
	err := f.d.Attach(name)
	switch {
	case isOver(err):
		return
	case err != nil:
		f.refused[index] = true
	}
	f.changed(Change{Kind: Appeared, Name: name, Left: len(f.d.indexes()), Err: err})
}

// isOver reports whether an interface could not be attached to because it is gone again, and perhaps another has its name, or because
// the datapath is closed. Updates come late where interfaces come and go quickly.
func isOver(err error) bool {
	var setup *SetupError
	if errors.As(err, &setup) && (setup.Problem == NoInterface || setup.Problem == AlreadyAttached) {
		return true
	}
	return errors.Is(err, os.ErrClosed) || errors.Is(err, unix.ENODEV)
}

// indexes returns the interfaces that the datapath is on.
func (d *Datapath) indexes() (all []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range d.attached {
		all = append(all, a.index)
	}
	return all
}

// rename makes the datapath know an interface by its name of today. It returns the name that it was known by, and false if
// the datapath is not on it.
func (d *Datapath) rename(index int, name string) (old string, isOn bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for old, a := range d.attached {
		if a.index != index {
			continue
		}
		if old != name {
			if other := d.attached[name]; other != nil {
				_ = other.detach() // it had the name before, and is gone
			}
			delete(d.attached, old)
			d.attached[name] = a
		}
		return old, true
	}
	return "", false
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
