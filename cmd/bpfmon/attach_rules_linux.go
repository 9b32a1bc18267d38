// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/monitor/packet"
)

// policy is the rules of the command line, in their order: --deny and --allow add to the same list.
type policy []ruleArgument

// ruleArgument is a rule as it was given, and what it stands for: one rule for each direction.
type ruleArgument struct {
	text  string
	rules []bpf.Rule
}

// ruleFlag is the value of --deny and of --allow.
type ruleFlag struct {
	policy *policy
	deny   bool
}

// Set adds a rule.
func (f *ruleFlag) Set(s string) error {
	rules, err := parseRule(s)
	if err != nil {
		return err
	}
	a := ruleArgument{text: "--allow " + s, rules: rules}
	if f.deny {
		a.text = "--deny " + s
	}
	for i := range a.rules {
		a.rules[i].Deny = f.deny
		a.rules[i].Number = uint16(min(len(*f.policy)+1, 1<<16-1))
	}
	*f.policy = append(*f.policy, a)
	return nil
}

func (f *ruleFlag) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (f *ruleFlag) Type() string { return "rule" }

// check returns an error for rules that can match nothing, or that ask for the same.
func (p policy) check(identities identityFlag) error {
	seen := map[bpf.Rule]string{}
	for _, a := range p {
		for _, r := range a.rules {
			r.Deny, r.Number = false, 0
			if other, twice := seen[r]; twice {
				return fmt.Errorf("%s: %s matches the same packets", a.text, other)
			}
			seen[r] = a.text
			known := func(i identityOf) bool { return i.id == r.Identity }
			if r.Identity != 0 && !slices.ContainsFunc(identities, known) {
				return fmt.Errorf("%s: no --identity gives a prefix the identity %d", a.text, r.Identity)
			}
		}
	}
	return nil
}

// all returns every rule.
func (p policy) all() (rules []bpf.Rule) {
	for _, a := range p {
		rules = append(rules, a.rules...)
	}
	return rules
}

// parseRule reads [ingress:|egress:]WHO[,PROTOCOL[/WHAT]][,vlan=NUMBER].
func parseRule(s string) ([]bpf.Rule, error) {
	directions := []bpf.Direction{bpf.Ingress, bpf.Egress}
	for _, d := range directions {
		if rest, found := strings.CutPrefix(s, d.String()+":"); found {
			s, directions = rest, []bpf.Direction{d}
			break
		}
	}
	parts := strings.Split(s, ",")
	var r bpf.Rule
	if err := parseWho(&r, parts[0]); err != nil {
		protocol, _, _ := strings.Cut(parts[0], "/")
		if parsePart(new(bpf.Rule), protocol) == nil {
			return nil, fmt.Errorf("%q does not begin with an address, a prefix, an identity or all, as %q does", s, "all,"+s)
		}
		return nil, err
	}
	for _, part := range parts[1:] {
		if err := parsePart(&r, part); err != nil {
			return nil, err
		}
	}
	if r.Prefix.IsValid() && r.Proto == packet.ProtoICMP && !r.Prefix.Addr().Is4() ||
		r.Prefix.IsValid() && r.Proto == packet.ProtoICMPv6 && r.Prefix.Addr().Is4() {
		return nil, fmt.Errorf("%s: no packet of this prefix is of this protocol", s)
	}
	rules := make([]bpf.Rule, len(directions))
	for i, d := range directions {
		rules[i] = r
		rules[i].Direction = d
	}
	return rules, nil
}

// parseWho reads the other end.
func parseWho(r *bpf.Rule, s string) (err error) {
	if s == "all" {
		return nil
	}
	if id, err := strconv.ParseUint(s, 10, 32); err == nil {
		if id == 0 {
			return errors.New("identity 0 means unknown addresses, and a rule cannot name it")
		}
		r.Identity = uint32(id)
		return nil
	}
	if r.Prefix, err = parsePrefix(s); errors.Is(err, errNoPrefix) {
		return fmt.Errorf(`%q is neither "all", an address, a prefix like 10.0.0.0/8 nor the number of an identity, after ingress:, egress: or nothing`, s)
	}
	return err
}

