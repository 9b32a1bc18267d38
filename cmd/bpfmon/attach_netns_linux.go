// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/lockstep-bpf/lockstep/bpf"
	"github.com/lockstep-bpf/lockstep/internal/rights"
	"github.com/lockstep-bpf/lockstep/internal/thread"
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
	thread.Go(func() {
		_, err := i.enter(netns) // if it has entered one, its thread ends with it
		done <- err
	})
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

// enterNamespace moves the calling goroutine to a network namespace. The goroutine stays on its thread.
func enterNamespace(name string) error {
	f, err := openNamespace(name, enterRights)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // nothing was written to it
	runtime.LockOSThread()
	err = unix.Setns(int(f.Fd()), unix.CLONE_NEWNET)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("--netns %q: %w", name, enterRights())
	case err != nil:
		return fmt.Errorf("--netns %q: enter it: %w", name, err)
	}
	return nil
}

// enterRights says why a network namespace was not entered that there is.
func enterRights() error {
	return fmt.Errorf("entering a network namespace needs root or the capability SYS_ADMIN, and SYS_PTRACE for that of another user's process (try sudo): %w",
		rights.Lacking(nil, rights.SysAdmin, rights.SysPtrace))
}
