// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf/kdrop"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// namespaceValues says in the help what --netns takes.
const namespaceValues = "an ip-netns name, host, a file, or the ID of a process in it"

// errNoNamespace is the error of a --netns that is empty.
var errNoNamespace = errors.New("--netns needs a value: " + namespaceValues)

// namedNamespaces is where `ip netns` keeps the names of network namespaces.
const namedNamespaces = "/run/netns"

// namespaceNames returns the names of network namespaces that `ip netns` knows.
func namespaceNames() (names []string) {
	entries, _ := os.ReadDir(namedNamespaces) // none, if it is not there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// completedNamespaces returns the values of --netns that have a name.
func completedNamespaces() []string { return append(namespaceNames(), "host") }

// namespaceFile returns the file of a network namespace, and what to say if there is none.
func namespaceFile(name string) (file, missing string) {
	pid := strings.TrimPrefix(name, "pid ") // as the events have it
	if _, err := strconv.ParseUint(pid, 10, 32); err == nil {
		return "/proc/" + pid + "/ns/net", "there is no process with this ID"
	}
	if strings.Contains(name, "/") {
		return name, "there is no such file"
	}
	file = filepath.Join(namedNamespaces, name)
	if _, err := os.Lstat(file); err != nil && name == "host" {
		return kdrop.HostNamespace(), "there is no /proc, in which the host's is found"
	}
	return file, fmt.Sprintf("there is no network namespace of this name: names in %s: %s; for one without a name, give the ID of a process in it",
		namedNamespaces, list(some(namespaceNames())))
}

// openNamespace opens a network namespace: one that `ip netns` made, the host's, a file, or that of a process. lacking says
// what is needed if it may not be opened.
func openNamespace(name string, lacking func() error) (*os.File, error) {
	file, missing := namespaceFile(name)
	f, err := os.OpenFile(file, os.O_RDONLY|unix.O_NONBLOCK, 0) // which does not wait for the other end of a pipe
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return nil, &usageError{fmt.Errorf("--netns %q: %s", name, missing)}
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("--netns %q: %w", name, lacking())
	case err != nil:
		return nil, fmt.Errorf("--netns %q: %w", name, err)
	}
	if kind, err := unix.IoctlRetInt(int(f.Fd()), unix.NS_GET_NSTYPE); err != nil || kind != unix.CLONE_NEWNET {
		_ = f.Close() // nothing was written to it
		return nil, &usageError{fmt.Errorf("--netns %q: %s is not a network namespace, as /proc/1/ns/net is", name, file)}
	}
	return f, nil
}

// namespaceNumber returns the inode number of a network namespace. Its name may be that number, which events have of one without a
// name: IDs of processes are lower.
func namespaceNumber(name string) (uint32, error) {
	if number, err := strconv.ParseUint(name, 10, 32); err == nil && number >= kdrop.MinNamespace {
		return uint32(number), nil
	}
	f, err := openNamespace(name, func() error {
		return fmt.Errorf("reading the network namespace of another user's process needs root or the capability SYS_PTRACE (try sudo): %w",
			rights.Lacking(nil, rights.SysPtrace))
	})
	if err != nil {
		return 0, err
	}
	defer f.Close() //nolint:errcheck // nothing was written to it
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, fmt.Errorf("--netns %q: %w", name, err)
	}
	return uint32(st.Ino), nil
}
