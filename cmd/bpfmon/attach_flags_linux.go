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
	for _, other := range *f {
		if other.prefix == prefix {
			return fmt.Errorf("%s has identity %d already", prefix, other.id)
		}
	}
	*f = append(*f, identityOf{prefix, uint32(id)})
	return nil
}

func (f *identityFlag) String() string { return "" }

// Type names the kind of value, as package pflag asks for.
func (f *identityFlag) Type() string { return "CIDR=ID" }

// errNoPrefix is the error of a text that is neither a prefix nor an address.
var errNoPrefix = errors.New("is neither an address nor a prefix like 10.0.0.0/8")

// parsePrefix reads a prefix, or an address for the prefix that holds nothing else.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		prefix := netip.PrefixFrom(addr, addr.BitLen())
		return prefix, bpf.CheckPrefix(prefix)
	}
	prefix, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q %w", s, errNoPrefix)
	}
	return prefix, bpf.CheckPrefix(prefix)
}
