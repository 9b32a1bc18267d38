// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/bpf"
)

// identityFlag is the value of --identity: what was given so far.
type identityFlag []identityOf

// identityOf gives an identity to a prefix.
type identityOf struct {
	prefix netip.Prefix
	id     uint32
}

// Set adds CIDR=ID.
func (f *identityFlag) Set(s string) error {
	who, number, found := strings.Cut(s, "=")
	if !found {
		return errors.New("it is CIDR=ID")
	}
	prefix, err := parsePrefix(who)
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(number, 0, 32)
	if err != nil || id == 0 {
		return fmt.Errorf("an identity is a number from 1 to 4294967295, not %q", number)
	}
	*f = append(*f, identityOf{prefix, uint32(id)})
	return nil
}

func (f *identityFlag) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (f *identityFlag) Type() string { return "CIDR=ID" }

// ruleFlag is the value of --deny and of --allow, which add to the same list.
type ruleFlag struct {
	rules *[]bpf.Rule
	deny  bool
}

// Set adds the rules that one argument stands for: one for each direction.
func (f *ruleFlag) Set(s string) error {
	rules, err := parseRule(s)
	if err != nil {
		return err
	}
	for _, r := range rules {
		r.Deny = f.deny
		*f.rules = append(*f.rules, r)
	}
	return nil
}

func (f *ruleFlag) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (f *ruleFlag) Type() string { return "rule" }

// parseRule reads [ingress:|egress:]WHO[,PROTOCOL[/PORT]].
func parseRule(s string) ([]bpf.Rule, error) {
	directions := []bpf.Direction{bpf.Ingress, bpf.Egress}
	for _, d := range directions {
		if rest, found := strings.CutPrefix(s, d.String()+":"); found {
			s, directions = rest, []bpf.Direction{d}
			break
		}
	}
	who, what, both := strings.Cut(s, ",")
	var r bpf.Rule
	if err := parseWho(&r, who); err != nil {
		return nil, err
	}
	if both {
		if err := parseWhat(&r, what); err != nil {
			return nil, err
		}
	}
	if both && r.Prefix.IsValid() {
		return nil, errors.New("a rule for a prefix takes no protocol: give the prefix an identity, and write the rule for that")
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
			return errors.New("identity 0 stands for unknown addresses, and no rule can ask for it")
		}
		r.Identity = uint32(id)
		return nil
	}
	r.Prefix, err = parsePrefix(s)
	return err
}

// parsePrefix reads a prefix, or an address for the prefix that holds nothing else.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no prefix like 10.0.0.0/8 and no address", s)
	}
	if prefix != prefix.Masked() {
		return netip.Prefix{}, fmt.Errorf("%s has bits behind the prefix: %s or %s is meant", s, prefix.Masked(), prefix.Addr())
	}
	return prefix, nil
}

// parseWhat reads PROTOCOL[/PORT].
func parseWhat(r *bpf.Rule, s string) error {
	name, number, withPort := strings.Cut(s, "/")
	protocols := map[string]uint8{"icmp": 1, "tcp": 6, "udp": 17, "icmp6": 58}
	proto, known := protocols[name]
	if !known {
		n, err := strconv.ParseUint(name, 10, 8)
		if err != nil || n == 0 {
			return fmt.Errorf("a protocol is tcp, udp, icmp, icmp6 or a number from 1 to 255, not %q", name)
		}
		proto = uint8(n)
	}
	r.Proto = proto
	if !withPort {
		return nil
	}
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil || port == 0 {
		return fmt.Errorf("a port is a number from 1 to 65535, not %q", number)
	}
	if proto != protocols["tcp"] && proto != protocols["udp"] {
		return fmt.Errorf("%s has no ports", name)
	}
	r.Port = uint16(port)
	return nil
}
