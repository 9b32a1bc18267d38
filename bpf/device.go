// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// device is a network interface and what its packets start with.
type device struct {
	link      netlink.Link
	linkLayer bool // an Ethernet header; otherwise IP
}

// findDevice finds an interface by name.
func findDevice(nl *netlink.Handle, name string) (device, error) {
	l, err := nl.LinkByName(name)
	var notFound netlink.LinkNotFoundError
	switch {
	case errors.As(err, &notFound), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ERANGE):
		return device{}, &SetupError{Subject: "attach to " + name, Problem: NoInterface}
	case err != nil:
		return device{}, fmt.Errorf("find interface %s: %w", name, err)
	}
	linkLayer, known := startsWith(l.Attrs().EncapType)
	if !known {
		return device{}, &SetupError{
			Subject: "attach to " + name, Problem: UnsupportedInterface,
			Err: fmt.Errorf("its type is %q", l.Attrs().EncapType),
		}
	}
	return device{link: l, linkLayer: linkLayer}, nil
}

// startsWith tells by an interface's type whether its packets start with an Ethernet header, or else with IP.
func startsWith(encap string) (ethernet, known bool) {
	switch encap {
	case "ether", "loopback":
		return true, true
	case "none", "ppp", "ipip", "tunnel6", "sit", "gre", fmt.Sprintf("unknown%d", unix.ARPHRD_RAWIP),
		fmt.Sprintf("unknown%d", unix.ARPHRD_IP6GRE):
		return false, true
	}
	return false, false
}
