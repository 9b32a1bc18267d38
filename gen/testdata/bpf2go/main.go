// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"net"
	"net/netip"
	"os"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/cilium/ebpf/ringbuf"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: flows INTERFACE [PREFIX...]")
	}
	if err := run(os.Args[1], os.Args[2:]); err != nil {
		log.Fatal(err)
	}
}

func run(device string, blocked []string) error {
	var objs flowsObjects // bpf2go's: programs and maps
	if err := loadFlowsObjects(&objs, nil); err != nil {
		return err
	}
	defer objs.Close()
	for _, text := range blocked {
		if err := block(objs.Blocked, text); err != nil {
			return err
		}
	}
	dev, err := net.InterfaceByName(device)
	if err != nil {
		return err
	}
	attached, err := link.AttachTCX(link.TCXOptions{Program: objs.Watch, Attach: ebpf.AttachTCXIngress, Interface: dev.Index})
	if err != nil {
		return err
	}
	defer attached.Close()
	ring, err := ringbuf.NewReader(objs.Events)
	if err != nil {
		return err
	}
	defer ring.Close()
	return read(ring)
}

// block adds a network to the trie. Prefix is lockstep's: its address is a number in this machine's order, and is stored in
// the network's, since the map asks a Prefix for its bytes (encoding.BinaryMarshaler).
func block(trie *ebpf.Map, text string) error {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return err
	}
	ip := p.Masked().Addr().As4()
	return trie.Put(Prefix{Bits: uint32(p.Bits()), Addr: binary.BigEndian.Uint32(ip[:])}, uint32(1))
}

// read prints what the ring has, until it is closed.
func read(ring *ringbuf.Reader) error {
	var record ringbuf.Record
	var f Flow
	for {
		if err := ring.ReadInto(&record); errors.Is(err, ringbuf.ErrClosed) {
			return nil
		} else if err != nil {
			return err
		}
		if err := f.Decode(record.RawSample); err != nil {
			log.Print(err) // the program and this reader are out of step
			continue
		}
		fmt.Println(f)
	}
}