// parsePart reads what else a rule asks for.
func parsePart(r *bpf.Rule, s string) error {
	number, isVLAN := strings.CutPrefix(s, "vlan=")
	switch {
	case isVLAN && r.VLAN != 0:
		return errors.New("a rule takes one VLAN")
	case isVLAN:
		vlan, err := strconv.ParseUint(number, 10, 16)
		if err != nil || vlan == 0 || vlan > bpf.MaxVLAN {
			return fmt.Errorf("a VLAN is a number from 1 to %d, not %q", bpf.MaxVLAN, number)
		}
		r.VLAN = uint16(vlan)
		return nil
	case r.Proto != 0:
		return fmt.Errorf("a rule takes one protocol: %q is one too many", s)
	}
	return parseWhat(r, s)
}

// icmpTypes are the names that a rule may give a type of message by: of ICMP, and of ICMPv6; -1 where there is none.
var icmpTypes = map[string][2]int{
	"echo-reply": {0, 129}, "unreachable": {3, 1}, "packet-too-big": {-1, 2}, "redirect": {5, 137},
	"echo-request": {8, 128}, "router-advertisement": {9, 134}, "router-solicitation": {10, 133},
	"time-exceeded": {11, 3}, "parameter-problem": {12, 4}, "neighbor-solicitation": {-1, 135},
	"neighbor-advertisement": {-1, 136},
}

// parseWhat reads PROTOCOL[/PORT[-PORT]], or PROTOCOL/TYPE of ICMP.
func parseWhat(r *bpf.Rule, s string) error {
	name, what, more := strings.Cut(s, "/")
	proto, err := parseProtocol(name)
	if err != nil {
		return err
	}
	r.Proto = proto
	switch {
	case !more:
		return nil
	case proto == packet.ProtoICMP || proto == packet.ProtoICMPv6:
		return parseICMPType(r, name, what)
	case packet.HasPorts(proto):
		return parsePorts(r, what)
	}
	return fmt.Errorf("%s has no ports", name)
}

// icmpNames returns the names of the types of ICMP, or of ICMPv6, for messages.
func icmpNames(column int) string {
	var all []string
	for name, numbers := range icmpTypes {
		if numbers[column] >= 0 {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func parseICMPType(r *bpf.Rule, protocol, s string) error {
	column := 0
	if r.Proto == packet.ProtoICMPv6 {
		column = 1
	}
	if numbers, known := icmpTypes[s]; known && numbers[column] >= 0 {
		r.ICMPType = uint16(numbers[column]) + 1
		return nil
	}
	n, err := strconv.ParseUint(s, 10, 8)
	if err != nil {
		return fmt.Errorf("a type of %s is a number from 0 to 255 or one of %s, not %q", protocol, icmpNames(column), s)
	}
	r.ICMPType = uint16(n) + 1
	return nil
}

// parsePorts reads a port, a range of them, or the name of a service.
func parsePorts(r *bpf.Rule, s string) error {
	first, last, isRange := strings.Cut(s, "-")
	from, err := parsePort(first)
	if err == nil && isRange {
		var to uint16
		if to, err = parsePort(last); err == nil && to <= from {
			return fmt.Errorf("%s: a range of ports must end with a higher port than it starts with", s)
		}
		r.Port, r.PortEnd = from, to
	}
	if err == nil {
		r.Port = from
		return nil
	}
	if port, unknown := net.LookupPort(packet.ProtocolName(r.Proto), s); unknown == nil && port > 0 && !isNumber(s) {
		r.Port = uint16(port)
		return nil
	}
	return fmt.Errorf("a port is a number from 1 to 65535, a range like 8000-8080 or the name of a service, not %q", s)
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}
