// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReaderGone checks that a command ends when its output has no reader any more, although it has nothing to print.
func TestReaderGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	agent, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = agent.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		if c, err := agent.Accept(); err == nil {
			accepted <- c // and sends nothing
		}
	}()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = writer.Close() }()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run([]string{"listen", "--socket", path}, stdio{strings.NewReader(""), writer, &errs})
	}()
	defer func() { _ = (<-accepted).Close() }()
	select {
	case code := <-ended:
		t.Fatalf("ended with %d while its output had a reader:\n%s", code, &errs)
	case c := <-accepted:
		accepted <- c
	}
	_ = reader.Close()
	if code := <-ended; code != 0 {
		t.Errorf("exit code %d:\n%s", code, &errs)
	}
}

// TestOnReaderGone checks what a reader that goes is noticed of, and that a wait can be ended.
func TestOnReaderGone(t *testing.T) {
	never := func() { t.Error("the reader is taken for gone") }
	onReaderGone(&bytes.Buffer{}, never)()
	file, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	onReaderGone(file, never)()
	_ = file.Close()

	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	onReaderGone(writer, never)()
	before := make(chan struct{})
	stop := onReaderGone(writer, func() { close(before) })
	_ = reader.Close()
	<-before
	stop()
	after := make(chan struct{})
	stop = onReaderGone(writer, func() { close(after) }) // it went before
	<-after
	stop()
	_ = writer.Close()
}
