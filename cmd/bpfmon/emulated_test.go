// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// commands are the programs that tests run, by name.
var commands = map[string]func(){"bpfmon": main, "straightforward": straightforward}

// emulated reports whether an emulator runs the tests.
var emulated bool

// runnable runs the tests of a package that start the programs above, which are links to the test's own binary. Where an
// emulator runs the tests the system cannot run that binary, so the programs get scripts that call the emulator.
type runnable struct{ *testing.M }

// Run runs the tests.
func (m runnable) Run() int {
	catchIgnored()
	emulator, err := findEmulator()
	if err != nil {
		log.Fatal(err)
	}
	if emulator == "" {
		return m.M.Run()
	}
	dir, err := os.MkdirTemp("", "emulated")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	for name := range commands {
		script := fmt.Sprintf("#!/bin/sh\nexec %s -0 %s %s \"$@\"\n", emulator, name, self)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			log.Fatal(err)
		}
	}
	emulated = true
	if err := os.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH")); err != nil {
		log.Fatal(err)
	}
	return m.M.Run()
}

// catchIgnored catches the signals that are ignored where a script runs the tests in the background, so that the programs
// that are started do not ignore them.
func catchIgnored() {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

// findEmulator returns the emulator that must be called to run this binary, or nothing if there need not be one.
func findEmulator() (string, error) {
	err := exec.Command("bpfmon", "version").Run()
	if err == nil {
		return "", nil
	}
	for _, name := range []string{"qemu-" + runtime.GOARCH + "-static", "qemu-" + runtime.GOARCH} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the system cannot run this binary: %w", err)
}
