// SPDX-License-Identifier: Apache-2.0

//go:build linux

package clock

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespace is the environment of a test that runs in a time namespace: a time of the kernel's CLOCK_MONOTONIC and the
// wall clock's at that moment.
const inNamespace = "LOCKSTEP_TEST_TIME_NAMESPACE"

// TestNamespace checks that a process in a time namespace, whose clocks are ahead by ten days, converts the kernel's times.
func TestNamespace(t *testing.T) {
	if moment, ok := os.LookupEnv(inNamespace); ok {
		mono, wall, _ := strings.Cut(moment, " ")
		checkInNamespace(t, number(t, mono), number(t, wall))
		return
	}
	if _, err := os.Stat("/proc/self/ns/time"); err != nil {
		t.Skip("the kernel has no time namespaces")
	}
	moment := fmt.Sprintf("%s=%d %d", inNamespace, nanoseconds(unix.CLOCK_MONOTONIC), nanoseconds(unix.CLOCK_REALTIME))
	cmd := exec.Command(os.Args[0], "-test.run=^TestNamespace$", "-test.v")
	cmd.Env = append(os.Environ(), moment)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := startAhead(cmd); errors.Is(err, os.ErrPermission) {
		t.Skip("a time namespace needs CAP_SYS_ADMIN and CAP_SYS_TIME")
	} else if errors.Is(err, unix.ENOEXEC) {
		t.Skip("the test is emulated, and cannot start itself")
	} else if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(out.String(), "--- PASS: TestNamespace") {
		t.Errorf("%v: %s", err, out.String())
	}
}

const daysAhead = 10 * 86400

// startAhead starts a command in a time namespace of its own.
func startAhead(cmd *exec.Cmd) error {
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // and the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWTIME)
		if err == nil {
			offsets := fmt.Sprintf("monotonic %d 5\nboottime %d 5\n", daysAhead, daysAhead)
			err = os.WriteFile(fmt.Sprintf("/proc/%d/timens_offsets", unix.Gettid()), []byte(offsets), 0)
		}
		if err == nil {
			err = cmd.Start()
		}
		failed <- err
	}()
	return <-failed
}

// checkInNamespace checks the conversion where the process's CLOCK_MONOTONIC is not the kernel's. The wall clock may be set
// meanwhile, but not by days.
func checkInNamespace(t *testing.T, mono, wall int64) {
	t.Helper()
	if ahead := nanoseconds(unix.CLOCK_MONOTONIC) - mono; ahead < daysAhead*second {
		t.Fatalf("the namespace's clock is ahead by %v", time.Duration(ahead))
	}
	var c Clock
	if apart := time.Duration(c.Wall(mono) - wall).Abs(); apart > 24*time.Hour {
		t.Errorf("%v apart", apart)
	}
}

func number(t *testing.T, s string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestParseOffset checks what is read of the kernel's list.
func TestParseOffset(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64
	}{
		{"monotonic           0         0\nboottime            0         0\n", 0},
		{"monotonic      864000         5\nboottime            7         8\n", 864000*second + 5},
		{"boottime 7 8\nmonotonic -20 999999999", -19*second - 1},
		{"monotonic", 0},
		{"monotonic x y\n", 0},
		{"monotonic 99999999999999999999 0\n", 0},
		{"", 0},
	} {
		if got := parseOffset(c.text); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
}

// childrenAhead names the variable that has this test's process ask for a time namespace for its children.
const childrenAhead = "LOCKSTEP_TEST_CHILDREN_AHEAD"

//nolint:gochecknoinits // it runs on the main thread, whose namespaces are those of /proc/self: a test may run on another
func init() {
	if os.Getenv(childrenAhead) == "" {
		return
	}
	if err := unix.Unshare(unix.CLONE_NEWTIME); err != nil {
		panic(err)
	}
	if err := os.WriteFile("/proc/self/timens_offsets", fmt.Appendf(nil, "monotonic %d 5\n", daysAhead), 0); err != nil {
		panic(err)
	}
}

// TestNamespaceOfChildren checks that a time namespace that a process is not in itself does not move its times.
func TestNamespaceOfChildren(t *testing.T) {
	probe := exec.Command("true")
	if err := startAhead(probe); err != nil {
		t.Skipf("no time namespace can be made: %v", err)
	}
	_ = probe.Wait() // whatever it returned
	cmd := exec.Command(os.Args[0], "-test.run=^TestKernel$", "-test.v")
	cmd.Env = append(os.Environ(), childrenAhead+"=1")
	out, err := cmd.CombinedOutput()
	if errors.Is(err, unix.ENOEXEC) {
		t.Skip("the test is emulated, and cannot start itself")
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestKernel") {
		t.Errorf("%v: %s", err, out)
	}
}
