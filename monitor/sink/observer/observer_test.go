// SPDX-License-Identifier: Apache-2.0

package observer_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// node is a server with what it is given.
type node struct {
	*observer.Server
	addr    string
	decoder event.Decoder
	time    int64
}

// start starts a server on a local port.
func start(t testing.TB, opts observer.Options) *node {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return startOn(t, l, l.Addr().String(), opts)
}

func startOn(t testing.TB, l net.Listener, addr string, opts observer.Options) *node {
	n := &node{Server: observer.New(opts), addr: addr, decoder: &kernel.Decoder{Next: new(monitor.Decoder)}}
	done := make(chan error)
	go func() { done <- n.Serve(l) }()
	t.Cleanup(func() {
		_ = n.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return n
}

// sample gives a message to the server, a second after the one before.
func (n *node) sample(raw []byte) {
	n.time += 1e9
	e := &event.Event{Kind: event.Sample, Raw: raw, Time: n.time, CPU: 1}
	n.decoder.Decode(e)
	_ = n.Event(e)
	_ = n.Flush()
}

func (n *node) lost(count uint64) {
	_ = n.Event(&event.Event{Kind: event.Lost, Lost: count, CPU: 1})
	_ = n.Flush()
}

// segment returns a TCP packet.
func segment(src, dst byte, srcPort, dstPort uint16, flags byte) []byte {
	p := make([]byte, 54)
	copy(p, "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00\x45\x00\x00\x28\x00\x00\x00\x00\x40\x06")
	copy(p[26:], []byte{10, 0, 0, src, 10, 0, 0, dst})
	binary.BigEndian.PutUint16(p[34:], srcPort)
	binary.BigEndian.PutUint16(p[36:], dstPort)
	p[46], p[47] = 0x50, flags
	return p
}

// trace returns a trace of v1.5.3's form at an endpoint: a packet that it is to get, or has sent (5).
func trace(point, reason byte, packet []byte) []byte {
	n := monitor.TraceNotify{Type: 4, ObsPoint: point, Source: 7, OrigLen: uint32(len(packet)), CapLen: uint32(len(packet)), DstID: 7, Reason: reason}
	return message(&n, packet)
}

func kernelDrop(reason string, packet []byte) []byte {
	n := kernel.Notify{Type: kernel.NotifyType, OrigLen: uint32(len(packet)), CapLen: uint32(len(packet)), IfIndex: 4}
	copy(n.Reason[:], reason)
	copy(n.Device[:], "eth1")
	return message(&n, packet)
}

func message(n any, packet []byte) []byte {
	b, err := binary.Append(nil, binary.NativeEndian, n)
	if err != nil {
		panic(err)
	}
	return append(b, packet...)
}

// connection gives a node a TCP connection from 10.0.0.1 to 10.0.0.2, port 80.
func (n *node) connection() {
	n.sample(trace(0, 0, segment(1, 2, 40000, 80, 2)))
	n.sample(trace(5, 2, segment(2, 1, 80, 40000, 0x12)))
	n.sample(trace(0, 1, segment(1, 2, 40000, 80, 0x10)))
	n.sample(trace(0, 1, segment(1, 2, 40000, 80, 0x11)))
}

// request builds a request for flows.
type request []byte

func (r request) number(n uint64) request { return protobuf.AppendUint(r, 1, n) }
func (r request) flag(field int) request  { return protobuf.AppendBool(r, field, true) }
func (r request) at(field int, second int64) request {
	return protobuf.AppendTime(r, field, second*1e9)
}

// allow and deny add a filter.
func (r request) allow(filter []byte) request { return protobuf.AppendMessage(r, 6, filter) }
func (r request) deny(filter []byte) request  { return protobuf.AppendMessage(r, 5, filter) }

func text(field int, s string) []byte   { return protobuf.AppendListed(nil, field, s) }
func number(field int, n uint64) []byte { return protobuf.AppendUint(nil, field, n) }

// eventType is a filter for a message type, and a subtype if it is not negative.
func eventType(kind uint64, subtype int) []byte {
	inner := protobuf.AppendUint(nil, 1, kind)
	if subtype >= 0 {
		inner = protobuf.AppendUint(protobuf.AppendBool(inner, 2, true), 3, uint64(subtype))
	}
	return protobuf.AppendMessage(nil, 6, inner)
}

// lines says in short what flows are.
func lines(all []response) []string {
	out := []string{}
	for _, r := range all {
		switch {
		case r.Flow != nil:
			out = append(out, fmt.Sprintf("%s %d %s:%d>%s:%d %s %s", r.NodeName, r.Flow.EventType.Type, r.Flow.IP.Source, r.Flow.L4.TCP.SourcePort,
				r.Flow.IP.Destination, r.Flow.L4.TCP.DestinationPort, r.Flow.Verdict, r.Flow.Summary))
		case r.LostEvents != nil:
			out = append(out, fmt.Sprintf("%s lost %d %s", r.NodeName, r.LostEvents.Count, r.LostEvents.Source))
		}
	}
	return out
}

// TestTwoNodes asks two nodes, as hubble-relay does: one saw a TCP connection, the other's kernel dropped a packet.
func TestTwoNodes(t *testing.T) {
	one, two := start(t, observer.Options{Node: "one"}), start(t, observer.Options{Node: "two"})
	one.connection()
	two.sample(kernelDrop("NETFILTER_DROP", segment(1, 3, 40001, 5432, 2)))
	syn, synAck := "one 4 10.0.0.1:40000>10.0.0.2:80 FORWARDED TCP Flags: SYN", "one 4 10.0.0.2:80>10.0.0.1:40000 FORWARDED TCP Flags: SYN, ACK"
	ack, fin := "one 4 10.0.0.1:40000>10.0.0.2:80 FORWARDED TCP Flags: ACK", "one 4 10.0.0.1:40000>10.0.0.2:80 FORWARDED TCP Flags: FIN, ACK"
	drop := "two 1 10.0.0.1:40001>10.0.0.3:5432 DROPPED NETFILTER_DROP; TCP Flags: SYN"
	tcp := func(flag int) []byte { return protobuf.AppendMessage(nil, 23, protobuf.AppendBool(nil, flag, true)) }
	for _, c := range []struct {
		name    string
		request request
		want    []string
	}{
		{"all", nil, []string{syn, synAck, ack, fin, drop}},
		{"--ip", request{}.allow(text(1, "10.0.0.2")).allow(text(3, "10.0.0.2")), []string{syn, synAck, ack, fin}},
		{"--to-ip prefix", request{}.allow(text(3, "10.0.0.2/31")), []string{syn, ack, fin, drop}},
		{"--from-port", request{}.allow(text(13, "80")), []string{synAck}},
		{"--port", request{}.allow(text(13, "5432")).allow(text(14, "5432")), []string{drop}},
		{"--verdict", request{}.allow(number(5, 2)), []string{drop}},
		{"--verdict, packed", request{}.allow(text(5, "\x02\x03")), []string{drop}},
		{"--not --verdict", request{}.deny(number(5, 2)), []string{syn, synAck, ack, fin}},
		{"--type drop", request{}.allow(eventType(1, -1)), []string{drop}},
		{"--type trace:from-endpoint", request{}.allow(eventType(4, 5)), []string{synAck}},
		{"--type trace:to-endpoint", request{}.allow(eventType(4, 0)), []string{syn, ack, fin}},
		{"all fields of a filter", request{}.allow(append(text(12, "tcp"), append(number(25, 1), text(14, "80")...)...)), []string{syn, ack, fin}},
		{"--tcp-flags", request{}.allow(tcp(1)), []string{fin}},
		{"--protocol udp", request{}.allow(text(12, "UDP")), []string{}},
		{"--reply", request{}.allow(number(15, 1)), []string{synAck}},
		{"--node-name", request{}.allow(text(24, "t*")), []string{drop}},
		{"--node-name with a cluster", request{}.allow(text(24, "default/one")), []string{syn, synAck, ack, fin}},
		{"--traffic-direction", request{}.allow(number(30, 1)), []string{syn, synAck, ack, fin}},
		{"--interface", request{}.allow(protobuf.AppendMessage(nil, 35, text(2, "eth1"))), []string{drop}},
		{"--ip-version 6", request{}.allow(number(25, 2)), []string{}},
		{"--identity", request{}.allow(number(19, 5)), []string{}},
		{"--http-status", request{}.allow(text(9, "5+")), []string{}},
		{"--dns-query", request{}.allow(text(18, "x")), []string{}},
	} {
		var got []response
		for _, n := range []*node{one, two} {
			got = append(got, newClient(t, n.addr, nil).flows(t, c.request)...)
		}
		if diff := cmp.Diff(c.want, lines(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestHistory asks for parts of what was.
func TestHistory(t *testing.T) {
	n := start(t, observer.Options{Node: "n", Flows: 8})
	for port := range uint16(10) { // the first two are gone
		n.sample(trace(0, 0, segment(1, 2, 1000, port, 2)))
	}
	n.lost(3) // and the third
	c := newClient(t, n.addr, nil)
	odd := request{}.allow(append(append(append(text(14, "5"), text(14, "7")...), text(14, "9")...), text(14, "3")...))
	for _, test := range []struct {
		name    string
		request request
		want    string
	}{
		{"all", nil, "3 4 5 6 7 8 9 L3"},
		{"the largest number, as --all", request{}.number(1<<64 - 1), "3 4 5 6 7 8 9 L3"},
		{"last", request{}.number(2), "8 9 L3"},
		{"first", request{}.number(2).flag(9), "3 4"},
		{"since", request{}.at(7, 8), "7 8 9 L3"},
		{"since, first of them", request{}.at(7, 8).number(1), "7"},
		{"until", request{}.at(8, 6), "3 4 5 L3"},
		{"since and until", request{}.at(7, 5).at(8, 6), "4 5 L3"},
		{"last that match", append(request{}.number(2), odd...), "7 9 L3"},
		{"first that match", append(request{}.number(3).flag(9), odd...), "3 5 7"},
		{"last before a time", request{}.number(2).at(8, 6), "4 5 L3"},
	} {
		var got []string
		for _, r := range c.flows(t, test.request) {
			if r.LostEvents != nil {
				got = append(got, fmt.Sprint("L", r.LostEvents.Count))
			} else {
				got = append(got, fmt.Sprint(r.Flow.L4.TCP.DestinationPort))
			}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %s, want %s", test.name, s, test.want)
		}
	}
}

// TestRefused: what cannot be judged is said, and by its name.
func TestRefused(t *testing.T) {
	n := start(t, observer.Options{})
	c := newClient(t, n.addr, nil)
	const path = "/observer.Observer/GetFlows"
	for field, f := range observer.FilterFields() {
		if f.Judged {
			continue
		}
		for _, r := range []request{request{}.allow(text(field, "x")), request{}.deny(text(field, "x"))} {
			if s := c.refused(t, path, r); s.code != 3 || !strings.Contains(s.text, f.Name) {
				t.Errorf("%s: %v", f.Name, s)
			}
		}
	}
	for _, r := range []request{
		request{}.allow(text(77, "x")), request{}.allow(text(1, "10.0.0.x")), request{}.allow(text(1, "10.0.0.0/33")), request{}.allow(text(13, "http")),
		request{}.allow(text(12, "xyz")), request{}.allow(text(9, "9")), request{}.allow(text(22, "(")), request{}.flag(9).flag(3), request("\xff"),
		request{}.allow([]byte("\x0a")),
	} {
		if s := c.refused(t, path, r); s.code != 3 {
			t.Errorf("%q: %v", r, s)
		}
	}
	if s := c.refused(t, "/observer.Observer/Frobnicate", nil); s.code != 12 {
		t.Error(s)
	}
	if s := c.refused(t, "/grpc.health.v1.Health/Check", text(1, "x")); s.code != 5 {
		t.Error(s)
	}
}

// TestOthers asks for what is no flow.
func TestOthers(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	n := startOn(t, l, "unix://"+socket, observer.Options{Node: "n", Version: "bpfmon test"})
	n.connection()
	debug := monitor.DebugMsg{Type: 2, SubType: 15, Source: 7}
	n.sample(message(&debug, nil))
	c := newClient(t, n.addr, nil)
	if got := c.message(t, "/grpc.health.v1.Health/Check", text(1, "hubble.server.Observer")); string(got) != "\x08\x01" {
		t.Errorf("health: %q", got)
	}
	status := map[int]uint64{}
	_ = protobuf.Each(c.message(t, "/observer.Observer/ServerStatus", nil), func(v protobuf.Value) error { status[v.Number] = v.Uint; return nil })
	if status[1] != 5 || status[2] != observer.DefaultFlows || status[3] != 4 {
		t.Errorf("status: %v", status)
	}
	if got := string(c.message(t, "/observer.Observer/GetNodes", nil)); !strings.Contains(got, "unix://"+socket) || !strings.Contains(got, "bpfmon test") {
		t.Errorf("nodes: %q", got)
	}
	if got := c.message(t, "/observer.Observer/GetNamespaces", nil); len(got) != 0 {
		t.Errorf("namespaces: %q", got)
	}
	if got := string(c.message(t, "/observer.Observer/GetDebugEvents", request{}.number(5))); !strings.Contains(got, "CT verdict") {
		t.Errorf("debug events: %q", got)
	}
}

// TestBrowser: who speaks HTTP is told what this is.
func TestBrowser(t *testing.T) {
	n := start(t, observer.Options{})
	resp, err := http.Get("http://" + n.addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 415 || !strings.Contains(string(body), "hubble observe") {
		t.Errorf("%s: %s", resp.Status, body)
	}
}

// follow opens a stream of all flows from now on, or of the last ones too.
func follow(t testing.TB, c *client, r request) *answer {
	t.Helper()
	a, err := c.call(t.Context(), "/observer.Observer/GetFlows", r.flag(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return a
}

// TestSlowClient: a client that does not read loses flows, is told how many, and hinders nobody.
func TestSlowClient(t *testing.T) {
	n := start(t, observer.Options{Node: "n", Flows: 1024})
	slow := follow(t, newClient(t, n.addr, nil), nil)
	fast := follow(t, newClient(t, n.addr, nil), nil)
	const all, chunk = 60_000, 500
	raw := trace(0, 0, segment(1, 2, 1000, 80, 2))
	for sent := 0; sent < all; sent += chunk {
		for range chunk {
			n.sample(raw)
		}
		for range chunk {
			msg, err := fast.next()
			if err != nil {
				t.Fatal(err)
			}
			if parse(t, msg).Flow == nil {
				t.Fatal("the fast client has lost flows")
			}
		}
	}
	var got, lost uint64
	for got+lost < all {
		msg, err := slow.next()
		if err != nil {
			t.Fatal(err)
		}
		if r := parse(t, msg); r.Flow != nil {
			got++
		} else {
			if r.LostEvents.Source != "HUBBLE_RING_BUFFER" {
				t.Fatalf("lost in %s", r.LostEvents.Source)
			}
			lost += r.LostEvents.Count
		}
	}
	if got+lost != all || lost == 0 || lost != n.Missed() {
		t.Errorf("%d flows and %d lost, of %d; the server says %d", got, lost, all, n.Missed())
	}
}

// TestManyFollowers: a thousand clients get all flows, and what they cost is bounded.
func TestManyFollowers(t *testing.T) {
	n := start(t, observer.Options{Node: "n", MaxClients: 1000})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var followers []*answer
	for range 10 {
		c := newClient(t, n.addr, nil)
		for range 100 {
			followers = append(followers, follow(t, c, nil))
		}
	}
	if s := newClient(t, n.addr, nil).refused(t, "/observer.Observer/GetFlows", nil); s.code != 8 {
		t.Errorf("one more: %v", s)
	}
	n.connection()
	var work sync.WaitGroup
	for _, f := range followers {
		work.Go(func() {
			for range 4 {
				if _, err := f.next(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	runtime.GC()
	runtime.ReadMemStats(&after)
	if each := int64(after.HeapAlloc+after.StackInuse-before.HeapAlloc-before.StackInuse) / 1000; each > 200<<10 {
		t.Errorf("%d bytes for each client and its server", each)
	}
	for _, f := range followers {
		f.close()
	}
}

// TestEnd: at the end of the events clients get the rest, and a good end.
func TestEnd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := observer.New(observer.Options{})
	go func() { _ = s.Serve(l) }()
	a := follow(t, newClient(t, l.Addr().String(), nil), nil)
	_ = s.Event(&event.Event{Kind: event.Lost, Lost: 1})
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if _, err := a.next(); err != nil {
		t.Error(err)
	}
	if _, err := a.next(); !errors.Is(err, io.EOF) {
		t.Errorf("the end: %v", err)
	}
}

// TestTimeout: a client that gives a request a time gets what there is in it.
func TestTimeout(t *testing.T) {
	n := start(t, observer.Options{})
	c := newClient(t, n.addr, nil)
	ctx, cancel := context.WithCancel(t.Context())
	a, err := c.call(ctx, "/observer.Observer/GetFlows", request{}.flag(3))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := a.next(); err == nil {
		t.Error("a request that was cancelled goes on")
	}
	r := request{}.flag(3).at(8, 1) // until 1970
	if got := c.flows(t, r); len(got) != 0 {
		t.Errorf("%v", lines(got))
	}
}

func FuzzQuery(f *testing.F) {
	f.Add([]byte(request{}.number(3).allow(text(1, "10.0.0.1")).deny(eventType(4, 5))))
	f.Fuzz(func(_ *testing.T, msg []byte) { _ = observer.ParseQuery(msg) })
}

func BenchmarkEvent(b *testing.B) {
	s := observer.New(observer.Options{})
	d := new(monitor.Decoder)
	e := &event.Event{Kind: event.Sample, Raw: trace(0, 0, segment(1, 2, 1000, 80, 2)), Time: 1}
	b.ReportAllocs()
	for b.Loop() {
		d.Decode(e)
		_ = s.Event(e)
	}
}

// bare returns the address of a server that sends what the other one sends, and does nothing for it: a gRPC stream of messages
// that are there already.
func bare(b *testing.B, addr string) string {
	b.Helper()
	a, err := newClient(b, addr, nil).call(b.Context(), "/observer.Observer/GetFlows", request{})
	if err != nil {
		b.Fatal(err)
	}
	all, err := io.ReadAll(a.resp.Body)
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // the request
		w.Header().Set("Content-Type", "application/grpc")
		for rest := all; len(rest) > 0; { // each message is a write, as gRPC has it
			n := 5 + binary.BigEndian.Uint32(rest[1:])
			_, _ = w.Write(rest[:n]) // a client that has gone counts nothing
			rest = rest[n:]
		}
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	b.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// BenchmarkServe sends flows to clients that read them all; beside it, the same bytes from a server that makes nothing of them.
func BenchmarkServe(b *testing.B) {
	for i, clients := range []int{1, 10, 100, 1, 10, 100} {
		name := [...]string{"flows", "bare"}[i/3]
		b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
			n := start(b, observer.Options{Flows: 1 << 14})
			raw := trace(0, 0, segment(1, 2, 1000, 80, 2))
			for range 1 << 14 {
				n.sample(raw)
			}
			addr := n.addr
			if name == "bare" {
				addr = bare(b, n.addr)
			}
			b.ResetTimer()
			for range b.N { // each reads the whole ring
				var work sync.WaitGroup
				for range clients {
					work.Go(func() {
						a, err := newClient(b, addr, nil).call(b.Context(), "/observer.Observer/GetFlows", request{})
						if err != nil {
							b.Error(err)
							return
						}
						size, _ := io.Copy(io.Discard, a.resp.Body)
						b.SetBytes(size * int64(clients))
					})
				}
				work.Wait()
			}
			b.ReportMetric(float64(b.N)*float64(clients)*(1<<14)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}
