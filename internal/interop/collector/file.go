// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// fileConfig is the configuration of the exporter "lines".
type fileConfig struct {
	Path string `mapstructure:"path"`
}

// file is the exporter. A request is answered when its line is in the file.
type file struct {
	component.StartFunc
	component.ShutdownFunc
	path string
}

// writing is held by who writes: logs and metrics may have the same file.
var writing sync.Mutex

func newFileFactory() exporter.Factory {
	open := func(config component.Config) *file { return &file{path: config.(*fileConfig).Path} }
	return exporter.NewFactory(component.MustNewType("lines"), func() component.Config { return &fileConfig{} },
		exporter.WithLogs(func(_ context.Context, _ exporter.Settings, config component.Config) (exporter.Logs, error) {
			return open(config), nil
		}, component.StabilityLevelStable),
		exporter.WithMetrics(func(_ context.Context, _ exporter.Settings, config component.Config) (exporter.Metrics, error) {
			return open(config), nil
		}, component.StabilityLevelStable))
}

func (*file) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (f *file) ConsumeLogs(_ context.Context, logs plog.Logs) error {
	line, err := new(plog.JSONMarshaler).MarshalLogs(logs)
	return f.write(line, err)
}

func (f *file) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	line, err := new(pmetric.JSONMarshaler).MarshalMetrics(metrics)
	return f.write(line, err)
}

func (f *file) write(line []byte, err error) error {
	if err != nil {
		return err
	}
	writing.Lock()
	defer writing.Unlock()
	out, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.Write(append(line, '\n'))
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}
