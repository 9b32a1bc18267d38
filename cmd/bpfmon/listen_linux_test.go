// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/agenttest"
	"github.com/lockstep-bpf/lockstep/internal/netlab"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// TestListenElsewhere listens to an agent in this network namespace, from here and from another one. Interface 1 is lo in
// both: its name is only known here.
func TestListenElsewhere(t *testing.T) {
	n, err := netlab.New()
	if err != nil {
		t.Skip(err) // netlab's own tests fail where there must be namespaces
	}
	defer n.Close()
	raw := make([]byte, monitor.TraceNotifyLen)
	raw[0] = api.MessageTypeTrace
	binary.NativeEndian.PutUint32(raw[monitor.TraceNotifyLen-4:], 1) // the interface
	for name, want := range map[string]string{"here": " ifindex lo", "elsewhere": " ifindex 1"} {
		dir := t.TempDir()
		session := agenttest.AppendSession(nil, true, &payload.Payload{Data: raw, Type: payload.EventSample})
		// A process of its own, as a thread of this one may be in the other namespace. It stays until its input ends: of one
		// that has gone nothing can be known.
		var served lockedBuffer
		agent := exec.Command("bpfmon", "serve", "--directory", dir, "-")
		agent.Stderr = &served
		input, err := agent.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := agent.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := input.Write(session); err != nil {
			t.Fatal(err)
		}
		c := &command{t: t}
		c.await(&served, "serving on")
		var out, errs lockedBuffer
		cmd := exec.Command("bpfmon", "listen", "--directory", dir, "--cilium", "1.5")
		cmd.Stdout, cmd.Stderr = &out, &errs
		start := cmd.Start
		if name == "elsewhere" {
			start = func() error { return n.Do(cmd.Start) }
		}
		if err := start(); err != nil {
			t.Fatal(err)
		}
		c.await(&out, "ifindex")
		_ = cmd.Process.Signal(os.Interrupt)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if said := strings.Contains(errs.String(), "another network namespace"); !strings.Contains(out.String(), want) || said != (name == "elsewhere") {
			t.Errorf("%s: printed %q, and said %q", name, out.String(), errs.String())
		}
		_ = input.Close()
		if err := agent.Wait(); err != nil {
			t.Errorf("serve: %v: %s", err, served.String())
		}
	}
}
