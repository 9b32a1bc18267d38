// SPDX-License-Identifier: Apache-2.0

//go:build linux

package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// timeout is how long anything may take that is done to get an answer.
const timeout = time.Minute

// Echo serves TCP at an address of the namespace, "host:port": what a client sends comes back. Closing what is returned
// ends it.
func (n *Namespace) Echo(address string) (io.Closer, error) {
	var l net.Listener
	err := n.Do(func() (err error) {
		l, err = net.Listen("tcp", address)
		return err
	})
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(struct{ io.Writer }{conn}, struct{ io.Reader }{conn}) // ends with the client
				_ = conn.Close()
			}()
		}
	}()
	return l, nil
}

// Dial connects to a TCP server from the namespace, within a time.
func (n *Namespace) Dial(address string, within time.Duration) (conn net.Conn, err error) {
	err = n.Do(func() (err error) {
		conn, err = net.DialTimeout("tcp", address, within)
		return err
	})
	return conn, err
}

// Talk connects to a server that echoes, sends the message, waits until all of it has come back, and closes.
func (n *Namespace) Talk(address string, message []byte) error {
	conn, err := n.Dial(address, timeout)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // everything has come back
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(message)
		sent <- err
	}()
	got := make([]byte, len(message))
	if _, err := io.ReadFull(conn, got); err != nil {
		return errors.Join(err, conn.Close(), <-sent)
	}
	if string(got) != string(message) {
		return fmt.Errorf("%s sent back something else", address)
	}
	return <-sent
}

// Send sends one UDP datagram from the namespace.
func (n *Namespace) Send(address string, message []byte) error {
	return n.Do(func() error {
		conn, err := net.Dial("udp", address)
		if err != nil {
			return err
		}
		_, err = conn.Write(message)
		return errors.Join(err, conn.Close())
	})
}

// SendFrame sends a frame from the namespace's interface, just as it is.
func (n *Namespace) SendFrame(frame []byte) error { return n.Flood(frame, 1) }

// Flood sends a frame many times, as fast as it can.
func (n *Namespace) Flood(frame []byte, times int) error {
	return n.Do(func() error {
		i, err := net.InterfaceByName(Interface)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		to := &unix.SockaddrLinklayer{Ifindex: i.Index, Halen: 6}
		for ; times > 0 && err == nil; times-- {
			err = unix.Sendto(fd, frame, 0, to)
		}
		return errors.Join(err, unix.Close(fd))
	})
}

// pingAgain is when a request is sent again: that both ends know of the cable does not say that IPv6 does. The kernel tells it
// later, and until then neighbors are not found and the request is dropped.
const pingAgain = 5 * time.Second

// Ping sends ICMP or ICMPv6 echo requests from the namespace until one is answered. The first suffices but on a busy machine.
func (n *Namespace) Ping(address string) error {
	addr, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	err = n.Do(func() error {
		network, request := "ip4:icmp", echoRequest(8)
		if addr.Is6() {
			network, request = "ip6:ipv6-icmp", echoRequest(128)
		}
		conn, err := net.Dial(network, address)
		if err != nil {
			return err
		}
		for end := time.Now().Add(timeout); ; {
			_, err = conn.Write(request)
			err = errors.Join(err, awaitEcho(conn.(*net.IPConn), addr))
			if !errors.Is(err, os.ErrDeadlineExceeded) || time.Now().After(end) {
				return errors.Join(err, conn.Close())
			}
		}
	})
	if err != nil {
		return fmt.Errorf("ping %s: %w", address, err)
	}
	return nil
}

// echoRequest makes a request of a type, with the checksum that ICMP asks for. The kernel makes that of ICMPv6.
func echoRequest(kind byte) []byte {
	b := append([]byte{kind, 0, 0, 0, 0x12, 0x34, 0, 1}, "a ping from the lab "...)
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[2:], ^uint16(sum+sum>>16))
	return b
}

// awaitEcho waits for the answer. Other ICMP messages come along too.
func awaitEcho(conn *net.IPConn, from netip.Addr) error {
	answer := byte(0)
	if from.Is6() {
		answer = 129
	}
	if err := conn.SetReadDeadline(time.Now().Add(pingAgain)); err != nil {
		return err
	}
	for buf := make([]byte, 1500); ; {
		n, _, err := conn.ReadFrom(buf) // Read would leave the IP header in front
		if err != nil {
			return err
		}
		if n > 0 && buf[0] == answer {
			return nil
		}
	}
}
