// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/internal/thread"
)

// place is a device in a network namespace.
type place struct{ netns, ifindex uint32 }

// places knows the names of network namespaces and of devices in them.
type places struct {
	named string // the directory in which `ip netns` keeps its names
	proc  string
	now   func() time.Time

	list    func(path string, netns uint32) []net.Interface
	names   map[uint32]string // of namespaces
	paths   map[uint32]string // files that stand for them
	devices map[place]string
	looked  time.Time
	listed  map[uint32]time.Time // when the devices of a namespace were looked for
}

func newPlaces() *places {
	return &places{
		named: "/run/netns", proc: "/proc", now: time.Now,
		names: map[uint32]string{}, paths: map[uint32]string{}, devices: map[place]string{}, listed: map[uint32]time.Time{},
		list: devicesOf,
	}
}

// inodeOf returns the inode number of a namespace.
func inodeOf(path string) (uint32, bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0, false
	}
	return uint32(st.Ino), true
}

// namespace returns the name of a namespace: that of `ip netns`, "host" for the one of the first process (of the kernel's
// threads, if that may not be read), or that of a process that is in it, such as "pid 4711". It is empty if nothing of that is
// known.
func (p *places) namespace(netns uint32) string {
	if name, ok := p.names[netns]; ok {
		return name
	}
	if now := p.now(); now.Sub(p.looked) >= lookEvery {
		p.looked = now
		p.search()
	}
	return p.names[netns]
}

func (p *places) search() {
	clear(p.names)
	clear(p.paths)
	for _, pid := range p.pids() {
		p.found(filepath.Join(p.proc, pid, "ns/net"), "pid "+pid, false)
	}
	entries, _ := os.ReadDir(p.named)
	for _, e := range entries {
		p.found(filepath.Join(p.named, e.Name()), e.Name(), true)
	}
	p.found(p.host(), "host", true)
}

// HostNamespace returns the file of the network namespace that messages call "host".
func HostNamespace() string { return newPlaces().host() }

// host returns the file of the first process's network namespace, or, if that may not be read, of that of the kernel's threads.
func (p *places) host() string {
	first := filepath.Join(p.proc, "1/ns/net")
	if _, ok := inodeOf(first); !ok && p.comm("2") == "kthreadd" {
		return filepath.Join(p.proc, "2/ns/net")
	}
	return first
}

// comm returns the name of a process, or "".
func (p *places) comm(pid string) string {
	comm, _ := os.ReadFile(filepath.Join(p.proc, pid, "comm")) // it is gone meanwhile
	return strings.TrimSuffix(string(comm), "\n")
}

// found notes the name of a namespace that a file stands for. A better name replaces one that is there.
func (p *places) found(path, name string, better bool) {
	inode, ok := inodeOf(path)
	if ok && (p.names[inode] == "" || better) {
		p.names[inode], p.paths[inode] = name, path
	}
}

// pids returns the processes, the one with the lowest number first.
func (p *places) pids() []string {
	dir, err := os.Open(p.proc)
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }() // nothing was written to it
	names, _ := dir.Readdirnames(-1)
	pids := names[:0]
	for _, name := range names {
		if strings.Trim(name, "0123456789") == "" {
			pids = append(pids, name)
		}
	}
	return pids
}

// maxDevices bounds the memory for names of devices.
const maxDevices = 1 << 16

// saw notes the name of a device.
func (p *places) saw(netns, ifindex uint32, name []byte) {
	at := place{netns, ifindex}
	if old, ok := p.devices[at]; ok && old == string(name) {
		return
	}
	if len(p.devices) >= maxDevices {
		clear(p.devices)
	}
	p.devices[at] = string(name)
}

// device returns the name of a device, if that is known: it was seen before, or its namespace can be entered.
func (p *places) device(netns, ifindex uint32) string {
	at := place{netns, ifindex}
	if name, ok := p.devices[at]; ok {
		return name
	}
	if now := p.now(); now.Sub(p.listed[netns]) >= lookEvery {
		if len(p.listed) >= maxDevices {
			clear(p.listed)
		}
		p.listed[netns] = now
		for _, d := range p.list(p.paths[netns], netns) {
			p.saw(netns, uint32(d.Index), []byte(d.Name))
		}
	}
	return p.devices[at]
}

// devicesOf returns the devices of a network namespace, which a file stands for; none if that is not so any more.
func devicesOf(path string, netns uint32) []net.Interface {
	devices := make(chan []net.Interface)
	thread.Go(func() {
		var all []net.Interface
		if inode, ok := inodeOf(path); ok && inode == netns && enter(path) {
			all, _ = net.Interfaces() // what cannot be listed has no names
		}
		devices <- all
	})
	return <-devices
}
