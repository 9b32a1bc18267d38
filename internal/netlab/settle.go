// SPDX-License-Identifier: Apache-2.0

//go:build linux

package netlab

import (
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// answers is how often a packet is answered at most: a segment by a reset, which is answered by nothing.
const answers = 2

// Settle returns once what was sent before, from any namespace of this machine, has arrived, and what the kernel answered.
// On a busy machine packets wait after the call that sent them, in the queue of the CPU that it ran on, which all namespaces
// share: so a datagram is sent through each of these queues, and again for each answer. It does not wait for what the ends of a
// cable find out of each other before their first packet: Ping does.
func (n *Namespace) Settle() error {
	return n.Do(func() error {
		conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			return err
		}
		for i := 0; i <= answers && err == nil; i++ {
			err = onEachCPU(func() error { return toItself(conn) })
		}
		return errors.Join(err, conn.Close())
	})
}

// toItself sends a datagram from a socket to itself and waits for it.
func toItself(conn *net.UDPConn) error {
	var got [1]byte
	_, err := conn.WriteTo(got[:], conn.LocalAddr())
	if err != nil {
		return err
	}
	if err := conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	_, err = conn.Read(got[:])
	return err
}

// onEachCPU calls f on each CPU that the calling thread may use. Its goroutine must have locked it.
func onEachCPU(f func() error) error {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return fmt.Errorf("read which CPUs to use: %w", err)
	}
	var err error
	for cpu, left := 0, all.Count(); left > 0 && err == nil; cpu++ {
		if !all.IsSet(cpu) {
			continue
		}
		left--
		var one unix.CPUSet
		one.Set(cpu)
		if err = unix.SchedSetaffinity(0, &one); err == nil {
			err = f()
		}
	}
	return errors.Join(err, unix.SchedSetaffinity(0, &all))
}
