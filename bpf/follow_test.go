// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"context"
	"errors"
	"fmt"
	"path"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// addLink makes an interface in the calling thread's namespace, and its peer.
func addLink(name string) error {
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	return netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "peer-" + name})
}

// onLink does something to an interface of the calling thread's namespace.
func onLink(name string, do func(netlink.Link) error) error {
	l, err := netlink.LinkByName(name)
	if err != nil {
		return err
	}
	return do(l)
}

// TestFollow checks that interfaces are followed as they appear, are renamed and go, by pattern and by name, and that the
// datapath is on those only.
func TestFollow(t *testing.T) {
	needBPF(t)
	n := newNamespace(t)
	d := newDatapath(t, Options{Connections: MinConnections})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	said := make(chan string, 10)
	n.do(func() error { return errors.Join(addLink("pod1"), addLink("other")) })
	n.do(func() error {
		found, err := d.Follow(ctx, func(name string) bool {
			matched, _ := path.Match("pod*", name)
			return matched || name == "eth7"
		}, func(c Change) { said <- fmt.Sprintf("%d %s %s, %d left, %v", c.Kind, c.Name, c.Detail, c.Left, c.Err) })
		if found != 1 {
			t.Errorf("%d interfaces were there", found)
		}
		return err
	})
	for _, step := range []struct {
		do   func() error
		want string
	}{
		{func() error { return nil }, fmt.Sprintf("%d pod1 , 1 left, <nil>", Appeared)},
		{func() error { return addLink("pod2") }, fmt.Sprintf("%d pod2 , 2 left, <nil>", Appeared)},
		{func() error {
			return onLink("other", func(l netlink.Link) error { return netlink.LinkSetName(l, "eth7") })
		}, fmt.Sprintf("%d eth7 , 3 left, <nil>", Appeared)},
		{func() error {
			return onLink("pod2", func(l netlink.Link) error { return netlink.LinkSetName(l, "old") })
		}, fmt.Sprintf("%d pod2 old, 3 left, <nil>", Renamed)},
		{func() error { return onLink("old", netlink.LinkDel) }, fmt.Sprintf("%d old , 2 left, <nil>", Gone)},
		{func() error { return onLink("pod1", netlink.LinkDel) }, fmt.Sprintf("%d pod1 , 1 left, <nil>", Gone)},
		{func() error { return addLink("pod1") }, fmt.Sprintf("%d pod1 , 2 left, <nil>", Appeared)},
	} {
		n.do(step.do)
		if diff := cmp.Diff(step.want, <-said); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// TestFollowLate has updates of interfaces that are gone by the time, one of which had the name of one that is there: nothing is
// said of them.
func TestFollowLate(t *testing.T) {
	needBPF(t)
	n := newNamespace(t)
	d := newDatapath(t, Options{Connections: MinConnections})
	n.do(func() error {
		if err := errors.Join(addLink("pod1"), d.Attach("pod1")); err != nil {
			return err
		}
		f := &follower{d: d, match: func(string) bool { return true }, changed: func(c Change) { t.Errorf("said %+v", c) }, refused: map[int]bool{}}
		for _, name := range []string{"pod1", "pod2"} {
			f.there(4711, name)
			f.gone(4711)
		}
		return nil
	})
	if isOver(nil) || isOver(unix.EPERM) || !isOver(fmt.Errorf("attach: %w", unix.ENODEV)) {
		t.Error("isOver")
	}
}

// TestGoneUntold looks at an interface that is gone before the kernel's message of that has come: nobody has taken the datapath
// off it, and what is watched beside it stays watched.
func TestGoneUntold(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			n := newNamespace(t)
			d := newDatapath(t, Options{Attach: mode, Connections: MinConnections})
			var got []string
			f := &follower{d: d, changed: func(c Change) {
				got = append(got, fmt.Sprintf("%d %s, %d left, %v", c.Kind, c.Name, c.Left, c.Err))
			}}
			var index int
			n.do(func() error { return errors.Join(addLink("pod1"), addLink("pod2"), d.Attach("pod1"), d.Attach("pod2")) })
			n.do(func() error {
				return onLink("pod1", func(l netlink.Link) error { index = l.Attrs().Index; return netlink.LinkDel(l) })
			})
			n.do(func() error { f.inspect(); f.gone(index); return nil })
			if diff := cmp.Diff([]string{fmt.Sprintf("%d pod1, 1 left, <nil>", Gone)}, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestFollowGoesOn checks that interfaces are followed again after the kernel has dropped messages, also if it does not list
// them at once: that is reported, and what has appeared meanwhile is found.
func TestFollowGoesOn(t *testing.T) {
	needBPF(t)
	n := newNamespace(t)
	d := newDatapath(t, Options{Connections: MinConnections})
	ctx, cancel := context.WithCancel(t.Context())
	subscriptions := 0
	var got []string
	f := &follower{d: d, refused: map[int]bool{}, match: func(name string) bool { return name == "pod1" }}
	f.subscribe = func() (*subscription, error) {
		s := &subscription{make(chan netlink.LinkUpdate), make(chan struct{})}
		switch subscriptions++; subscriptions {
		case 1: // the kernel drops messages at once
		case 2, 3:
			return nil, unix.EMFILE
		default:
			cancel()
		}
		close(s.updates)
		return s, nil
	}
	f.changed = func(c Change) {
		got = append(got, fmt.Sprintf("%d %s %v", c.Kind, c.Name, c.Err))
		if c.Kind == Unlisted && c.Err != nil {
			if err := addLink("pod1"); err != nil {
				t.Error(err)
			}
		}
	}
	n.do(func() error {
		started := make(chan error, 1)
		f.run(ctx, started)
		return <-started
	})
	want := []string{
		fmt.Sprintf("%d  subscribe to interfaces: %v", Unlisted, unix.EMFILE), fmt.Sprintf("%d pod1 <nil>", Appeared), fmt.Sprintf("%d  <nil>", Unlisted),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestOthersInterfere checks that it is noticed what others do: a program that they put before the datapath, and that
// they take the datapath off an interface. It is attached again, so that what it denies stays denied.
func TestOthersInterfere(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			n := newCable(t, 1500)[0]
			d := newDatapath(t, Options{Attach: mode, Connections: MinConnections})
			var got []string
			f := &follower{d: d, changed: func(c Change) {
				got = append(got, fmt.Sprintf("%d %s %q %v", c.Kind, c.Name, c.Detail, c.Err))
			}}
			p := foreign(t)
			n.do(func() error { return d.Attach("eth0") })
			n.do(func() error { f.inspect(); return nil })
			n.do(func() error { return takeOff(mode) })
			n.do(func() error { f.inspect(); return nil })
			n.wantOnInterface(wantAttached(mode))
			if mode == AttachTCX {
				n.do(func() error { return occupy(t, mode, p) })
				n.do(func() error { f.inspect(); f.inspect(); return nil })
			}
			want := []string{fmt.Sprintf("%d eth0 %q <nil>", Removed, "")}
			if mode == AttachTCX {
				id := programID(p)
				want = append(want, fmt.Sprintf("%d eth0 %q <nil>", Displaced, fmt.Sprintf("ingress: program %d", id)))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// TestRest checks that nobody looks for programs of others while there are no packets, and that the first packet is noticed
// although the datapath was taken off the interface and does not see it.
func TestRest(t *testing.T) {
	needBPF(t)
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			needMode(t, mode)
			cable := newCable(t, 1500)
			n := cable[0]
			d := newDatapath(t, Options{Attach: mode, Connections: MinConnections})
			f := &follower{d: d}
			defer f.wake()
			n.do(func() error { return d.Attach("eth0") })
			for rests := false; !rests; { // until the kernel has sent what it sends by itself
				n.do(func() error { rests = f.rest(); return nil })
			}
			n.do(func() error { return takeOff(mode) })
			if err := cable[1].SendFrame(make([]byte, 60)); err != nil {
				t.Fatal(err)
			}
			<-f.traffic()
			if !f.wake() || f.wake() || f.traffic() != nil {
				t.Error("it still rests")
			}
		})
	}
}

// TestFollowRemoved checks that Follow notices that the datapath was taken off an interface without anybody's looking, whether
// there are packets all the time or none for a while.
func TestFollowRemoved(t *testing.T) {
	needBPF(t)
	cable := newCable(t, 1500)
	d := newDatapath(t, Options{Connections: MinConnections})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	said := make(chan Change, 10)
	n := cable[0]
	n.do(func() error {
		_, err := d.Follow(ctx, func(name string) bool { return name == "eth0" }, func(c Change) { said <- c })
		return err
	})
	if c := <-said; c.Kind != Appeared || c.Err != nil {
		t.Fatalf("it said %+v", c)
	}
	mode := AttachFilter
	d.mu.Lock()
	if d.attached["eth0"].own != nil {
		mode = AttachTCX
	}
	d.mu.Unlock()
	n.do(func() error { return takeOff(mode) })
	for {
		if err := cable[1].SendFrame(make([]byte, 60)); err != nil {
			t.Fatal(err)
		}
		select {
		case c := <-said:
			if c.Kind != Removed || c.Err != nil {
				t.Errorf("it said %+v", c)
			}
			n.wantOnInterface(wantAttached(mode))
			return
		case <-time.After(time.Millisecond): // the next packet
		}
	}
}

// takeOff takes the datapath off eth0 of the calling thread's namespace, as somebody else would.
func takeOff(mode AttachMode) error {
	return onLink("eth0", func(l netlink.Link) error {
		if mode == AttachFilter {
			return netlink.QdiscDel(clsact(l))
		}
		on, err := link.QueryPrograms(link.QueryOptions{Target: l.Attrs().Index, Attach: ebpf.AttachTCXIngress})
		if err != nil {
			return err
		}
		id, _ := on.Programs[0].LinkID()
		raw, err := link.NewFromID(id)
		if err != nil {
			return err
		}
		defer raw.Close()
		return raw.Detach()
	})
}
