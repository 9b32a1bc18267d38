// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
)

// checkAddress returns an error for the address of a flag that nothing can be served at. form says what it is like.
func checkAddress(flag, address, form string) error {
	host, port, err := net.SplitHostPort(address)
	var of *net.AddrError
	switch {
	case errors.As(err, &of):
		return fmt.Errorf("--%s %q: %s; it is %s", flag, address, of.Err, form)
	case err != nil:
		return fmt.Errorf("--%s %q: %w; it is %s", flag, address, err, form)
	}
	if _, err := net.LookupPort("tcp", port); err != nil {
		return fmt.Errorf("--%s %q: %q is not a port, which is a number from 0 to 65535 or the name of a service; the address is %s", flag, address, port, form)
	}
	if len(host) > 255 {
		return fmt.Errorf("--%s: the name of a host has at most 255 bytes; the address is %s", flag, form)
	}
	return nil
}

// listenAt listens at the address of a flag that was checked.
func listenAt(flag, address string) (net.Listener, error) {
	var l net.Listener
	var err error
	done := make(chan struct{})
	go func() { // --netns has moved the calling goroutine: who asks is where the command was started
		defer close(done)
		l, err = net.Listen("tcp", address)
	}()
	<-done
	if err == nil {
		return l, nil
	}
	var name *net.DNSError
	why := err.Error()
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		why = "another program listens there: give another port, or end that program (`ss -ltnp` names it)"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		why = "this host does not have the address: `ip address` lists those it has"
	case errors.Is(err, os.ErrPermission):
		why = "a port below 1024 needs root or the capability NET_BIND_SERVICE: give a higher one"
	case errors.As(err, &name):
		why = fmt.Sprintf("there is no host of the name %q: give an address of this host", name.Name)
	}
	return nil, &listenError{fmt.Sprintf("cannot listen at --%s %s: %s", flag, address, why), err}
}

// listenError is the error of a listener, in words of its own.
type listenError struct {
	text string
	err  error
}

func (e *listenError) Error() string { return e.text }
func (e *listenError) Unwrap() error { return e.err }
