// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cilium/ebpf/ringbuf"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// needBPF skips the test where BPF cannot be used at all, and fails it where LOCKSTEP_REQUIRE says that it can.
func needBPF(tb testing.TB) *Reasons {
	tb.Helper()
	reasons, err := loaded()
	if err == nil {
		return reasons
	}
	var setup *SetupError
	required := slices.Contains(strings.Split(os.Getenv("LOCKSTEP_REQUIRE"), ","), "bpf")
	if required || !errors.As(err, &setup) {
		tb.Fatal(err)
	}
	tb.Skip(err)
	return nil
}

// loaded are the reasons, or why BPF cannot be used. They are read once: it takes a while.
var loaded = sync.OnceValues(func() (*Reasons, error) {
	if err := probe(); err != nil {
		return nil, err
	}
	return LoadReasons()
})

// lab is two namespaces with a cable between them, and a watch on the kernel. Other drops of the machine come along: the
// test looks at those of its namespaces only.
type lab struct {
	tb    testing.TB
	cable netlab.Cable
	netns [2]uint32
	watch *Watch
	ring  *ringbuf.Reader
	done  *Completer
}

func newLab(tb testing.TB, opts Options) *lab {
	tb.Helper()
	return watchCable(tb, newCable(tb), opts)
}

// newCable makes the two namespaces, whose ends know each other.
func newCable(tb testing.TB) netlab.Cable {
	tb.Helper()
	needBPF(tb)
	cable, err := netlab.NewCable(1500)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(cable.Close)
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
		if err := cable[0].Ping(address); err != nil {
			tb.Fatal(err)
		}
	}
	return cable
}

// symbols are read once: it takes a while.
var symbols = sync.OnceValues(LoadSymbols)

// watchCable watches the kernel. One cable may be watched several times, one after the other.
func watchCable(tb testing.TB, cable netlab.Cable, opts Options) *lab {
	tb.Helper()
	needBPF(tb)
	l := &lab{tb: tb, cable: cable, netns: numbers(tb, cable)}
	l.watch = loadWatch(tb, opts)
	var err error
	if l.ring, err = ringbuf.NewReader(l.watch.Events()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.ring.Close() })
	l.done = NewCompleter(l.watch, l.watch.opts.Symbols)
	if err := l.watch.Attach(); err != nil {
		tb.Fatal(err)
	}
	return l
}

// numbers returns the inode numbers of the namespaces of a cable.
func numbers(tb testing.TB, cable netlab.Cable) (numbers [2]uint32) {
	tb.Helper()
	for i, n := range cable {
		err := n.Do(func() error {
			var ok bool
			if numbers[i], ok = inodeOf("/proc/thread-self/ns/net"); !ok {
				return errors.New("the namespace has no number")
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	return numbers
}

// loadWatch loads a watch on the kernel, which reports nothing yet.
func loadWatch(tb testing.TB, opts Options) *Watch {
	tb.Helper()
	reasons := needBPF(tb)
	symbols, err := symbols()
	if err != nil && !errors.Is(err, ErrHidden) {
		tb.Fatal(err)
	}
	opts.Symbols = symbols
	w, err := Load(opts, reasons)
	if err != nil {
		tb.Fatalf("%+v", err)
	}
	tb.Cleanup(func() { _ = w.Close() })
	return w
}

// message is a message and what follows it.
type message struct {
	kernel.Notify
	packet gopacket.Packet
	stack  string
}

// either stands for both ends of the cable.
const either = -1

// messages stops the watch and returns what it reported of one of the namespaces.
func (l *lab) messages(end int) []*message {
	l.tb.Helper()
	if err := errors.Join(l.cable[0].Settle(), l.watch.Detach()); err != nil {
		l.tb.Fatal(err)
	}
	var out []*message
	for {
		l.ring.SetDeadline(time.Unix(1, 0)) // what is there, and no more
		rec, err := l.ring.Read()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return out
		}
		if err != nil {
			l.tb.Fatal(err)
		}
		raw, err := l.done.Append(nil, rec.RawSample)
		if err != nil {
			l.tb.Fatal(err)
		}
		m := l.decode(raw)
		if end == either && slices.Contains(l.netns[:], m.NetNS) || end != either && m.NetNS == l.netns[end] {
			out = append(out, m)
		}
	}
}

// decode takes a message apart.
func (l *lab) decode(raw []byte) *message {
	l.tb.Helper()
	m := &message{}
	if err := m.Decode(raw); err != nil {
		l.tb.Fatal(err)
	}
	rest := raw[kernel.NotifyLen:]
	m.packet = gopacket.NewPacket(rest[:m.CapLen], layers.LayerTypeEthernet, gopacket.Default)
	m.stack = string(rest[m.CapLen:])
	if len(m.stack) != int(m.StackLen) {
		l.tb.Errorf("%d bytes of stack, want %d", len(m.stack), m.StackLen)
	}
	return m
}

// only returns the messages with a reason, which must be there.
func only(tb testing.TB, messages []*message, reason string) []*message {
	tb.Helper()
	var out []*message
	for _, m := range messages {
		if m.ReasonString() == reason {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		for _, m := range messages {
			tb.Logf("%s %s %s %s", kernel.Kind(m.SubType), m.ReasonString(), m.FunctionString(), m.DeviceString())
		}
		tb.Fatalf("no message with reason %s", reason)
	}
	return out
}

// flow returns who the packet is from and who it is for.
func (m *message) flow() (src, dst netip.AddrPort) {
	network, transport := m.packet.NetworkLayer(), m.packet.TransportLayer()
	if network == nil {
		return src, dst
	}
	var ports [2]uint16
	if transport != nil {
		from, to := transport.TransportFlow().Endpoints()
		ports = [2]uint16{binary.BigEndian.Uint16(from.Raw()), binary.BigEndian.Uint16(to.Raw())}
	}
	from, to := network.NetworkFlow().Endpoints()
	source, _ := netip.AddrFromSlice(from.Raw())
	destination, _ := netip.AddrFromSlice(to.Raw())
	return netip.AddrPortFrom(source, ports[0]), netip.AddrPortFrom(destination, ports[1])
}
