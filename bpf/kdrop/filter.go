// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Filter says which packets to report. A packet must match one value of each list that is not empty. What it rejects
// costs little: the kernel does it. Addresses and ports are those of the outermost IP header.
//
// A later fragment, which has no ports, matches every port. The device of a packet that TCP has taken off it is known to
// the reader only: it rejects the packet, which has then been counted.
type Filter struct {
	Addrs     []netip.Prefix // source or destination
	Srcs      []netip.Prefix
	Dsts      []netip.Prefix
	Ports     []uint16 // source or destination
	SrcPorts  []uint16
	DstPorts  []uint16
	Protocols []uint8
	Reasons   []uint32 // numbers of the running kernel
	Devices   []string // names, in any network namespace

	// Namespaces are network namespaces by their inode numbers, as messages have them. The namespace of a packet is that of its
	// device, or of its socket if it has no device. A packet of which neither is known is in none.
	Namespaces []uint32
}

// prefix is struct kdrop_prefix: addresses in network order.
type prefix struct{ Addr, Mask [2]uint64 }

func newPrefix(p netip.Prefix) prefix {
	bits := p.Bits()
	if p.Addr().Is4() {
		bits += 96
	}
	addr := p.Masked().Addr().As16()
	if p.Addr().Is4() {
		addr[10], addr[11] = 0xff, 0xff
	}
	var mask [16]byte
	for i := range bits {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	var out prefix
	for i := range 2 {
		out.Addr[i] = binary.NativeEndian.Uint64(addr[8*i:])
		out.Mask[i] = binary.NativeEndian.Uint64(mask[8*i:])
	}
	return out
}

// check reports what the kernel cannot filter by.
func (f *Filter) check() error {
	lists := []struct {
		name string
		n    int
	}{
		{"addresses", len(f.Addrs)}, {"sources", len(f.Srcs)}, {"destinations", len(f.Dsts)}, {"ports", len(f.Ports)},
		{"source ports", len(f.SrcPorts)}, {"destination ports", len(f.DstPorts)},
		{"protocols", len(f.Protocols)}, {"devices", len(f.Devices)}, {"network namespaces", len(f.Namespaces)},
	}
	for _, l := range lists {
		if l.n > MaxFilter {
			return fmt.Errorf("filter by %d %s: at most %d are possible", l.n, l.name, MaxFilter)
		}
	}
	for _, list := range [][]netip.Prefix{f.Addrs, f.Srcs, f.Dsts} {
		for _, p := range list {
			if !p.IsValid() {
				return fmt.Errorf("filter by an address: %s is not a prefix", p)
			}
		}
	}
	for _, name := range f.Devices {
		if name == "" || len(name) > 15 {
			return fmt.Errorf("filter by device %q: names have 1 to 15 bytes", name)
		}
	}
	return nil
}

// array returns a list as the array that the program has.
func array[T, U any](list []T, convert func(T) U) (out [MaxFilter]U) {
	for i, v := range list {
		out[i] = convert(v)
	}
	return out
}

func same[T any](v T) T { return v }

// variables returns the values of the program's variables.
func (f *Filter) variables() map[string]any {
	return map[string]any{
		kdropVarCfgAddr: array(f.Addrs, newPrefix), kdropVarCfgAddrs: uint32(len(f.Addrs)),
		kdropVarCfgSrc: array(f.Srcs, newPrefix), kdropVarCfgSrcs: uint32(len(f.Srcs)),
		kdropVarCfgDst: array(f.Dsts, newPrefix), kdropVarCfgDsts: uint32(len(f.Dsts)),
		kdropVarCfgPort: array(f.Ports, same), kdropVarCfgPorts: uint32(len(f.Ports)),
		kdropVarCfgSport: array(f.SrcPorts, same), kdropVarCfgSports: uint32(len(f.SrcPorts)),
		kdropVarCfgDport: array(f.DstPorts, same), kdropVarCfgDports: uint32(len(f.DstPorts)),
		kdropVarCfgProto: array(f.Protocols, same), kdropVarCfgProtos: uint32(len(f.Protocols)),
		kdropVarCfgDevice: array(f.Devices, deviceName), kdropVarCfgDevices: uint32(len(f.Devices)),
		kdropVarCfgNamespace: array(f.Namespaces, same), kdropVarCfgNamespaces: uint32(len(f.Namespaces)),
	}
}

// deviceName returns a name as the program compares it.
func deviceName(name string) (words [2]uint64) {
	var text [16]byte
	copy(text[:], name)
	for i := range words {
		words[i] = binary.NativeEndian.Uint64(text[8*i:])
	}
	return words
}

// reasons returns what becomes of each reason: what is no loss is left out, and what is not asked for rejected.
func (f *Filter) reasons(known *Reasons, all bool) (verdicts [reasonsSubsys * reasonsEach]uint8) {
	if !all {
		for number, name := range known.drop {
			if i, ok := reasonIndex(number); ok {
				verdicts[i] = verdictOf(name)
			}
		}
	}
	if len(f.Reasons) == 0 {
		return verdicts
	}
	for i := range verdicts {
		verdicts[i] = reasonFilter
	}
	for _, number := range f.Reasons {
		if i, ok := reasonIndex(number); ok {
			verdicts[i] = 0 // who asks for what is no loss gets it
		}
	}
	return verdicts
}

// reasonIndex returns where among the reasons one is.
func reasonIndex(reason uint32) (uint32, bool) {
	subsys, number := reason>>16, reason&0xffff
	return subsys*reasonsEach + number, subsys < reasonsSubsys && number < reasonsEach
}
