// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"github.com/cilium/ebpf"

	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// MaxVLAN is the highest number of a VLAN. The lowest is 1.
const MaxVLAN = 4094

// maxRules is how many entries the table of rules has. A rule takes one for each of its ports, and again for each longer
// prefix within its own that other rules ask for.
const maxRules = 262144

// Rule allows or denies packets by the other end: the sender of what comes in, the receiver of what goes out. A
// field that is zero matches everything. What no rule matches is allowed. Of those that match, one for a prefix decides
// before one for an identity, and that before one for any end; of several prefixes the longest; then one for a port or a
// type of ICMP before one for its protocol, before one for a VLAN, before one that asks for nothing more, and at each of
// these one for a VLAN first.
//
// Answers to packets that were allowed are allowed too. Of the ICMP that keeps the link running (neighbour discovery,
// multicast listeners, router messages), only rules for its type deny.
type Rule struct {
	Direction Direction
	Deny      bool // otherwise allow

	// Number is what messages about packets that the rule denies say, and Denied; 0 for none.
	Number uint16

	Prefix   netip.Prefix // holds the other end's address
	Identity uint32       // the other end's; not together with a prefix

	VLAN     uint16 // the outermost
	Proto    uint8  // IP protocol
	Port     uint16 // destination port, of TCP, UDP, UDP-Lite, SCTP or DCCP
	PortEnd  uint16 // the last of a range of ports that starts with Port; 0 for Port alone
	ICMPType uint16 // 1 and the type of a message, of ICMP or ICMPv6
}

// ports returns the first and the last value of what the table compares as port, and false if the rule asks for none.
func (r *Rule) ports() (first, last uint16, given bool) {
	switch {
	case r.ICMPType != 0:
		return r.ICMPType - 1, r.ICMPType - 1, true
	case r.Port == 0:
		return 0, 0, false
	}
	return r.Port, max(r.Port, r.PortEnd), true
}

// check reports what is wrong with the rule.
func (r *Rule) check() error {
	switch {
	case r.Direction > max(Ingress, Egress):
		return fmt.Errorf("direction %d: no such direction", r.Direction)
	case r.Port != 0 && !packet.HasPorts(r.Proto):
		return errors.New("only TCP, UDP, UDP-Lite, SCTP and DCCP have ports")
	case r.PortEnd != 0 && (r.Port == 0 || r.PortEnd < r.Port):
		return fmt.Errorf("ports %d to %d: not a range", r.Port, r.PortEnd)
	case r.ICMPType > 256:
		return fmt.Errorf("ICMP type %d: no such type", r.ICMPType-1)
	case r.ICMPType != 0 && r.Proto != packet.ProtoICMP && r.Proto != packet.ProtoICMPv6:
		return errors.New("only ICMP and ICMPv6 have types")
	case r.VLAN > MaxVLAN:
		return fmt.Errorf("VLAN %d: VLANs are numbered from 1 to %d", r.VLAN, MaxVLAN)
	case r.Prefix == netip.Prefix{}:
		return nil
	case r.Identity != 0:
		return errors.New("a rule takes a prefix or an identity, not both")
	}
	return CheckPrefix(r.Prefix)
}

// level returns the properties that the rule asks for.
func (r *Rule) level() uint32 {
	var level uint32
	if r.Prefix.IsValid() {
		level |= policyByPrefix
	}
	if r.Identity != 0 {
		level |= policyByIdentity
	}
	if r.VLAN != 0 {
		level |= policyByVLAN
	}
	if r.Proto != 0 {
		level |= policyByProto
	}
	if _, _, given := r.ports(); given {
		level |= policyByPort
	}
	return level
}

// same tells that two rules ask for the same.
func (r Rule) same(other Rule) bool {
	r.Deny, r.Number = other.Deny, other.Number
	return r == other
}

// covers tells that a rule matches every packet that another one does, as far as VLAN, protocol and port go.
func (r *Rule) covers(other *Rule) bool {
	first, last, given := r.ports()
	otherFirst, otherLast, otherGiven := other.ports()
	return (r.VLAN == 0 || r.VLAN == other.VLAN) && (r.Proto == 0 || r.Proto == other.Proto) &&
		(!given || otherGiven && first <= otherFirst && otherLast <= last)
}

// table is what the maps of the policy hold.
type table struct {
	rules    map[datapathPolicyKey]datapathPolicyRule
	prefixes map[directed]uint32
	levels   uint32
	unsure   bool // what the maps may have, not what they have
}

// directed is a prefix in a direction.
type directed struct {
	dir    Direction
	prefix netip.Prefix
}

