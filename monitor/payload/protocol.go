// SPDX-License-Identifier: Apache-2.0

package payload

import "path/filepath"

// Protocol is what an agent and its clients speak.
type Protocol int

// The protocols, in the order in which a client tries them.
const (
	Session   Protocol = iota // 1.2: one gob session for each client
	Metas                     // 1.0: a Meta and a gob stream for each event
	Protocols                 // how many there are
)

// Socket returns the path of the Unix socket that an agent speaks the protocol on, within the directory of its sockets.
func (p Protocol) Socket(dir string) string {
	return filepath.Join(dir, [Protocols]string{Session: "monitor1_2.sock", Metas: "monitor.sock"}[p])
}
