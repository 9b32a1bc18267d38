// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
)

// Peer is where an interface leads.
type Peer struct {
	Index uint32 // of the interface
	Name  string // of the container, the network namespace or the process
}

// Peers returns where interfaces of this network namespace lead whose other end is in another one, as the host's ends of the
// cables of pods are: by the name of each interface the container that is there, such as "docker:0123456789ab", else the name
// that `ip netns` has, else a process that is there, such as "pid 4711 (nginx)". Other interfaces have no entry, nor do those
// at whose end no process is known.
//
// It reads what /proc says of every process, unless no interface leads to another namespace.
func Peers(interfaces []string) map[string]Peer {
	ids, indexes := map[string]int{}, map[string]int{}
	for _, name := range interfaces {
		if l, err := netlink.LinkByName(name); err == nil && l.Attrs().NetNsID >= 0 { // one that is gone leads nowhere
			ids[name], indexes[name] = l.Attrs().NetNsID, l.Attrs().Index
		}
	}
	if len(ids) == 0 {
		return nil
	}
	all := map[string]Peer{}
	for name, peer := range newPlaces().peers(ids, namespaceID) {
		all[name] = Peer{uint32(indexes[name]), peer}
	}
	return all
}

// peers returns the names of the namespaces that interfaces lead to, by the interface. ids are the numbers that this namespace
// has for them, and idOf finds that of the namespace that a file stands for.
func (p *places) peers(ids map[string]int, idOf func(path string) (int, bool)) map[string]string {
	p.search()
	containers := p.containers()
	names := map[int]string{}
	for inode, path := range p.paths {
		id, ok := idOf(path)
		switch container := containers[inode]; {
		case !ok:
		case container != "":
			names[id] = container
		case p.names[inode] == "host":
			names[id] = "host"
		default:
			names[id] = p.names[inode] + p.command(path)
		}
	}
	peers := map[string]string{}
	for name, id := range ids {
		if peer := names[id]; peer != "" {
			peers[name] = peer
		}
	}
	return peers
}

// containers returns the container that is in a namespace, by the namespace. Processes of the host's namespace may be in
// containers too, which say nothing of the namespace.
func (p *places) containers() map[uint32]string {
	found := map[uint32]string{}
	for _, pid := range p.pids() {
		inode, ok := inodeOf(filepath.Join(p.proc, pid, "ns/net"))
		if !ok || found[inode] != "" || p.names[inode] == "host" {
			continue
		}
		groups, _ := os.ReadFile(filepath.Join(p.proc, pid, "cgroup")) // gone meanwhile
		if name := containerIn(string(groups)); name != "" {
			found[inode] = name
		}
	}
	return found
}

// containerIn returns the container that a process is in by its list of control groups, or "".
func containerIn(groups string) string {
	for line := range strings.Lines(groups) {
		// The last of the number, the controllers and the path.
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if name, ok := container(parts[len(parts)-1]); ok {
			return name
		}
	}
	return ""
}

// command returns the name of the process whose namespace a file in /proc is, in parentheses; nothing for other files.
func (p *places) command(path string) string {
	parts := strings.Split(path, "/")
	at := slices.Index(parts, "ns") - 1
	if at < 0 {
		return ""
	}
	if _, err := strconv.ParseUint(parts[at], 10, 32); err != nil || parts[at] == "1" {
		return ""
	}
	comm, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(path)), "comm"))
	if err != nil {
		return "" // gone meanwhile
	}
	return " (" + strings.TrimSuffix(string(comm), "\n") + ")"
}

// namespaceID returns the number that this network namespace has for the one that a file stands for.
func namespaceID(path string) (int, bool) {
	f, err := os.Open(path)
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	id, err := netlink.GetNetNsIdByFd(int(f.Fd()))
	return id, err == nil && id >= 0
}
