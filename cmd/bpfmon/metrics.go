// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/metrics"
)

// metricsOutput counts events for Prometheus.
type metricsOutput struct {
	addr   string
	labels []string
	sink   *metrics.Sink
}

func (o *metricsOutput) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.addr, "metrics", "", "serve counts for Prometheus at this `address`, such as :9965, under the names of Hubble's metrics; and /healthz")
	flags.StringSliceVar(&o.labels, "metrics-label", nil, "with --metrics, count drops and flows by this `label` too; its values come from the network (repeatable)")
	completeWith(cmd, "metrics-label", metrics.Labels())
}

func (o *metricsOutput) check(changed func(string) bool) (err error) {
	switch {
	case changed("metrics") && o.addr == "":
		return errors.New("--metrics needs an address, such as :9965")
	case changed("metrics-label") && o.addr == "":
		return errors.New("--metrics-label is for --metrics")
	case o.addr == "":
		return nil
	}
	if err := checkAddress("metrics", o.addr, "HOST:PORT, or :PORT for all addresses"); err != nil {
		return err
	}
	o.sink, err = metrics.New(metrics.Options{Node: nodeName(), Interfaces: new(monitor.HostInterfaces), Labels: o.labels})
	if err != nil {
		return fmt.Errorf("--metrics-label: %w", err)
	}
	return nil
}

func (o *metricsOutput) open(log func(any)) (sink.Sink, error) {
	if o.addr == "" {
		return nil, nil
	}
	l, err := listenAt("metrics", o.addr)
	if err != nil {
		return nil, err
	}
	s := &metricsSink{Sink: o.sink, server: http.Server{
		Handler: o.sink, ReadHeaderTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 64 << 10,
	}}
	s.done = make(chan struct{})
	go func() {
		defer close(s.done)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log(fmt.Errorf("--metrics: no more requests are answered: %w", err))
		}
	}()
	log(fmt.Sprintf("metrics on http://%s/metrics", l.Addr()))
	return s, nil
}

// metricsSink is a sink that answers requests until it is closed.
type metricsSink struct {
	*metrics.Sink
	server http.Server
	done   chan struct{}
}

// Close gives requests that are being answered a second.
func (s *metricsSink) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		_ = s.server.Close() // what the clients have not taken in a second
	}
	<-s.done
	return nil
}
