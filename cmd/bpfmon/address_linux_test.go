// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
)

// TestOutputTaken checks that a command whose output cannot be opened says only that, before it says what it watches, and begins
// no recording.
func TestOutputTaken(t *testing.T) {
	needBPF(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	socket := filepath.Join(t.TempDir(), "agent.sock")
	agent, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer agent.Close()
	pin := pinned(t, mountBPF(t), ebpf.RingBuf)
	for _, command := range []string{"attach lo " + smallTables, "drops", "watch lo " + smallTables, "map " + pin, "listen --socket " + socket, "replay testdata/demo.gob"} {
		for _, flag := range []string{"--metrics", "--hubble"} {
			address, record := taken.Addr().String(), filepath.Join(t.TempDir(), "new.gob")
			var out, said bytes.Buffer
			args := append(strings.Fields(command), flag, address, "--record", record)
			if args[0] == "replay" {
				if flag == "--metrics" { // it has none
					continue
				}
				args = args[:len(args)-2]
			}
			code := run(args, stdio{nil, &out, &said})
			got := strings.TrimPrefix(said.String(), loadingLine)
			want := "bpfmon: cannot listen at " + flag + " " + address + ": another program listens there: give another port, or end that program (`ss -ltnp` names it)\n"
			if code != exitFailure || got != want || out.Len() > 0 {
				t.Errorf("%q: exit code %d, said\n%swant\n%s", args, code, got, want)
			}
			if files, _ := filepath.Glob(record); len(files) > 0 {
				t.Errorf("%q begins a recording", args)
			}
		}
	}
}

// TestOutputNetns has attach watch another network namespace, and asks it for its metrics from this one.
func TestOutputNetns(t *testing.T) {
	needBPF(t)
	cable := newCable(t)
	var space string
	_ = cable[1].Do(func() error { space = netnsFile(t); return nil })
	c := start(t, nil, "attached to eth0, watching only\n", "attach", "eth0", "--netns", space, "--metrics", "127.0.0.1:0")
	where := regexp.MustCompile(`http://(\S+)/metrics`).FindStringSubmatch(c.err.String())
	if where == nil {
		t.Fatalf("no address is said:\n%s", c.err.String())
	}
	conn, err := net.Dial("tcp", where[1])
	if err != nil {
		t.Fatalf("the metrics are not where the command was started: %v", err)
	}
	_ = conn.Close()
	c.interrupt(0)
}