// newTable makes the table of a list of rules. number gives prefixes their numbers.
func newTable(rules []Rule, number func(netip.Prefix) uint32) (*table, error) {
	t := &table{rules: map[datapathPolicyKey]datapathPolicyRule{}, prefixes: map[directed]uint32{}}
	byPrefix := map[directed][]*Rule{}
	for i := range rules {
		r := &rules[i]
		if !r.Prefix.IsValid() {
			t.add(r, r.Identity)
			continue
		}
		key := directed{r.Direction, r.Prefix}
		byPrefix[key] = append(byPrefix[key], r)
	}
	for key := range byPrefix {
		t.prefixes[key] = number(key.prefix)
		t.inherit(byPrefix, key)
		if len(t.rules) > maxRules {
			break
		}
	}
	if len(t.rules) > maxRules {
		return nil, fmt.Errorf("the rules need more than %d entries: use fewer ports", maxRules)
	}
	return t, nil
}

// inherit adds the rules of a prefix, and those of the prefixes around it that its own leave something to.
func (t *table) inherit(byPrefix map[directed][]*Rule, key directed) {
	var taken []*Rule
	for bits := key.prefix.Bits(); bits >= 0; bits-- {
		around := directed{key.dir, netip.PrefixFrom(key.prefix.Addr(), bits).Masked()}
		shorter := byPrefix[around]
		for _, r := range shorter {
			if !slices.ContainsFunc(taken, func(own *Rule) bool { return own.covers(r) }) {
				t.add(r, t.prefixes[key])
			}
		}
		taken = append(taken, shorter...)
	}
}

// add adds the entries of a rule, but for those that are there.
func (t *table) add(r *Rule, peer uint32) {
	level := r.level()
	t.levels |= 1 << level
	key := datapathPolicyKey{
		Peer: peer, Vlan: r.VLAN, Proto: r.Proto, Dir: uint8(r.Direction),
		By: uint8(level & (policyByPrefix | policyByIdentity)),
	}
	value := datapathPolicyRule{Number: r.Number}
	if r.Deny {
		value.Deny = 1
	}
	first, last, _ := r.ports()
	for port := int(first); port <= int(last) && len(t.rules) <= maxRules; port++ {
		switch {
		case r.ICMPType != 0:
			key.Port = policyICMPType | uint16(port)
		case r.Port != 0:
			key.Port = networkOrder(uint16(port))
		}
		if _, there := t.rules[key]; !there {
			t.rules[key] = value
		}
	}
}

// SetRules adds rules. One that asks for the same as another takes its place. They hold for the next packet. After an error the
// rules are those before.
func (d *Datapath) SetRules(rules ...Rule) error {
	for i := range rules {
		if err := rules[i].check(); err != nil {
			return fmt.Errorf("set a policy rule: %w", err)
		}
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("set a policy rule: %w", err)
	}
	defer d.mu.Unlock()
	all := slices.Clone(d.rules)
	for _, r := range rules {
		all = slices.DeleteFunc(all, r.same)
		all = append(all, r)
	}
	if err := d.replaceRules(all); err != nil {
		return fmt.Errorf("set a policy rule: %w", err)
	}
	return nil
}

// SetRule is SetRules for one.
func (d *Datapath) SetRule(r Rule) error { return d.SetRules(r) }

// DeleteRule removes the rule that asks for the same as r. The error wraps ebpf.ErrKeyNotExist if there is none.
func (d *Datapath) DeleteRule(r Rule) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	defer d.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(d.rules), r.same)
	if len(left) == len(d.rules) {
		return fmt.Errorf("delete a policy rule: %w", ebpf.ErrKeyNotExist)
	}
	if err := d.replaceRules(left); err != nil {
		return fmt.Errorf("delete a policy rule: %w", err)
	}
	return nil
}

// replaceRules makes the maps hold a list of rules. What is new is entered before what is old is removed. If the kernel refuses
// something, the maps get back what they had. If it refuses that too, they may have entries of both lists: the next call writes
// all that it needs and removes the rest.
func (d *Datapath) replaceRules(rules []Rule) error {
	next, err := newTable(rules, d.prefixNumber)
	if err != nil {
		return err
	}
	old := d.table
	if old == nil {
		old = &table{}
	}
	if err = d.enter(old, next); err == nil {
		err = d.remove(old, next)
	}
	if err != nil {
		both := old.or(next)
		if errors.Join(d.enter(both, old), d.remove(both, old)) != nil {
			d.table = both
		}
		return err
	}
	d.rules, d.table = rules, next
	return nil
}

