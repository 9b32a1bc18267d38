// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// mostTaps is on how many interfaces there may be taps at a time: each takes a descriptor, and the kernel some milliseconds
// to close.
const mostTaps = 128

// tap waits for the first packet on some interfaces, whether or not the datapath sees it: programs of others can hide packets
// from it. It is a packet socket on each interface, which gets what comes in before all programs there do, and what goes out
// after they have let it pass. Nothing wakes the process until then.
type tap struct {
	sockets []*os.File
	seen    chan struct{} // has an element once there was a packet
}

// newTap puts a tap on interfaces of the calling thread's network namespace. It needs the capability NET_RAW.
func newTap(indexes []int) (*tap, error) {
	if len(indexes) > mostTaps {
		return nil, fmt.Errorf("%d interfaces are too many to wait for packets on: at most %d", len(indexes), mostTaps)
	}
	t := &tap{seen: make(chan struct{}, 1)}
	for _, index := range indexes {
		s, err := tapSocket(index)
		if err != nil {
			t.close()
			return nil, fmt.Errorf("wait for packets: %w", err)
		}
		t.sockets = append(t.sockets, s)
	}
	for _, s := range t.sockets {
		go func() {
			_, err := s.Read(make([]byte, 1))
			if errors.Is(err, os.ErrClosed) {
				return
			}
			select { // any other error is a reason to look too: the interface is down, or gone
			case t.seen <- struct{}{}:
			default:
			}
		}()
	}
	return t, nil
}

// tapSocket opens a packet socket on an interface.
func tapSocket(index int) (*os.File, error) {
	// Of no protocol: it gets nothing until it is bound.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	protocol := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: index}); err != nil {
		_ = unix.Close(fd)
		return nil, os.NewSyscallError("bind", err)
	}
	// Reading the socket's error clears it: on an interface that is down it waits until that is up.
	_, _ = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	return os.NewFile(uintptr(fd), "packet socket"), nil
}

// close takes the tap off. The kernel waits some milliseconds for each socket.
func (t *tap) close() {
	for _, s := range t.sockets {
		_ = s.Close() // nothing was written to it
	}
}

// rest puts a tap on the interfaces that the datapath is on, if they had no packets since it was called last, and reports
// whether there is one now. What others do to the datapath matters only to packets: until there is one nobody needs to look.
func (f *follower) rest() bool {
	packets, err := f.d.packets()
	quiet := err == nil && packets == f.packets
	f.packets = packets
	if !quiet {
		return false
	}
	f.tap, err = newTap(f.d.indexes())
	return err == nil
}

// traffic returns what receives when there is a packet, nil while there is no tap.
func (f *follower) traffic() <-chan struct{} {
	if f.tap == nil {
		return nil
	}
	return f.tap.seen
}

// wake takes the tap off, and reports whether there was one.
func (f *follower) wake() bool {
	if f.tap == nil {
		return false
	}
	go f.tap.close()
	f.tap = nil
	return true
}

// packets returns how many packets the interfaces that the datapath is on have received and sent.
func (d *Datapath) packets() (sum uint64, err error) {
	on := d.indexes()
	links, err := netlink.LinkList()
	if err != nil {
		return 0, fmt.Errorf("count packets: %w", err)
	}
	for _, l := range links {
		if s := l.Attrs().Statistics; s != nil && slices.Contains(on, l.Attrs().Index) {
			sum += s.RxPackets + s.TxPackets
		}
	}
	return sum, nil
}
