// SPDX-License-Identifier: Apache-2.0

package observer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/regular"
	"github.com/lockstep-bpf/lockstep/monitor/internal/protobuf"
)

// Peer is a host that serves Hubble's API.
type Peer struct {
	Name       string
	Address    string // HOST:PORT or unix:///PATH
	ServerName string // of its certificate; empty if it has none
}

// Peers is a list of hosts that may change.
type Peers struct {
	mu      sync.Mutex
	all     []Peer
	changed chan struct{}

	read func(ctx context.Context) ([]Peer, error)
	tls  bool
}

// How often a list is read again.
const (
	fileInterval = 5 * time.Second
	nameInterval = 30 * time.Second
)

// maxPeers is how many hosts a list can have.
const maxPeers = 10_000

// OpenPeers reads a list of peers: from a file, or, for "dns:NAME:PORT", the addresses of a name. It is read again until the
// context ends. tls says that the peers have certificates. The error is that of the first reading, later ones are reported.
//
// A line of the file has a name and an address, and can have the name in the certificate. A line that begins with # is a
// comment.
func OpenPeers(ctx context.Context, from string, tls bool, report func(error)) (*Peers, error) {
	p := &Peers{tls: tls}
	interval := fileInterval
	if name, ok := strings.CutPrefix(from, "dns:"); ok {
		host, port, err := net.SplitHostPort(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w; it is dns:NAME:PORT", from, err)
		}
		interval = nameInterval
		p.read = func(ctx context.Context) ([]Peer, error) { return p.lookup(ctx, host, port) }
	} else {
		p.read = func(context.Context) ([]Peer, error) { return p.file(from) }
	}
	all, err := p.read(ctx)
	if err != nil {
		return nil, err
	}
	p.all = all
	go p.follow(ctx, interval, report)
	return p, nil
}

// follow reads the list again from time to time. Of an error it reports the first of a row.
func (p *Peers) follow(ctx context.Context, interval time.Duration, report func(error)) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := p.refresh(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			report(fmt.Errorf("the list of peers stays as it was: %w", err))
		}
		failing = err != nil
	}
}

// refresh reads the list again.
func (p *Peers) refresh(ctx context.Context) error {
	all, err := p.read(ctx)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Equal(all, p.all) {
		return nil
	}
	p.all = all
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
	return nil
}

// list returns the peers, and a channel that is closed when they change.
func (p *Peers) list() ([]Peer, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	return p.all, p.changed
}

func (p *Peers) file(name string) ([]Peer, error) {
	b, err := regular.Read(name)
	if err != nil {
		return nil, err
	}
	return ParsePeers(b, name, p.tls)
}

// ParsePeers reads the lines of a list. name is that of the file, for errors.
func ParsePeers(text []byte, name string, tls bool) ([]Peer, error) {
	var all []Peer
	number := 0
	for line := range bytes.Lines(text) {
		number++
		fields := strings.Fields(string(line))
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) < 2 || len(fields) > 3 {
			return nil, fmt.Errorf("%s:%d: a line has a name, an address, and can have the name in the certificate", name, number)
		}
		peer := Peer{Name: fields[0], Address: fields[1]}
		switch {
		case len(fields) == 3:
			peer.ServerName = fields[2]
		case tls:
			peer.ServerName = serverName(peer.Name)
		}
		if slices.ContainsFunc(all, func(p Peer) bool { return p.Name == peer.Name }) {
			return nil, fmt.Errorf("%s:%d: %s is there twice", name, number, peer.Name)
		}
		if all = append(all, peer); len(all) > maxPeers {
			return nil, fmt.Errorf("%s: more than %d peers", name, maxPeers)
		}
	}
	return all, nil
}

// lookup returns the addresses of a name as peers.
func (p *Peers) lookup(ctx context.Context, host, port string) ([]Peer, error) {
	ctx, cancel := context.WithTimeout(ctx, nameInterval)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	if len(addresses) > maxPeers {
		return nil, errors.New("the name " + host + " has too many addresses")
	}
	slices.Sort(addresses)
	var all []Peer
	for _, a := range slices.Compact(addresses) {
		peer := Peer{Name: a, Address: net.JoinHostPort(a, port)}
		if p.tls {
			peer.ServerName = host
		}
		all = append(all, peer)
	}
	return all, nil
}

// serverName returns the name that Hubble expects in the certificate of a host of the cluster "default".
func serverName(node string) string {
	return strings.ReplaceAll(node, ".", "-") + ".default.hubble-grpc.cilium.io"
}

// self returns this host as a peer.
func (s *Server) self() Peer {
	p := Peer{Name: s.opts.Node}
	if a := s.address.Load(); a != nil {
		p.Address = *a
	}
	if host, port, err := net.SplitHostPort(p.Address); err == nil && net.ParseIP(host).IsUnspecified() {
		p.Address = net.JoinHostPort(s.opts.Node, port)
	}
	if s.opts.TLS != nil {
		p.ServerName = serverName(p.Name)
	}
	return p
}

// peers returns the peers, and a channel that is closed when they change: nil if they never do.
func (s *Server) peers() ([]Peer, <-chan struct{}) {
	if s.opts.Peers == nil {
		return []Peer{s.self()}, nil
	}
	return s.opts.Peers.list()
}

// The changes of peers.
const (
	peerAdded   = 1
	peerDeleted = 2
	peerUpdated = 3
)

// notify tells a client of the peers, and of each change.
func (s *Server) notify(ctx context.Context, _ []byte, out *stream) error {
	if !s.enter() {
		return failed(codeResourceExhausted, "there are %d clients already", s.opts.MaxClients)
	}
	defer s.leave()
	sent := map[string]Peer{}
	for {
		all, changed := s.peers()
		now := map[string]Peer{}
		for _, p := range all {
			now[p.Name] = p
			before, known := sent[p.Name]
			if known && before == p {
				continue
			}
			change := uint64(peerAdded)
			if known {
				change = peerUpdated
			}
			if err := out.peer(p, change); err != nil {
				return err
			}
		}
		for name, p := range sent {
			if _, there := now[name]; there {
				continue
			}
			if err := out.peer(p, peerDeleted); err != nil {
				return err
			}
		}
		sent = now
		if err := out.push(); err != nil {
			return err
		}
		select {
		case <-changed:
		case <-s.over:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *stream) peer(p Peer, change uint64) error {
	return s.message(func(dst []byte) []byte {
		dst = protobuf.AppendUint(protobuf.AppendString(protobuf.AppendString(dst, 1, p.Name), 2, p.Address), 3, change)
		if p.ServerName != "" {
			var at int
			dst, at = protobuf.Begin(dst, 4)
			dst = protobuf.End(protobuf.AppendString(dst, 1, p.ServerName), at)
		}
		return dst
	})
}
