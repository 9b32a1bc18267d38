// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	ev "github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/source/ring"
)

// watch is a datapath that watches real traffic, and what it has said so far.
type watch struct {
	tb testing.TB
	*Datapath
	src    *ring.Source
	events []event
	lost   uint64
}

// newWatch attaches a datapath to eth0 of the namespace.
func newWatch(tb testing.TB, n *namespace, opts Options) *watch {
	tb.Helper()
	needBPF(tb)
	if opts.Connections == 0 {
		opts.Connections = MinConnections // large tables take long to make
	}
	d, err := Load(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Close() })
	src, err := ring.New(context.Background(), d.Events(), ring.Options{Trailer: true, Reader: d.Reader(), Lost: d.Lost})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = src.Close() })
	n.do(func() error { return d.Attach("eth0") })
	return &watch{tb: tb, Datapath: d, src: src}
}

// stop detaches the datapath and reads what it has said to the end.
func (w *watch) stop() {
	w.tb.Helper()
	if err := w.Detach("eth0"); err != nil {
		w.tb.Fatal(err)
	}
	if err := w.src.Finish(); err != nil {
		w.tb.Fatal(err)
	}
	for {
		var pl ev.Event
		err := w.src.Next(&pl)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			w.tb.Fatal(err)
		}
		w.take(&pl)
	}
	stats, err := w.Stats()
	if err != nil {
		w.tb.Fatal(err)
	}
	if want := (Count{Sent: uint64(len(w.events)), Lost: w.lost}); stats.Total != want {
		w.tb.Errorf("counted %+v, received %+v", stats.Total, want)
	}
}

func (w *watch) take(pl *ev.Event) {
	w.tb.Helper()
	if pl.Kind == ev.Lost {
		w.lost += pl.Lost
		return
	}
	e, err := decode(pl.Raw)
	if err != nil {
		w.tb.Fatalf("%x: %v", pl.Raw, err)
	}
	w.events = append(w.events, e)
}

// about returns the words of the traces and drops of packets of a protocol, as the packets themselves say.
func (w *watch) about(proto string) []string {
	var out []string
	for _, e := range w.events {
		if e.Trace == nil && e.Drop == nil {
			continue
		}
		if bytes.Contains([]byte(monitor.GetConnectionSummary(e.Packet)), []byte(proto)) {
			out = append(out, e.String())
		}
	}
	return out
}

// wantNoFaults checks that nothing real was taken for malformed.
func (w *watch) wantNoFaults() {
	w.tb.Helper()
	for _, e := range w.events {
		if e.Drop != nil || e.Trace != nil && e.Trace.Reason == monitor.TraceReasonMalformed {
			w.tb.Errorf("%s: %x", e, e.Packet)
		}
	}
}

// TestTCPConversation watches a real connection at its server, from open to close, and holds the states in order.
func TestTCPConversation(t *testing.T) {
	for _, opts := range []Options{{}, {RingBuffer: true, Attach: AttachFilter}} {
		for _, server := range []string{cable4[1], cable6[1]} {
			c := newCable(t, 1500)
			c[1].echo(net.JoinHostPort(server, "5001"))
			w := newWatch(t, c[1], opts)
			c[0].talk(net.JoinHostPort(server, "5001"), []byte("hello"))
			waitFor(t, func() bool { return w.Stats0().Total.Sent >= 9 })
			w.stop()
			w.wantNoFaults()
			got := w.about(" tcp ")
			if !opts.RingBuffer { // each CPU has a ring of its own: the order is that of the rings
				slices.SortFunc(got, func(a, b string) int { return handshake(a) - handshake(b) })
			}
			got = slices.Compact(got)
			if len(got) < 3 || got[0] != "to-stack new" || got[1] != "from-stack reply" || got[2] != "to-stack established" ||
				slices.Contains(got[1:], "to-stack new") || slices.Contains(got, "from-stack new") {
				t.Errorf("%s: %v", server, got)
			}
		}
	}
}