// enter writes the entries of a table that are not in the maps, or may not be.
func (d *Datapath) enter(old, next *table) (err error) {
	for key, value := range next.rules {
		if was, there := old.rules[key]; !there || was != value || old.unsure {
			err = errors.Join(err, d.objs.Policy.Put(key, value))
		}
	}
	for key, number := range next.prefixes {
		if _, there := old.prefixes[key]; !there || old.unsure {
			m, k := d.prefixEntry(key)
			err = errors.Join(err, m.Put(k, datapathPolicyPeer{Number: number}))
		}
	}
	return errors.Join(err, d.objs.PolicyLevels.Set(old.levels|next.levels))
}

// remove deletes the entries that only an old table has.
func (d *Datapath) remove(old, next *table) (err error) {
	missing := func(err error) error {
		if old.unsure && errors.Is(err, ebpf.ErrKeyNotExist) {
			return nil
		}
		return err
	}
	for key := range old.prefixes {
		if _, there := next.prefixes[key]; !there {
			m, k := d.prefixEntry(key)
			err = errors.Join(err, missing(m.Delete(k)))
		}
	}
	for key := range old.rules {
		if _, there := next.rules[key]; !there {
			err = errors.Join(err, missing(d.objs.Policy.Delete(key)))
		}
	}
	return errors.Join(err, d.objs.PolicyLevels.Set(next.levels))
}

// or returns the table of what the maps may have of two.
func (t *table) or(other *table) *table {
	all := &table{rules: maps.Clone(other.rules), prefixes: maps.Clone(other.prefixes), levels: t.levels | other.levels, unsure: true}
	maps.Copy(all.rules, t.rules)
	maps.Copy(all.prefixes, t.prefixes)
	return all
}

// prefixNumber returns the number of a prefix, which is never 0.
func (d *Datapath) prefixNumber(p netip.Prefix) uint32 {
	if d.numbers == nil {
		d.numbers = map[netip.Prefix]uint32{}
	}
	if d.numbers[p] == 0 {
		d.numbers[p] = uint32(len(d.numbers) + 1)
	}
	return d.numbers[p]
}

// prefixEntry returns a prefix's map and its key there.
func (d *Datapath) prefixEntry(p directed) (*ebpf.Map, any) {
	bits := uint32(32 + p.prefix.Bits())
	if p.prefix.Addr().Is4() {
		return d.objs.PolicyPrefixes4, datapathPolicyPrefix4{
			Prefixlen: bits, Dir: uint32(p.dir), Addr: words4(p.prefix.Addr()),
		}
	}
	key := datapathPolicyPrefix6{Prefixlen: bits, Dir: uint32(p.dir)}
	key.Addr.Word = words6(p.prefix.Addr())
	return d.objs.PolicyPrefixes6, key
}

// Denied returns how many packets the rules with a number have denied, or would have; 0 for numbers that are not counted.
func (d *Datapath) Denied(number uint16) (uint64, error) {
	if err := d.open(); err != nil {
		return 0, err
	}
	defer d.mu.Unlock()
	if uint32(number) >= policyCounters {
		return 0, nil
	}
	var n uint64
	if err := d.objs.PolicyDenied.Lookup(uint32(number), &n); err != nil {
		return 0, fmt.Errorf("read the counter of rule %d: %w", number, err)
	}
	return n, nil
}

// SetIdentity gives every address that prefix is the longest one for an identity, which is not 0. It holds for the
// next packet.
func (d *Datapath) SetIdentity(prefix netip.Prefix, identity uint32) error {
	if err := CheckPrefix(prefix); err != nil {
		return fmt.Errorf("set an identity: %w", err)
	}
	if identity == 0 {
		return fmt.Errorf("set the identity of %s: 0 means unknown addresses", prefix)
	}
	if err := d.open(); err != nil {
		return fmt.Errorf("set the identity of %s: %w", prefix, err)
	}
	defer d.mu.Unlock()
	err := d.putIdentity(prefix, datapathIdentity{Id: identity})
	if err == nil {
		err = d.objs.IdentitiesSet.Set(uint32(1))
	}
	if err != nil {
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

// CheckPrefix reports what is wrong with a prefix for a rule or an identity. An address with bits behind the prefix is more likely a slip than
// meant, so it is not cut in silence.
func CheckPrefix(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return errors.New("not a valid prefix")
	case p.Addr().Is4In6():
		return fmt.Errorf("%s: write the IPv4 prefix", p)
	case p != p.Masked():
		return fmt.Errorf("%s: the address has bits set after the prefix: write %s or %s/%d",
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
