// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lockstep-bpf/lockstep/internal/version"
	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/sink"
	"github.com/lockstep-bpf/lockstep/monitor/sink/otlp"
)

// otlpOutput sends events to an OpenTelemetry Collector.
type otlpOutput struct {
	url     string
	headers []string
	parsed  http.Header
}

func (o *otlpOutput) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.url, "otlp", "", "send logs and metrics to the OpenTelemetry Collector at this `URL`, such as http://localhost:4318")
	flags.StringArrayVar(&o.headers, "otlp-header", nil, "with --otlp, send this `NAME=VALUE` with each request (repeatable)")
}

func (o *otlpOutput) check(changed func(string) bool) error {
	switch {
	case changed("otlp") && o.url == "":
		return errors.New("--otlp needs a URL, such as http://localhost:4318")
	case changed("otlp-header") && o.url == "":
		return errors.New("--otlp-header is for --otlp")
	}
	if o.url != "" {
		if err := otlp.CheckURL(o.url); err != nil {
			return fmt.Errorf("--otlp: %w", err)
		}
	}
	o.parsed = http.Header{}
	for _, h := range o.headers {
		name, value, ok := strings.Cut(h, "=")
		if !ok || name == "" || strings.ContainsAny(h, "\r\n") || strings.ContainsAny(name, " :") {
			return errors.New("--otlp-header is NAME=VALUE")
		}
		o.parsed.Add(name, value)
	}
	return nil
}

func (o *otlpOutput) open(log func(any)) (sink.Sink, error) {
	if o.url == "" {
		return nil, nil
	}
	s, err := otlp.New(otlp.Options{
		URL: o.url, Headers: o.parsed, Node: nodeName(), Version: version.Module(), Interfaces: new(monitor.HostInterfaces),
		Report: func(err error) { log(fmt.Errorf("--otlp: %w", err)) },
	})
	if err != nil {
		return nil, fmt.Errorf("--otlp: %w", err)
	}
	return &otlpSink{s, log}, nil
}

// otlpSink is a sink that says at its end what was lost. That is no failure of the command, which watches on.
type otlpSink struct {
	*otlp.Sink
	log func(any)
}

func (s *otlpSink) Close() error {
	if err := s.Sink.Close(); err != nil {
		s.log(fmt.Errorf("--otlp: %w", err))
	}
	return nil
}
