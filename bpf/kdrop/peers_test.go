// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPeers checks that the ends of cables have the name of the container, of `ip netns`, or of a process that is there.
func TestPeers(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// A file stands for a namespace, and links to it for processes in it.
	in := func(pid, space, comm, group string) {
		t.Helper()
		write("proc/"+pid+"/comm", comm+"\n")
		write("proc/"+pid+"/cgroup", group+"\n")
		if err := os.MkdirAll(filepath.Join(dir, "proc", pid, "ns"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Link(filepath.Join(dir, space), filepath.Join(dir, "proc", pid, "ns/net")); err != nil {
			t.Fatal(err)
		}
	}
	for _, space := range []string{"host", "pod", "named/web", "plain", "old"} {
		write(space, "")
	}
	id := strings.Repeat("0123456789abcdef", 4)
	in("1", "host", "init", "0::/")
	in("7", "host", "dockerd", "0::/system.slice/docker-"+id+".scope") // a container in the host's namespace
	in("20", "pod", "pause", "0::/kubepods.slice/kubepods-pod7.slice/cri-containerd-"+id+".scope")
	in("21", "pod", "nginx", "0::/kubepods.slice")
	in("30", "named/web", "curl", "0::/user.slice")
	in("40", "plain", "a b\tc", "0::/user.slice")
	in("50", "old", "httpd", "4:memory:/docker/"+id+"\n0::/")

	for comm, want := range map[string]string{"kthreadd": "host", "init": "pid 2"} { // /proc/1 may not be read
		dir := t.TempDir()
		err := errors.Join(os.MkdirAll(filepath.Join(dir, "2/ns"), 0o700), os.WriteFile(filepath.Join(dir, "2/comm"), []byte(comm+"\n"), 0o600),
			os.WriteFile(filepath.Join(dir, "2/ns/net"), nil, 0o600))
		space, _ := inodeOf(filepath.Join(dir, "2/ns/net"))
		p := newPlaces()
		p.proc, p.named = dir, filepath.Join(dir, "named")
		if got := p.namespace(space); got != want || err != nil {
			t.Errorf("the namespace of process 2, %s, is called %q, want %q (%v)", comm, got, want, err)
		}
	}
	p := newPlaces()
	p.proc, p.named = filepath.Join(dir, "proc"), filepath.Join(dir, "named")
	numbers := map[uint32]int{}
	for i, space := range []string{"host", "pod", "named/web", "plain", "old"} {
		inode, ok := inodeOf(filepath.Join(dir, space))
		if !ok {
			t.Fatal(space)
		}
		numbers[inode] = i
	}
	got := p.peers(map[string]int{"eth0": 0, "veth1": 1, "veth2": 2, "veth3": 3, "veth4": 4, "veth9": 9}, func(path string) (int, bool) {
		inode, _ := inodeOf(path)
		n, ok := numbers[inode]
		return n, ok
	})
	want := map[string]string{
		"eth0": "host", "veth1": "containerd:0123456789ab", "veth2": "web", "veth3": "pid 40 (a b\tc)", "veth4": "docker:0123456789ab",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
