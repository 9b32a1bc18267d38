// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
)

// ErrInUse reports that another process listens on a socket already.
var ErrInUse = errors.New("another server listens there")

// errNoSocket tells that a path is taken by something that is not a socket, which is left alone.
var errNoSocket = errors.New("exists and is not a socket")

// errTooLong tells that a path, or the one that the socket has at first, does not fit into the address of a socket.
var errTooLong = errors.New("the path is too long for a socket")

// Listen makes a Unix socket at path and listens on it. A socket there that no process listens on, as a killed server
// leaves it, is replaced; if one does, the error wraps ErrInUse. Of servers that try at the same time one
// listens, and the others get that error: who looks at a socket and makes or removes one has the directory locked.
//
// What is served shows the network's traffic: only the socket's owner may connect, and with a group, a name or a
// number, its members. There is no moment at which others may. Closing the listener removes the socket.
func Listen(path, group string) (net.Listener, error) {
	l, err := listen(path, group)
	var of *fs.PathError
	if errors.As(err, &of) {
		err = of.Err // without its path, which may be one that the caller has never heard of
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
	}
	return l, nil
}

func listen(path, group string) (net.Listener, error) {
	unlock, err := lockDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := checkFree(path); err != nil {
		return nil, err
	}
	// It gets its name when it has its permissions.
	private, err := os.MkdirTemp(filepath.Dir(path), ".b")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(private) //nolint:errcheck // an empty directory, at worst, stays
	first := filepath.Join(private, "s")
	if max(len(first), len(path)) >= len(syscall.RawSockaddrUnix{}.Path) {
		return nil, errTooLong
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: first, Net: "unix"})
	if err != nil {
		return nil, withoutAddress(err)
	}
	l.SetUnlinkOnClose(false)
	own := &listener{UnixListener: l, path: path}
	if err := own.publish(first, group); err != nil {
		_ = l.Close()
		return nil, err
	}
	return own, nil
}

// withoutAddress strips what a net.OpError says of the address off an error.
func withoutAddress(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// checkFree returns an error if something is at path that may not be replaced.
func checkFree(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errNoSocket
	}
	// A socket of another type is not connected to one that somebody listens at, who would take it for a client; but it
	// is told that somebody does.
	conn, err := net.Dial("unixgram", path)
	switch {
	case err == nil:
		_ = conn.Close()
		return ErrInUse
	case errors.Is(err, syscall.EPROTOTYPE):
		return ErrInUse
	case errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return withoutAddress(err)
}

// listener removes its socket when it is closed, from where that is now.
type listener struct {
	*net.UnixListener
	path string
	file fs.FileInfo // the socket, to tell it from one that took its place
	once sync.Once
	err  error
}

// publish sets who may connect to the socket at first and moves it to its path.
func (l *listener) publish(first, group string) error {
	if err := permit(first, group); err != nil {
		return err
	}
	if err := os.Rename(first, l.path); err != nil {
		return errors.Unwrap(err)
	}
	var err error
	l.file, err = os.Lstat(l.path)
	return err
}

// permit lets the owner of a socket connect to it, and a group if one is named.
func permit(path, group string) error {
	if group == "" {
		return os.Chmod(path, 0o600)
	}
	id, err := LookupGroup(group)
	if err != nil {
		return err
	}
	if err := os.Chown(path, -1, id); err != nil {
		return fmt.Errorf("giving it to group %s: %w", group, errors.Unwrap(err))
	}
	return os.Chmod(path, 0o660)
}

// LookupGroup returns the id of a group that Listen is given: by its name, or as a number.
func LookupGroup(group string) (int, error) {
	if id, err := strconv.ParseUint(group, 10, 31); err == nil {
		return int(id), nil
	}
	g, err := user.LookupGroup(group)
	var unknown user.UnknownGroupError
	if errors.As(err, &unknown) {
		return 0, fmt.Errorf("there is no group %q: name one of /etc/group, or a number", group)
	}
	if err != nil {
		return 0, fmt.Errorf("group %q: %w", group, err)
	}
	return strconv.Atoi(g.Gid)
}

// Addr returns the socket's address.
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// Close removes the socket and ends Accept. More calls do nothing.
func (l *listener) Close() error {
	l.once.Do(func() {
		if unlock, err := lockDir(filepath.Dir(l.path)); err == nil { // else the directory is gone, or nobody is waited for
			defer unlock()
		}
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(now, l.file) {
			l.err = os.Remove(l.path)
		}
		l.err = errors.Join(l.err, l.UnixListener.Close())
	})
	return l.err
}
