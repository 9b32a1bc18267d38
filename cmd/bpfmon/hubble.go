// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/version"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/serve"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/observer"
)

// hubbleOutput serves events to the programs of Hubble.
type hubbleOutput struct {
	addr          string
	flows         int
	peers         string
	cert, key, ca string
	plain         bool
}

func (o *hubbleOutput) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "hubble", "", "serve Hubble's API at this `address`: localhost:4245, or unix:///PATH; other addresses need --hubble-cert")
	flags.IntVar(&o.flows, "hubble-flows", observer.DefaultFlows, "with --hubble, keep this many of the latest `flows`")
	flags.StringVar(&o.peers, "hubble-peers", "", "with --hubble, report to hubble-relay the hosts in this `file`, or the addresses of dns:NAME:PORT")
	flags.StringVar(&o.cert, "hubble-cert", "", "with --hubble, use TLS with the certificate in this `file`")
	flags.StringVar(&o.key, "hubble-key", "", "`file` that contains the key of --hubble-cert")
	flags.StringVar(&o.ca, "hubble-client-ca", "", "accept only clients with a certificate signed by an authority in this `file`")
	flags.BoolVar(&o.plain, "hubble-plaintext", false, "with --hubble, omit TLS even on an address that other hosts can reach")
}

func (o *hubbleOutput) check(changed func(string) bool) error {
	for _, flag := range []string{"hubble-flows", "hubble-peers", "hubble-cert", "hubble-key", "hubble-client-ca", "hubble-plaintext"} {
		if changed(flag) && o.addr == "" {
			return fmt.Errorf("--%s is for --hubble", flag)
		}
	}
	switch {
	case changed("hubble") && o.addr == "":
		return errors.New("--hubble needs an address, such as localhost:4245")
	case o.addr == "":
		return nil
	case o.flows <= 0 || o.flows > 1<<24:
		return fmt.Errorf("--hubble-flows is a number from 1 to %d, not %d", 1<<24, o.flows)
	case (o.cert == "") != (o.key == ""):
		return errors.New("--hubble-cert and --hubble-key are for each other: give both")
	case o.ca != "" && o.cert == "":
		return errors.New("--hubble-client-ca is for --hubble-cert")
	}
	if o.path() != "" {
		return nil
	}
	if strings.Contains(o.addr, "://") {
		return fmt.Errorf("--hubble is HOST:PORT or unix:///PATH, not %q", o.addr)
	}
	if err := checkAddress("hubble", o.addr, "HOST:PORT or unix:///PATH"); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(o.addr) // it was checked
	if o.cert == "" && !o.plain && !isLoopback(host) {
		return fmt.Errorf("other hosts can reach --hubble %s, and without TLS they see every packet: "+
			"give --hubble-cert and --hubble-key, listen on localhost, or allow it with --hubble-plaintext", o.addr)
	}
	return nil
}

// path returns the path of a Unix socket, or "".
func (o *hubbleOutput) path() string {
	path, ok := strings.CutPrefix(o.addr, "unix://")
	if !ok {
		return ""
	}
	return path
}

// isLoopback reports whether only this host can connect to an address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (o *hubbleOutput) open(log func(any)) (sink.Sink, error) {
	if o.addr == "" {
		return nil, nil
	}
	ctx, stop := context.WithCancel(context.Background())
	s, err := o.start(ctx, log)
	if err != nil {
		stop()
		if !errors.As(err, new(*listenError)) { // that names the flag
			err = fmt.Errorf("--hubble: %w", err)
		}
		return nil, err
	}
	s.stop = stop
	return s, nil
}

func (o *hubbleOutput) start(ctx context.Context, log func(any)) (*hubbleSink, error) {
	report := func(err error) { log(fmt.Errorf("--hubble: %w", err)) }
	opts := observer.Options{
		Node: nodeName(), Version: "bpfmon " + version.Module(), Interfaces: new(monitor.HostInterfaces), Flows: o.flows, Report: report,
	}
	var err error
	if o.cert != "" {
		if opts.TLS, err = observer.OpenTLS(o.cert, o.key, o.ca); err != nil {
			return nil, err
		}
	}
	if o.peers != "" {
		if opts.Peers, err = observer.OpenPeers(ctx, o.peers, o.cert != "", report); err != nil {
			return nil, err
		}
	}
	l, err := o.listen()
	if err != nil {
		return nil, err
	}
	s := &hubbleSink{Server: observer.New(opts), log: log, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		if err := s.Serve(l); err != nil {
			report(fmt.Errorf("no more clients are served: %w", err))
		}
	}()
	address := l.Addr().String()
	if o.path() != "" {
		address = o.addr
	}
	log("Hubble's API on " + address)
	return s, nil
}

func (o *hubbleOutput) listen() (net.Listener, error) {
	if path := o.path(); path != "" {
		return serve.Listen(path, "")
	}
	return listenAt("hubble", o.addr)
}

// hubbleSink is a server that is closed at the end.
type hubbleSink struct {
	*observer.Server
	log  func(any)
	stop context.CancelFunc
	done chan struct{}
}

// Close ends the server, and says how much clients have missed.
func (s *hubbleSink) Close() error {
	_ = s.Server.Close() // it was read from only
	s.stop()
	<-s.done
	if n := s.Missed(); n > 0 {
		s.log(fmt.Sprintf("clients of Hubble's API that were too slow have missed %d flows", n))
	}
	return nil
}

// linger serves the flows of a recording until the command is ended.
func (s *hubbleSink) linger(ctx context.Context) {
	s.log(fmt.Sprintf("the recording is read: its last %d flows are served until Ctrl-C", s.Flows()))
	<-ctx.Done()
}