// handshake returns the place of a trace in a handshake, as the server sees it.
func handshake(trace string) int {
	return slices.Index([]string{"to-stack new", "from-stack reply", "to-stack established"}, trace)
}

// Stats0 is Stats, for tests that cannot go on without.
func (w *watch) Stats0() Stats {
	s, err := w.Stats()
	if err != nil {
		w.tb.Fatal(err)
	}
	return s
}

// waitFor waits until something holds, and fails the test if it does not come to that.
func waitFor(tb testing.TB, holds func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatal("waited in vain")
		}
	}
}

// TestBulkTransfer sends much over TCP through a datapath that enforces: the kernel merges segments to packets of up to
// 64 KiB, or of more where that is set, and nothing of it may be taken for malformed.
func TestBulkTransfer(t *testing.T) {
	for _, big := range []bool{false, true} {
		for _, server := range []string{cable4[1], cable6[1]} {
			t.Run(fmt.Sprintf("big=%t %s", big, server), func(t *testing.T) {
				c, unmerged := newCable(t, 1500), uint32(1<<15)
				if big {
					needKernel(t, 6, 3, "BIG TCP for IPv4")
					unmerged = 1 << 16
					for _, n := range c {
						n.do(mergeMore)
					}
				}
				c[1].echo(net.JoinHostPort(server, "5001"))
				w := newWatch(t, c[1], Options{Enforce: true, Strict: true, CaptureLen: 64})
				for try := 0; try < 20 && w.largest() <= unmerged; try++ { // on a busy machine less is merged
					c[0].talk(net.JoinHostPort(server, "5001"), bytes.Repeat([]byte("much to say "), 1<<20))
					w.pending()
				}
				w.stop()
				w.wantNoFaults()
				if largest := w.largest(); largest <= unmerged {
					t.Errorf("the largest packet had %d bytes: nothing was merged", largest)
				}
			})
		}
	}
}

// largest returns how many bytes the largest packet had.
func (w *watch) largest() (n uint32) {
	for _, e := range w.events {
		if e.Trace != nil {
			n = max(n, e.Trace.OrigLen)
		}
	}
	return n
}

// mergeMore lets the kernel make packets that are longer than an IP header can say.
func mergeMore() error {
	eth0, err := netlink.LinkByName("eth0")
	if err != nil {
		return err
	}
	const most = 180000
	for _, set := range []func(netlink.Link, int) error{netlink.LinkSetGSOMaxSize, netlink.LinkSetGSOIPv4MaxSize,
		netlink.LinkSetGROMaxSize, netlink.LinkSetGROIPv4MaxSize} {
		if err := set(eth0, most); err != nil {
			return err
		}
	}
	return nil
}

// TestJumboAndFragments sends UDP in one large frame, and in fragments.
func TestJumboAndFragments(t *testing.T) {
	for _, mtu := range []int{9000, 1500} {
		for i := range cable4 {
			c := newCable(t, mtu)
			w := newWatch(t, c[1], Options{Enforce: true, Strict: true})
			address := []string{cable4[1], cable6[1]}[i]
			if err := c[0].Send(net.JoinHostPort(address, "5001"), make([]byte, 8800)); err != nil {
				t.Fatal(err)
			}
			waitFor(t, func() bool { return slices.Contains(w.pending(), "icmp") })
			w.stop()
			w.wantNoFaults()
			states := map[string]int{}
			for _, e := range w.events {
				states[e.String()]++
			}
			fragments := 1
			if mtu == 1500 {
				fragments = []int{6, 7}[i] // 8808 bytes, 1480 or 1448 in each
			}
			// Nobody listens there: the host says so, about a connection that is known.
			if states["to-stack new"] < 1 || states["to-stack new"] < fragments || states["from-stack related"] != 1 {
				t.Errorf("mtu %d, %s: %v", mtu, address, states)
			}
		}
	}
}

// pending reads what has been said so far and returns the kinds of packets in it.
func (w *watch) pending() (kinds []string) {
	for w.src.Ready() || len(kinds) == 0 {
		var pl ev.Event
		if err := w.src.Next(&pl); err != nil {
			w.tb.Fatal(err)
		}
		w.take(&pl)
		if e := w.events[len(w.events)-1]; e.Trace != nil && uint32(e.Trace.Reason) == monitor.CtRelated {
			kinds = append(kinds, "icmp")
		} else {
			kinds = append(kinds, "other")
		}
	}
	return kinds
}

