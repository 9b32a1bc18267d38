// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// inhabited returns a cable whose first end is in a namespace with a process, and the name of that, as a pattern. This process can
// be in the namespace too: with its first thread.
func inhabited(t *testing.T) (cable [2]*netlab.Namespace, name string) {
	t.Helper()
	cable = newCable(t)
	other := exec.Command("sleep", "600")
	if err := cable[0].Do(other.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Process.Kill(); _ = other.Wait() })
	return cable, fmt.Sprintf(`pid (%d \(sleep\)|%d \([^()]+\))`, other.Process.Pid, os.Getpid())
}

// knock sends a SYN to a port of the second end, where it comes to nobody or is denied.
func knock(t *testing.T, cable [2]*netlab.Namespace, port byte) {
	t.Helper()
	frame := []byte(strings.Clone(string(lonelySYN)))
	frame[33], frame[37] = 2, port // to 10.1.1.2
	if err := cable[0].SendFrame(frame); err != nil {
		t.Fatal(err)
	}
}

// TestAttachLeads checks that attach says where a cable leads whose other end is in a namespace that somebody is in, at the start
// and in each line.
func TestAttachLeads(t *testing.T) {
	needBPF(t)
	cable, name := inhabited(t)
	for _, arg := range []string{"eth0", "eth*"} {
		c := start(t, cable[1], "\nbpfmon: interface eth0 leads to ", "attach", arg, "--filter", "peer pid* and tcp port 81")
		knock(t, cable, 82)
		knock(t, cable, 81)
		c.await(&c.out, ":81 tcp SYN")
		c.interrupt(0)
		wantLine(t, c.err.String(), "^bpfmon: interface eth0 leads to "+name+"$")
		wantLine(t, c.out.String(), ` state new ifindex eth0 \(`+name+`\): 10\.1\.1\.1:4000 -> 10\.1\.1\.2:81 tcp SYN$`)
		if strings.Contains(c.out.String(), ":82 ") {
			t.Errorf("printed\n%s", c.out.String())
		}
	}
	c := start(t, cable[1], "watching drops", "watch", "eth0", "--dst-port", "81")
	knock(t, cable, 81)
	c.await(&c.out, ":81 tcp SYN\n")
	c.interrupt(0)
	wantLine(t, c.out.String(), ` ifindex eth0 \(`+name+`\): 10\.1\.1\.1:4000 -> 10\.1\.1\.2:81 tcp SYN$`)
}

// TestAttachRules checks that a packet that a rule denies, or would, is one event that says which rule that is: in text, in JSON,
// and by its number in a recording of each.
func TestAttachRules(t *testing.T) {
	needBPF(t)
	cable, name := inhabited(t)
	for _, c := range []struct {
		flag              string
		line, json, type_ string
		recorded          string
	}{
		{"", `-> stack flow \S+ identity 0->0 state denied by rule 2 \(ingress:all,tcp/81\) ifindex eth0 \(` + name + `\): `,
			`"peer":"` + name + `","rule":2,"ruleText":"ingress:all,tcp/81",`, "trace", `state denied by rule 2 ifindex `},
		{"--enforce", `xx drop \(Policy denied \(L4\) by rule 2 \(ingress:all,tcp/81\)\) flow `, `"rule":2,"ruleText":"ingress:all,tcp/81",`, "drop",
			`xx drop \(Policy denied \(L4\) by rule 2\) flow `},
	} {
		args := []string{"attach", "eth0", "--filter", "rule 2", "--deny", "all,udp/9", "--deny", "ingress:all,tcp/81"}
		if c.flag != "" {
			args = append(args, c.flag)
		}
		file := filepath.Join(t.TempDir(), "denied.gob")
		for _, json := range []bool{false, true} {
			if json {
				args = append(args, "--json")
			} else {
				args = append(args, "--record", file)
			}
			r := start(t, cable[1], "attached to eth0", args...)
			knock(t, cable, 81)
			r.await(&r.out, "10.1.1.2")
			r.interrupt(0)
			out := r.out.String()
			if strings.Count(out, "\n") != 1 {
				t.Errorf("%s: not one event:\n%s", c.flag, out)
			}
			switch {
			case !json && !regexp.MustCompile(c.line+`[^\n]*10\.1\.1\.1:4000 -> 10\.1\.1\.2:81 tcp SYN\n$`).MatchString(out):
				t.Errorf("%s: printed\n%swant %s", c.flag, out, c.line)
			case json && (!regexp.MustCompile(c.json).MatchString(out) || !strings.Contains(out, `"type":"`+c.type_+`"`)):
				t.Errorf("%s: printed\n%swant %s", c.flag, out, c.json)
			}
			if !json {
				args = args[:len(args)-2]
			}
		}
		r := start(t, nil, "", "replay", file, "--filter", "rule 2")
		if code := <-r.code; code != 0 {
			t.Fatalf("exit code %d: %s", code, r.err.String())
		}
		if !regexp.MustCompile(c.recorded).MatchString(r.out.String()) || strings.Count(r.out.String(), "\n") != 1 {
			t.Errorf("%s: replayed\n%swant %s", c.flag, r.out.String(), c.recorded)
		}
	}
}
