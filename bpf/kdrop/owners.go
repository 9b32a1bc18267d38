// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// lookEvery is how long the machine is not searched again for what was not found.
const lookEvery = time.Second

// process is a process and its name.
type process struct {
	pid  uint32
	name string
}

// owners finds the processes that hold sockets, and the containers and services that control groups stand for.
type owners struct {
	proc    string // where /proc is
	cgroups []string
	now     func() time.Time

	sockets     map[uint64]process
	groups      map[uint64]string
	lookedProcs time.Time
	lookedGroup time.Time
}

func newOwners() *owners {
	return &owners{
		proc: "/proc", cgroups: []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}, now: time.Now,
		sockets: map[uint64]process{}, groups: map[uint64]string{},
	}
}

// process returns the process that holds a socket, by its inode number. hint is one that may, since it ran when something
// happened to the socket. All processes are searched at the most once a second.
func (o *owners) process(socket uint64, hint uint32) (process, bool) {
	if p, ok := o.sockets[socket]; ok {
		return p, p.pid != 0
	}
	if hint != 0 && o.holds(hint, socket) {
		return o.sockets[socket], true
	}
	if now := o.now(); now.Sub(o.lookedProcs) >= lookEvery {
		o.lookedProcs = now
		o.search()
	}
	p, ok := o.sockets[socket]
	return p, ok && p.pid != 0
}

// holds reports whether a process holds a socket, and notes all that it holds.
func (o *owners) holds(pid uint32, socket uint64) bool {
	o.read(strconv.FormatUint(uint64(pid), 10))
	_, ok := o.sockets[socket]
	return ok
}

// search notes the sockets of all processes.
func (o *owners) search() {
	clear(o.sockets)
	entries, err := os.ReadDir(o.proc)
	if err != nil {
		return // no process is known
	}
	for _, e := range entries {
		if name := e.Name(); name[0] >= '1' && name[0] <= '9' {
			o.read(name)
		}
	}
}

// read notes the sockets of a process. What cannot be read, since the process is gone or another's, has none.
func (o *owners) read(pid string) {
	dir := filepath.Join(o.proc, pid)
	fds, err := os.Open(filepath.Join(dir, "fd"))
	if err != nil {
		return
	}
	defer func() { _ = fds.Close() }() // nothing was written to it
	names, _ := fds.Readdirnames(-1)
	var p process
	for _, name := range names {
		target, err := os.Readlink(filepath.Join(dir, "fd", name))
		inode, ok := strings.CutPrefix(target, "socket:[")
		if err != nil || !ok {
			continue
		}
		number, err := strconv.ParseUint(strings.TrimSuffix(inode, "]"), 10, 64)
		if err != nil {
			continue
		}
		if p.pid == 0 {
			comm, _ := os.ReadFile(filepath.Join(dir, "comm"))
			id, _ := strconv.ParseUint(pid, 10, 32)
			p = process{uint32(id), string(bytes.TrimSuffix(comm, []byte("\n")))}
		}
		if old, ok := o.sockets[number]; !ok || p.pid < old.pid {
			o.sockets[number] = p // of several that share it, the one that most likely made it
		}
	}
}

// maxGroups bounds the memory for names of control groups: containers come and go.
const maxGroups = 1 << 16

// container returns what a control group stands for, by its number. All control groups are looked at at the most once a second.
func (o *owners) container(group uint64) string {
	if name, ok := o.groups[group]; ok {
		return name
	}
	now := o.now()
	if now.Sub(o.lookedGroup) < lookEvery {
		return "" // and not noted: it may have come since then
	}
	o.lookedGroup = now
	if len(o.groups) >= maxGroups {
		clear(o.groups)
	}
	for _, root := range o.cgroups {
		var fs unix.Statfs_t
		if unix.Statfs(root, &fs) == nil && fs.Type == unix.CGROUP2_SUPER_MAGIC {
			o.walk(root, "")
		}
	}
	name := o.groups[group]
	o.groups[group] = name // one that is gone has no name from now on
	return name
}

// maxDepth is how deep control groups may be nested.
const maxDepth = 32

// walk notes the control groups below a directory.
func (o *owners) walk(dir, path string) {
	var st unix.Stat_t
	if strings.Count(path, "/") > maxDepth || unix.Stat(dir, &st) != nil {
		return
	}
	o.groups[st.Ino] = containerName(path)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() {
			o.walk(filepath.Join(dir, e.Name()), path+"/"+e.Name())
		}
	}
}

// containerName returns what the path of a control group names: "docker:0123456789ab" for a container, which tools know by
// the first twelve digits of its id, or the innermost service or scope. A pod's id is not a container's.
func containerName(path string) string {
	if name, ok := container(path); ok {
		return name
	}
	parts := strings.Split(path, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if strings.HasSuffix(parts[i], ".service") || strings.HasSuffix(parts[i], ".scope") {
			return parts[i]
		}
	}
	return strings.TrimPrefix(path, "/")
}

// container returns the container that the path of a control group names, or false if it names none.
func container(path string) (name string, ok bool) {
	parts := strings.Split(path, "/")
	for i := len(parts) - 1; i > 0; i-- {
		name := strings.TrimSuffix(parts[i], ".scope")
		runtime, id := "", name
		if at := strings.LastIndexByte(name, '-'); at >= 0 {
			runtime, id = name[:at], name[at+1:]
		}
		if !isContainerID(id) {
			continue
		}
		if runtime == "" {
			runtime = "container"
			if parts[i-1] == "docker" {
				runtime = "docker"
			}
		}
		return fmt.Sprintf("%s:%s", strings.TrimPrefix(runtime, "cri-"), id[:12]), true
	}
	return "", false
}

// isContainerID reports whether a name is what container runtimes make: 64 hexadecimal digits.
func isContainerID(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
