// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/internal/rights"
)

// enter moves the calling goroutine, which stays on its thread, to the network namespace that was asked for, if one was, and
// checks that the interfaces are there. It returns them by the names that the kernel lists them by.
func (i interfaces) enter(netns string) (interfaces, error) {
	if netns != "" {
		if err := enterNamespace(netns); err != nil {
			return nil, err
		}
	}
	found := slices.Clone(i)
	for n, arg := range i {
		if isPattern(arg) {
			continue
		}
		l, err := netlink.LinkByName(arg)
		switch {
		case errors.As(err, new(netlink.LinkNotFoundError)), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ERANGE):
			return nil, &usageError{fmt.Errorf("there is no interface %q%s: there are %s", arg, inNamespace(netns), list(interfacesHere()))}
		case err != nil:
			return nil, fmt.Errorf("find interface %s: %w", arg, err)
		}
		found[n] = l.Attrs().Name // arg is perhaps an alternative name
		if twice := slices.Index(found[:n], found[n]); twice >= 0 {
			return nil, &usageError{fmt.Errorf("%q and %q are the same interface", i[twice], arg)}
		}
	}
	return found, nil
}

// look does what enter does, and leaves the calling goroutine where it is.
func (i interfaces) look(netns string) error {
	if netns == "" {
		_, err := i.enter("")
		return err
	}
	done := make(chan error)
	go func() {
		_, err := i.enter(netns) // if it has entered one, its thread ends with it
		done <- err
	}()
	return <-done
}

// inNamespace says where something is not, if that is another network namespace.
func inNamespace(netns string) string {
	if netns == "" {
		return ""
	}
	return fmt.Sprintf(" in network namespace %q", netns)
}

// interfacesHere returns the names of the interfaces of the calling thread's network namespace, but not very many.
func interfacesHere() (names []string) {
	links, _ := netlink.LinkList() // what cannot be listed is not named
	for _, l := range links {
		names = append(names, l.Attrs().Name)
	}
	slices.Sort(names)
	return some(names)
}

// some returns the first of very many names.
func some(names []string) []string {
	const most = 20
	if len(names) > most {
		return append(names[:most:most], "...")
	}
	return names
}

// namedNamespaces is where `ip netns` keeps the names of network namespaces.
const namedNamespaces = "/run/netns"

// enterNamespace moves the calling goroutine to a network namespace: one that `ip netns` made, a file, or that of a
// process. The goroutine stays on its thread.
func enterNamespace(name string) error {
	file, missing := name, "there is no such file"
	if _, err := strconv.ParseUint(name, 10, 32); err == nil {
		file, missing = "/proc/"+name+"/ns/net", "there is no process with this id"
	} else if !strings.Contains(name, "/") {
		file = filepath.Join(namedNamespaces, name)
		missing = fmt.Sprintf("there is no network namespace of this name: names in %s: %s; one without a name goes by the id of a process in it",
			namedNamespaces, list(some(namespaceNames())))
	}
	f, err := os.Open(file)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
		return &usageError{fmt.Errorf("--netns %q: %s", name, missing)}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("--netns %q: %w", name, namespaceRights())
	case err != nil:
		return fmt.Errorf("--netns %q: %w", name, err)
	}
	defer f.Close() //nolint:errcheck // nothing was written to it
	runtime.LockOSThread()
	err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
	switch {
	case errors.Is(err, unix.EINVAL):
		return &usageError{fmt.Errorf("--netns %q: %s is not a network namespace, as /proc/1/ns/net is", name, file)}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("--netns %q: %w", name, namespaceRights())
	case err != nil:
		return fmt.Errorf("--netns %q: enter it: %w", name, err)
	}
	return nil
}

// namespaceRights says why a network namespace was not entered that there is.
func namespaceRights() error {
	return fmt.Errorf("entering a network namespace needs root or the capability SYS_ADMIN, and SYS_PTRACE for that of another user's process (try sudo): %w",
		rights.Lacking(nil, rights.SysAdmin, rights.SysPtrace))
}

// namespaceNames returns the names of network namespaces that `ip netns` knows.
func namespaceNames() (names []string) {
	entries, _ := os.ReadDir(namedNamespaces) // none, if it is not there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// attachUsage marks the errors of attaching that lie in what was asked for.
func attachUsage(err error) error {
	var setup *bpf.SetupError
	if errors.As(err, &setup) {
		switch setup.Problem {
		case bpf.NoInterface, bpf.UnsupportedInterface, bpf.AlreadyAttached:
			return &usageError{err}
		}
	}
	return err
}
