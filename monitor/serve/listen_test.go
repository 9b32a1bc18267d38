// SPDX-License-Identifier: Apache-2.0

//go:build unix

package serve

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// directory makes a directory whose name is short enough for sockets.
func directory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "serve")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// mustListen listens, and checks that the socket is there with a mode and can be connected to, and nothing is beside it.
func mustListen(t *testing.T, path, group string, mode os.FileMode) net.Listener {
	t.Helper()
	l, err := Listen(path, group)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|mode {
		t.Fatalf("mode %v, %v, want %v", info.Mode(), err, mode)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if all, err := os.ReadDir(filepath.Dir(path)); err != nil || len(all) != 1 || l.Addr().String() != path {
		t.Errorf("in the directory: %v, %v; address %v", all, err, l.Addr())
	}
	return l
}

func mustNotExist(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", path, err)
	}
}

func TestListen(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	l := mustListen(t, path, "", 0o600)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	mustNotExist(t, path)
	l = mustListen(t, path, strconv.Itoa(os.Getgid()), 0o660)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	mustNotExist(t, path)
}

// TestListenStale replaces the socket of a server that was killed, and not one in use.
func TestListenStale(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(path, ""); !errors.Is(err, ErrInUse) {
		t.Errorf("a socket in use: %v", err)
	}
	client, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = client.Write([]byte("first"))
	_ = client.Close()
	conn, err := stale.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(conn); string(b) != "first" {
		t.Errorf("whoever listens there took the attempt for a client: %q, %v", b, err)
	}
	_ = conn.Close()
	stale.SetUnlinkOnClose(false)
	if err := stale.Close(); err != nil {
		t.Fatal(err)
	}
	mustListen(t, path, "", 0o600)
}

func TestListenTooLong(t *testing.T) {
	path := filepath.Join(directory(t), strings.Repeat("s", 100))
	want := "cannot listen on " + path + ": the path is too long for a socket"
	if _, err := Listen(path, ""); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestListenReplaced checks that closing removes no socket of another server.
func TestListenReplaced(t *testing.T) {
	path := filepath.Join(directory(t), "s")
	first := mustListen(t, path, "", 0o600)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	mustListen(t, path, "", 0o600)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); err != nil {
		t.Error(err)
	}
}

func TestListenErrors(t *testing.T) {
	dir := directory(t)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, group, want string }{
		{file, "", "exists and is not a socket"},
		{dir, "", "exists and is not a socket"},
		{filepath.Join(dir, "none", "s"), "", "no such file or directory"},
		{filepath.Join(file, "s"), "", "not a directory"},
		{filepath.Join(dir, "s"), "no such group", `there is no group "no such group": name one of /etc/group, or a number`},
		{filepath.Join(dir, strings.Repeat("long", 30)), "", ""}, // the limit, and so the text, differ by system
	} {
		l, err := Listen(c.path, c.group)
		if c.want == "" && err == nil { // a socket may have such a name here
			_ = l.Close()
			continue
		}
		if want := "cannot listen on " + c.path + ": " + c.want; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("left: %v, %v", all, err)
	}
	if b, err := os.ReadFile(file); err != nil || string(b) != "precious" {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

// TestListenAtOnce has several servers at once on one socket, which another has left that was killed: one listens, the others
// say that it does, and its socket stays until it closes. Then there is none.
func TestListenAtOnce(t *testing.T) {
	const rounds, servers = 40, 5
	path := filepath.Join(directory(t), "s")
	for round := range rounds {
		if round%2 == 0 {
			stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
			if err != nil {
				t.Fatal(err)
			}
			stale.SetUnlinkOnClose(false)
			_ = stale.Close()
		}
		listeners := make(chan net.Listener, servers)
		var all sync.WaitGroup
		for range servers {
			all.Go(func() {
				l, err := Listen(path, "")
				if err == nil {
					listeners <- l
				} else if !errors.Is(err, ErrInUse) {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		close(listeners)
		var got []net.Listener
		for l := range listeners {
			got = append(got, l)
		}
		if len(got) != 1 {
			t.Fatalf("round %d: %d listen", round, len(got))
		}
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		_ = conn.Close()
		if err := got[0].Close(); err != nil {
			t.Error(err)
		}
		mustNotExist(t, path)
	}
}