// TestShortFrames sends frames that a test run refuses: those that end within the IP header, down to the shortest there
// can be.
func TestShortFrames(t *testing.T) {
	c := newCable(t, 1500)
	w := newWatch(t, c[1], Options{Enforce: true, Strict: true})
	m4, m6 := maker{tb: t}, maker{tb: t, v6: true}
	sent := 0
	for _, frame := range [][]byte{m4.tcp("S"), m6.tcp("S")} {
		for length := 14; length < shortest(frame); length++ {
			if c[0].SendFrame(frame[:length]) == nil {
				sent++
			}
		}
	}
	if sent < 50 {
		t.Fatalf("only %d frames could be sent", sent)
	}
	drops := func() uint64 { return w.Stats0().ByType[api.MessageTypeDrop].Sent }
	waitFor(t, func() bool { return drops() >= uint64(sent) })
	w.stop()
	for _, e := range w.events {
		if e.Drop != nil && e.Drop.SubType != api.DropInvalid {
			t.Errorf("%s: %x", e, e.Packet)
		}
	}
}

// TestDeniedConnection checks that a connection that the policy denies is not made, by either end, and that the drop says
// which level denied it.
func TestDeniedConnection(t *testing.T) {
	c := newCable(t, 1500)
	w := newWatch(t, c[1], Options{Enforce: true, Strict: true})
	if err := w.SetRule(Rule{Direction: Ingress, Deny: true, Proto: protoTCP, Port: 5001}); err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{cable4[1], cable6[1]} {
		c[1].echo(net.JoinHostPort(server, "5001"))
		c[1].echo(net.JoinHostPort(server, "5002"))
		if conn, err := c[0].Dial(net.JoinHostPort(server, "5001"), 300*time.Millisecond); err == nil {
			t.Errorf("%s: connected", server)
			_ = conn.Close()
		}
		c[0].talk(net.JoinHostPort(server, "5002"), []byte("hello"))
	}
	w.stop()
	var drops []string
	for _, e := range w.events {
		if e.Drop != nil {
			drops = append(drops, e.String())
		}
	}
	if got := slices.Compact(drops); len(drops) < 2 || len(got) != 1 || got[0] != "drop "+api.DropReason(api.DropPolicyL4) {
		t.Errorf("drops: %v", drops)
	}
}

// TestLoneEvent checks that an event on a quiet interface is read although none follows, by both kinds of ring. The time
// that it takes is logged: 11 to 13 ms on a quiet machine, since the reader polls every 20 ms.
func TestLoneEvent(t *testing.T) {
	for _, ringBuffer := range []bool{false, true} {
		c := newCable(t, 1500)
		w := newWatch(t, c[1], Options{RingBuffer: ringBuffer})
		seen := make(chan time.Time, 1000)
		go func() {
			for pl := new(ev.Event); w.src.Next(pl) == nil; {
				if bytes.Contains(pl.Raw, []byte("a lone event")) && pl.Raw[monitor.TraceNotifyLen+23] == protoUDP {
					seen <- time.Now() // and not when the host answers with an error that quotes it
				}
			}
		}()
		var took []time.Duration
		for i := range 21 {
			time.Sleep(time.Duration(30+i) * time.Millisecond)
			start := time.Now()
			if err := c[0].Send(net.JoinHostPort(cable4[1], "5001"), []byte("a lone event")); err != nil {
				t.Fatal(err)
			}
			select {
			case at := <-seen:
				took = append(took, at.Sub(start))
			case <-time.After(time.Minute):
				t.Fatalf("ring buffer %t: the event is not read", ringBuffer)
			}
		}
		slices.Sort(took)
		t.Logf("ring buffer %t: median %v, worst %v", ringBuffer, took[len(took)/2], took[len(took)-1])
	}
}
