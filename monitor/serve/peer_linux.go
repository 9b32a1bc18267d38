// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"fmt"
	"net"
	"syscall"
)

// peer says who is at the other end of a connection, as far as the system knows.
func peer(conn net.Conn) string {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return ""
	}
	raw, err := unix.SyscallConn()
	if err != nil {
		return ""
	}
	who := ""
	_ = raw.Control(func(fd uintptr) { // an error leaves it unknown
		if cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil && cred.Pid > 0 {
			who = fmt.Sprintf("process %d of user %d", cred.Pid, cred.Uid)
		}
	})
	return who
}
