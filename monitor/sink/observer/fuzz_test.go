// SPDX-License-Identifier: Apache-2.0

package observer_test

import (
	"encoding/binary"
	"net/url"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
)

// FuzzRequest reads what a client sends around its message: the bound of its time, and the length of the message.
func FuzzRequest(f *testing.F) {
	f.Add("1S", []byte{0, 0, 0, 0, 0})
	f.Add("99999999H", []byte{0, 255, 255, 255, 255, 1})
	f.Add("", []byte{1, 0, 0, 0, 1, 'x'})
	f.Add("-1n", []byte{0, 0, 0, 0, 2, 'x'})
	f.Fuzz(func(t *testing.T, timeout string, body []byte) {
		d, ok, msg, err := observer.ReadRequest(timeout, body)
		if d < 0 || ok && len(timeout) < 2 {
			t.Errorf("%q is %v, %t", timeout, d, ok)
		}
		if err != nil {
			encoded := observer.PercentEncode(err.Error() + timeout)
			if got, err := url.PathUnescape(encoded); err != nil || !strings.HasSuffix(got, timeout) || strings.ContainsAny(encoded, "\r\n\x1b") {
				t.Errorf("%q: %q, %v", encoded, got, err)
			}
			return
		}
		if want := binary.BigEndian.Uint32(body[1:]); uint32(len(msg)) != want || string(msg) != string(body[5:5+want]) {
			t.Errorf("%x: %x", body, msg)
		}
	})
}

// FuzzPeers reads lists of peers: each line that is taken is a peer with a name of its own, and an error names the line.
func FuzzPeers(f *testing.F) {
	f.Add([]byte("n1 10.0.0.1:4244\n# a comment\n\nn2 unix:///run/x.sock name\n"), true)
	f.Add([]byte("n1 a\nn1 b\n"), false)
	f.Add([]byte("alone\n"), false)
	f.Add([]byte("a b c d\n\x00\xff \x1b[2J\n"), true)
	f.Fuzz(func(t *testing.T, list []byte, tls bool) {
		peers, err := observer.ParsePeers(list, "peers", tls)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "peers:") {
				t.Errorf("%q: %v", list, err)
			}
			return
		}
		seen := map[string]bool{}
		for _, p := range peers {
			if p.Name == "" || p.Address == "" || tls && p.ServerName == "" || seen[p.Name] {
				t.Errorf("%q: %+v", list, p)
			}
			seen[p.Name] = true
		}
		if len(peers) > strings.Count(string(list), "\n")+1 {
			t.Errorf("%q: %d peers", list, len(peers))
		}
	})
}
