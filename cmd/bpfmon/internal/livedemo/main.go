// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command livedemo watches real traffic: it makes two network namespaces with a cable between them, runs bpfmon attach
// in one of them, and from the other connects, sends, pings, and tries what the policy refuses. Nothing of the
// machine's own network is touched.
//
//	livedemo BPFMON [FLAG...]
//
// BPFMON is the command to run, and each FLAG is one more of attach's. The exit code is 3 where the machine does not let
// it load BPF, so that something else can be shown instead, and 1 where anything else goes wrong.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/lockstep-bpf/lockstep/internal/netlab"
)

// exitUnable says that the machine cannot do it.
const exitUnable = 3

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "livedemo:", err)
	if errors.Is(err, errUnable) {
		os.Exit(exitUnable)
	}
	os.Exit(1)
}

// errUnable is the error of a machine that cannot run the demonstration.
var errUnable = errors.New("this needs root on Linux, with BPF and network namespaces")

// attachFlags are how the monitor is run: the sides have identities, and one port is refused.
func attachFlags() []string {
	return []string{
		"attach", netlab.Interface, "--enforce", "--endpoint", "7",
		"--identity", netlab.Address4(0) + "=1001", "--identity", netlab.Address6(0) + "=1001",
		"--identity", netlab.Address4(1) + "=1002", "--identity", netlab.Address6(1) + "=1002",
		"--deny", "ingress:1001,tcp/23",
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: livedemo BPFMON [FLAG...]")
	}
	cable, err := netlab.NewCable(1500)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("%w: %w", errUnable, err)
	}
	if err != nil {
		return err
	}
	defer cable.Close()
	flags := append(attachFlags(), args[1:]...)
	fmt.Printf("\n# bpfmon %s\n", strings.Join(flags, " "))
	m, err := start(cable[1], args[0], flags)
	if err != nil {
		return err
	}
	return errors.Join(traffic(cable), m.stop())
}

// monitor is a running bpfmon.
type monitor struct {
	cmd  *exec.Cmd
	done chan struct{} // what it says on standard error has been passed on
}

// start starts bpfmon in the namespace and waits until it is attached.
func start(n *netlab.Namespace, path string, flags []string) (*monitor, error) {
	m := &monitor{cmd: exec.Command(path, flags...), done: make(chan struct{})}
	m.cmd.Stdout = os.Stdout
	stderr, err := m.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := n.Do(m.cmd.Start); err != nil {
		return nil, err
	}
	r := bufio.NewReader(stderr)
	printed, attached := awaitAttached(r, os.Stderr)
	if attached {
		go func() {
			_, _ = io.Copy(os.Stderr, r)
			close(m.done)
		}()
		return m, nil
	}
	err = m.cmd.Wait()
	if strings.Contains(printed, "load the datapath") {
		return nil, errUnable
	}
	return nil, fmt.Errorf("%s: %w", path, err)
}

// awaitAttached passes lines on up to the one that says that bpfmon is attached. It returns all of them, and false if they
// end before. On a busy machine, a line about loading comes first.
func awaitAttached(r *bufio.Reader, w io.Writer) (printed string, attached bool) {
	for {
		line, err := r.ReadString('\n')
		_, _ = io.WriteString(w, line)
		printed += line
		if strings.Contains(line, "attached to") || err != nil {
			return printed, err == nil
		}
	}
}

// stop ends bpfmon as a user would, but not with SIGINT: a shell that runs this in the background has that ignored.
func (m *monitor) stop() error {
	time.Sleep(200 * time.Millisecond) // what was sent last is on its way
	err := m.cmd.Process.Signal(syscall.SIGTERM)
	<-m.done
	return errors.Join(err, m.cmd.Wait())
}

// traffic is what there is to see: TCP, UDP to a port where nobody listens, pings, each over IPv4 and IPv6, and a
// connection that the policy refuses.
func traffic(cable netlab.Cable) error {
	client, server := cable[0], cable[1]
	for _, address := range []string{netlab.Address4(1), netlab.Address6(1)} {
		echo, err := server.Echo(net.JoinHostPort(address, "80"))
		if err != nil {
			return err
		}
		err = errors.Join(
			client.Talk(net.JoinHostPort(address, "80"), []byte("hello over TCP")),
			client.Send(net.JoinHostPort(address, "5353"), []byte("hello over UDP")),
			client.Ping(address),
			refused(client, net.JoinHostPort(address, "23")),
			echo.Close(),
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// refused tries to connect where the policy says no.
func refused(n *netlab.Namespace, address string) error {
	conn, err := n.Dial(address, 300*time.Millisecond)
	if err == nil {
		return errors.Join(fmt.Errorf("connected to %s, which the policy denies", address), conn.Close())
	}
	return nil
}
