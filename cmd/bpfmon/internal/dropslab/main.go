// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command dropslab makes the traffic of scripts/drops-lab.sh, in the network namespace that it is run in.
//
//	dropslab send ADDRESS:PORT COUNT [SIZE]   UDP datagrams, which may not be fragmented
//	dropslab dial ADDRESS:PORT COUNT          TCP connections, which must be refused or get no answer
//	dropslab spoof SOURCE ADDRESS COUNT       UDP datagrams with another source address
//	dropslab hold ADDRESS:PORT                a UDP socket with a small buffer that is never read; it says when it is there
//	dropslab compare TRACE JSON               hold tracefs' events kfree_skb against what bpfmon has printed
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "dropslab:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	for len(args) < 4 {
		args = append(args, "")
	}
	n, _ := strconv.Atoi(args[2]) // 0 for the command that takes none
	switch args[0] {
	case "send":
		size, err := strconv.Atoi(args[3])
		if err != nil {
			size = 32
		}
		return send(args[1], n, size)
	case "dial":
		return dial(args[1], n)
	case "spoof":
		n, err := strconv.Atoi(args[3])
		if err != nil {
			return err
		}
		return spoof(args[1], args[2], n)
	case "hold":
		return hold(args[1])
	case "compare":
		return compare(args[1], args[2])
	}
	return fmt.Errorf("no command %q", args[0])
}

// send sends datagrams that get no answer. A socket that is not connected is not told so.
func send(to string, n, size int) error {
	addr, err := netip.ParseAddrPort(to)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return err
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	err = raw.Control(func(fd uintptr) { // the size that the device takes counts, not what a router has said
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE)
	})
	for ; n > 0 && err == nil; n-- {
		_, err = conn.WriteToUDPAddrPort(make([]byte, size), addr)
	}
	return err
}

func dial(to string, n int) error {
	for ; n > 0; n-- {
		conn, err := net.DialTimeout("tcp", to, 100*time.Millisecond)
		if err == nil {
			return fmt.Errorf("%s took a connection: %w", to, conn.Close())
		}
	}
	return nil
}

func spoof(from, to string, n int) error {
	src, err := netip.ParseAddr(from)
	if err != nil {
		return err
	}
	dst, err := netip.ParseAddr(to)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_RAW)
	if err != nil {
		return err
	}
	packet := make([]byte, 28)
	binary.BigEndian.PutUint16(packet[20:], 40000)
	packet[0], packet[8], packet[9] = 0x45, 64, unix.IPPROTO_UDP
	source, destination := src.As4(), dst.As4()
	copy(packet[12:], source[:])
	copy(packet[16:], destination[:])
	binary.BigEndian.PutUint16(packet[22:], 9)
	binary.BigEndian.PutUint16(packet[24:], 8)
	for ; n > 0 && err == nil; n-- {
		err = unix.Sendto(fd, packet, 0, &unix.SockaddrInet4{Addr: destination})
	}
	return err
}

func hold(at string) error {
	addr, err := net.ResolveUDPAddr("udp4", at)
	if err != nil {
		return err
	}
	conn, err := net.ListenUDP("udp4", addr)
	if err != nil {
		return err
	}
	if err := conn.SetReadBuffer(1); err != nil { // the kernel makes it the smallest that it allows
		return err
	}
	fmt.Println("ready")
	select {}
}
