// SPDX-License-Identifier: Apache-2.0

package main

import (
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// host returns what is known of the host whose packets are watched: names of its interfaces, where they lead, and the rules.
func (a *attached) host() *event.Host {
	host := a.options.live.cilium.host()
	host.Peers, host.Rules = &a.peers, a.options.rules
	return host
}

// peerNames is where interfaces lead, by their index. The zero value is ready to use, and safe for concurrent use.
type peerNames struct {
	byIndex atomic.Pointer[map[uint32]string]
	adding  sync.Mutex
}

// PeerName returns where an interface leads; see event.PeerNames.
func (p *peerNames) PeerName(index uint32) (string, bool) {
	names := p.byIndex.Load()
	if names == nil {
		return "", false
	}
	name, ok := (*names)[index]
	return name, ok
}

// maxLeads bounds the memory for interfaces that come and go.
const maxLeads = 1 << 16

// add notes where interfaces lead.
func (p *peerNames) add(peers map[string]kdrop.Peer) {
	if len(peers) == 0 {
		return
	}
	p.adding.Lock()
	defer p.adding.Unlock()
	all := map[uint32]string{}
	if old := p.byIndex.Load(); old != nil && len(*old)+len(peers) <= maxLeads {
		maps.Copy(all, *old)
	}
	for _, peer := range peers {
		all[peer.Index] = peer.Name
	}
	p.byIndex.Store(&all)
}

// peerList returns where the interfaces of this host lead, for completion.
func peerList() []string {
	interfaces, _ := net.Interfaces() // none are completed without an answer
	names := make([]string, len(interfaces))
	for i := range interfaces {
		names[i] = interfaces[i].Name
	}
	var all []string
	for _, peer := range kdrop.Peers(names) {
		all = append(all, peer.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// RuleText returns the rule with a number as it was given; see event.RuleTexts.
func (p policy) RuleText(number uint32) (string, bool) {
	if number == 0 || uint64(number) > uint64(len(p)) {
		return "", false
	}
	_, text, _ := strings.Cut(p[number-1].text, " ")
	return text, true
}
