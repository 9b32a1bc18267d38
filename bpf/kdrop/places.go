// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// place is a device in a network namespace.
type place struct{ netns, ifindex uint32 }

// places knows the names of network namespaces and of devices in them.
type places struct {
	named string // the directory in which `ip netns` keeps its names
	proc  string
	now   func() time.Time

	own     uint32 // this thread's namespace
	names   map[uint32]string
	devices map[place]string
	looked  time.Time
}

func newPlaces() *places {
	p := &places{
		named: "/run/netns", proc: "/proc", now: time.Now,
		names: map[uint32]string{}, devices: map[place]string{},
	}
	p.own, _ = inodeOf("/proc/thread-self/ns/net")
	return p
}

// inodeOf returns the inode number of a namespace.
func inodeOf(path string) (uint32, bool) {
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil {
		return 0, false
	}
	return uint32(st.Ino), true
}

// namespace returns the name of a namespace: that of `ip netns`, "host" for the one of the first process, or that of a
// process that is in it, such as "pid 4711". It is empty if nothing of that is known.
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
	for _, pid := range p.pids() {
		if inode, ok := inodeOf(filepath.Join(p.proc, pid, "ns/net")); ok && p.names[inode] == "" {
			p.names[inode] = "pid " + pid
		}
	}
	entries, _ := os.ReadDir(p.named)
	for _, e := range entries {
		if inode, ok := inodeOf(filepath.Join(p.named, e.Name())); ok {
			p.names[inode] = e.Name()
		}
	}
	if inode, ok := inodeOf(filepath.Join(p.proc, "1/ns/net")); ok {
		p.names[inode] = "host"
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

// device returns the name of a device, if that is known: it was seen before, or is in this process's namespace.
func (p *places) device(netns, ifindex uint32) string {
	at := place{netns, ifindex}
	if name, ok := p.devices[at]; ok {
		return name
	}
	if netns != p.own {
		return ""
	}
	name := nameOfDevice(ifindex)
	p.devices[at] = name
	return name
}

// nameOfDevice asks the kernel for the name of a device of this thread's namespace.
func nameOfDevice(ifindex uint32) string {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }() // nothing was written to it
	req, err := unix.NewIfreq("lo")
	if err != nil {
		return ""
	}
	req.SetUint32(ifindex)
	if unix.IoctlIfreq(fd, unix.SIOCGIFNAME, req) != nil {
		return ""
	}
	return req.Name()
}
