// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/lockstep-bpf/lockstep/monitor/format"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
	"github.com/lockstep-bpf/lockstep/monitor/source"
)

const (
	// writeSize is how many bytes of output are gathered before they are written.
	writeSize = 64 << 10
	// keepSize is the size up to which the buffer is kept for what follows.
	keepSize = 16 * writeSize
)

// printer prints the events of a source.
//
// Output is gathered only while the source has more to give: before it waits, everything is written. So what
// happens is seen when it happens, and a recording is printed with few writes. Messages are never torn between
// two writes.
type printer struct {
	format  *format.MonitorFormatter
	out     io.Writer
	tell    func(what any) // prints a line on standard error
	idle    func()         // called, if not nil, before the source waits
	buf     []byte
	unknown uint64 // events that are neither a sample nor a lost record
}

// run prints events until the source ends. It returns nil at the end of a recording, and otherwise the error of
// the source or the output; everything that was read has then been written as far as that is possible.
func (p *printer) run(src source.Source) error {
	for pl := new(payload.Payload); ; {
		if !src.Ready() {
			if err := p.flush(); err != nil {
				return err
			}
			if p.idle != nil {
				p.idle()
			}
		}
		if err := src.Next(pl); err != nil {
			return p.end(err)
		}
		if err := p.print(pl); err != nil {
			return err
		}
	}
}

// end writes what is left after the source ended with err, and returns nil if that was the end of a recording.
// If it cannot be written, that is what is said.
func (p *printer) end(err error) error {
	if failed := p.flush(); failed != nil {
		return failed
	}
	if p.unknown > 1 {
		p.tell(fmt.Sprintf("%d events of unknown kinds were not printed", p.unknown))
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// print prints one event.
func (p *printer) print(pl *payload.Payload) error {
	buf, known := p.format.AppendEvent(p.buf, pl)
	p.buf = buf
	if !known {
		if p.unknown == 0 {
			p.tell(fmt.Sprintf("event of unknown kind %d (CPU %d, %d bytes) is not printed", pl.Type, pl.CPU, len(pl.Data)))
		}
		p.unknown++
	}
	if len(p.buf) >= writeSize {
		return p.flush()
	}
	return nil
}

// flush writes what was gathered.
func (p *printer) flush() error {
	if len(p.buf) == 0 {
		return nil
	}
	_, err := p.out.Write(p.buf)
	p.buf = p.buf[:0]
	if cap(p.buf) > keepSize {
		p.buf = nil
	}
	return outputError(err)
}

// outputError says that standard output cannot be written to, and why.
func outputError(err error) error {
	if err == nil {
		return nil
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("cannot write to standard output: %w", err)
}
