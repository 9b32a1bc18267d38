// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/cilium/ebpf"
)

// IP protocols that have ports.
const (
	protoTCP = 6
	protoUDP = 17
)

// Rule allows or denies packets by the other end: the sender of what comes in, the receiver of what goes out. A
// field that is zero matches everything. What no rule matches is allowed; of those that match, this one decides:
// the one with the longest prefix; else the one that asks for the identity and the most besides; else the one that
// asks for the most.
//
// Answers to packets that were allowed are allowed too.
type Rule struct {
	Direction Direction
	Deny      bool // otherwise allow

	// Prefix holds the other end's address. A rule with a prefix asks for nothing else.
	Prefix netip.Prefix

	Identity uint32 // the other end's
	Proto    uint8  // IP protocol
	Port     uint16 // destination port, of TCP or UDP
}

// check reports what is wrong with the rule.
func (r *Rule) check() error {
	switch {
	case r.Direction > max(Ingress, Egress):
		return fmt.Errorf("direction %d: no such direction", r.Direction)
	case r.Port != 0 && r.Proto != protoTCP && r.Proto != protoUDP:
		return errors.New("only TCP and UDP have ports")
	case r.Prefix == netip.Prefix{}:
		return nil
	case r.Identity != 0 || r.Proto != 0 || r.Port != 0:
		return errors.New("a rule with a prefix asks for neither identity, protocol nor port")
	}
	return checkPrefix(r.Prefix)
}

// level returns the properties that the rule asks for.
func (r *Rule) level() uint32 {
	if r.Prefix.IsValid() {
		return policyByPrefix
	}
	var level uint32
	if r.Identity != 0 {
		level |= policyByIdentity
	}
	if r.Proto != 0 {
		level |= policyByProto
	}
	if r.Port != 0 {
		level |= policyByPort
	}
	return level
}

// entry returns the rule's map and its key there.
func (d *Datapath) entry(r Rule) (*ebpf.Map, any) {
	switch {
	case !r.Prefix.IsValid():
		return d.objs.Policy, datapathPolicyKey{
			Identity: r.Identity, Port: networkOrder(r.Port), Proto: r.Proto, Dir: uint8(r.Direction),
		}
	case r.Prefix.Addr().Is4():
		return d.objs.PolicyPrefixes4, datapathPolicyPrefix4{
			Prefixlen: uint32(32 + r.Prefix.Bits()), Dir: uint32(r.Direction), Addr: words4(r.Prefix.Addr()),
		}
	}
	key := datapathPolicyPrefix6{Prefixlen: uint32(32 + r.Prefix.Bits()), Dir: uint32(r.Direction)}
	key.Addr.Word = words6(r.Prefix.Addr())
	return d.objs.PolicyPrefixes6, key
}

// SetRule adds a rule, or changes what the rule that asks for the same says. It holds for the next packet.
func (d *Datapath) SetRule(r Rule) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("set a policy rule: %w", err)
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("set a policy rule: %w", err)
	}
	defer d.mu.Unlock()
	m, key := d.entry(r)
	var value datapathPolicyRule
	if r.Deny {
		value.Deny = 1
	}
	if err := m.Put(key, value); err != nil {
		return fmt.Errorf("set a policy rule: %w", err)
	}
	return d.enableLevel(r.level())
}

// enableLevel tells the programs that a level has rules.
func (d *Datapath) enableLevel(level uint32) error {
	var levels uint32
	if err := d.objs.PolicyLevels.Get(&levels); err != nil {
		return fmt.Errorf("read the policy's levels: %w", err)
	}
	if err := d.objs.PolicyLevels.Set(levels | 1<<level); err != nil {
		return fmt.Errorf("enable a level of the policy: %w", err)
	}
	return nil
}

// DeleteRule removes the rule that asks for the same as r. The error wraps ebpf.ErrKeyNotExist if there is none.
func (d *Datapath) DeleteRule(r Rule) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	defer d.mu.Unlock()
	m, key := d.entry(r)
	if err := m.Delete(key); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	return nil
}

// SetIdentity gives every address that prefix is the longest one for an identity, which is not 0. It holds for the
// next packet.
func (d *Datapath) SetIdentity(prefix netip.Prefix, identity uint32) error {
	if err := checkPrefix(prefix); err != nil {
		return fmt.Errorf("set an identity: %w", err)
	}
	if identity == 0 {
		return fmt.Errorf("set the identity of %s: 0 stands for unknown addresses", prefix)
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("set the identity of %s: %w", prefix, err)
	}
	defer d.mu.Unlock()
	if err := d.putIdentity(prefix, datapathIdentity{Id: identity}); err != nil {
		return fmt.Errorf("set the identity of %s: %w", prefix, err)
	}
	return nil
}

func (d *Datapath) putIdentity(prefix netip.Prefix, value datapathIdentity) error {
	if prefix.Addr().Is4() {
		key := datapathPrefix4{Prefixlen: uint32(prefix.Bits()), Addr: words4(prefix.Addr())}
		return d.objs.Identities4.Put(key, value)
	}
	key := datapathPrefix6{Prefixlen: uint32(prefix.Bits())}
	key.Addr.Word = words6(prefix.Addr())
	return d.objs.Identities6.Put(key, value)
}

// checkPrefix reports what is wrong with a prefix. An address with bits behind the prefix is more likely a slip than
// meant, so it is not cut in silence.
func checkPrefix(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return errors.New("not a valid prefix")
	case p.Addr().Is4In6():
		return fmt.Errorf("%s: write the IPv4 prefix", p)
	case p != p.Masked():
		return fmt.Errorf("%s: the address has bits behind the prefix: %s or %s/%d is meant",
			p, p.Masked(), p.Addr(), p.Addr().BitLen())
	}
	return nil
}

// words4 returns an IPv4 address as the datapath holds it: in network order, whatever the host's.
func words4(a netip.Addr) uint32 {
	b := a.As4()
	return binary.NativeEndian.Uint32(b[:])
}

// words6 returns an IPv6 address as the datapath holds it.
func words6(a netip.Addr) (words [4]uint32) {
	b := a.As16()
	i := 0
	for word := range slices.Chunk(b[:], 4) {
		words[i] = binary.NativeEndian.Uint32(word)
		i++
	}
	return words
}

// networkOrder returns a port as it lies in a packet.
func networkOrder(port uint16) uint16 {
	var b [2]byte
	binary.BigEndian.PutUint16(b[:], port)
	return binary.NativeEndian.Uint16(b[:])
}
