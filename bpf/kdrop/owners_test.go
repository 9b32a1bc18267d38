// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"strings"
	"testing"
	"time"
)

const containerID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// TestContainerIn holds in which container a process is by the kernel's list of its control groups: a colon in the name of
// one, as systemd gives to services of a desktop, makes no container.
func TestContainerIn(t *testing.T) {
	for groups, want := range map[string]string{
		"":       "",
		"0::/\n": "",
		"0::/user.slice/user-1000.slice/user@1000.service/app.slice/dbus-:1.2-org.gnome.Shell@0.service\n": "",
		"0::/a:b\n": "",
		"12:memory:/docker/" + containerID + "\n0::/system.slice/containerd.service\n": "docker:0123456789ab",
		"0::/system.slice/docker-" + containerID + ".scope":                            "docker:0123456789ab",
		"name=systemd:/x\n1:a,b:/y/z\nno colons\n":                                     "",
	} {
		if got := containerIn(groups); got != want {
			t.Errorf("%q: %q, want %q", groups, got, want)
		}
	}
}

// FuzzContainer reads what the kernel says of control groups, whose names are their owners'.
func FuzzContainer(f *testing.F) {
	f.Add("0::/system.slice/docker-" + containerID + ".scope\n")
	f.Add("12:memory:/docker/" + containerID + "\n0::/kubepods/pod1-2/" + containerID + "/init\n")
	f.Add("0::/user.slice/a:b.service\n1:x\n::\n\n/\n-" + containerID)
	f.Fuzz(func(t *testing.T, groups string) {
		for line := range strings.Lines(groups) {
			name := containerName(line)
			of, ok := container(line)
			if ok != strings.Contains(of, ":") || ok && name != of {
				t.Errorf("%q is called %q, and the container %q (%t)", line, name, of, ok)
			}
			if !ok && !strings.Contains(line, name) {
				t.Errorf("%q is called %q", line, name)
			}
		}
		name := containerIn(groups)
		if name == "" {
			return
		}
		at := strings.LastIndexByte(name, ':')
		runtime, id := name[:max(at, 0)], name[at+1:]
		if runtime == "" || len(id) != 12 || strings.Trim(id, "0123456789abcdef") != "" || !strings.Contains(groups, id) {
			t.Errorf("%q is container %q", groups, name)
		}
	})
}

// TestContainerThatCameLater: a control group that may have come after the last look at all of them is looked for again.
func TestContainerThatCameLater(t *testing.T) {
	now := time.Unix(1000, 0)
	o := newOwners()
	o.cgroups, o.now = nil, func() time.Time { return now }
	o.container(1) // looks
	o.container(2)
	if _, noted := o.groups[2]; noted {
		t.Error("it has no name for good, and was not looked for")
	}
	now = now.Add(lookEvery)
	o.container(2)
	if _, noted := o.groups[2]; !noted {
		t.Error("it would be looked for each time")
	}
}
