// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// elsewhere reports whether the server of a connection is in another network namespace than this program. The system lists the
// sockets of this program's namespace: one that is there is here. For others the namespace of the server's process says it, where
// that can be seen. It comes second: it is that of the process's first thread, and others may be in other namespaces.
func elsewhere(conn net.Conn, path string) bool {
	own, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return false // without /proc nothing can be known
	}
	listed, err := isListed(path)
	if err == nil && listed {
		return false
	}
	if id := peerProcess(conn); id != "" {
		switch theirs, err := os.Readlink("/proc/" + id + "/ns/net"); {
		case err == nil:
			return theirs != own
		case errors.Is(err, fs.ErrNotExist):
			return false // it has ended, and nothing more can be known
		}
	}
	return err == nil
}

// peerProcess returns the id of the process that made the socket of a connection's other end, "" if it is not known here.
func peerProcess(conn net.Conn) string {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return ""
	}
	id := ""
	_ = raw.Control(func(fd uintptr) { // an error leaves it unknown
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil && cred.Pid > 0 {
			id = strconv.Itoa(int(cred.Pid))
		}
	})
	return id
}

// isListed reports whether a socket is bound to a path in this program's network namespace.
func isListed(path string) (bool, error) {
	f, err := os.Open("/proc/net/unix")
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }() // nothing was written to it
	path, err = filepath.Abs(path)
	if err != nil {
		return false, err
	}
	return lists(f, path)
}

// lists reports whether a socket is bound to a path by what the kernel lists.
func lists(list io.Reader, path string) (bool, error) {
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		// Num RefCount Protocol Flags Type St Inode Path: the path as the server wrote it.
		if fields := strings.Fields(lines.Text()); len(fields) > 7 {
			if p := fields[7]; p == path || !filepath.IsAbs(p) && strings.HasSuffix(path, "/"+filepath.Clean(p)) {
				return true, nil
			}
		}
	}
	return false, lines.Err()
}
