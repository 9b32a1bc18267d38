// SPDX-License-Identifier: Apache-2.0

package recording

import (
	"context"
	"io"
)

// pumpSize is the size of each of a pump's two buffers, in bytes.
const pumpSize = 64 << 10

// pump reads in a goroutine of its own, so that its Read ends with the context even while the reader waits:
// a terminal or an inherited pipe cannot be woken in any other way.
type pump struct {
	ctx    context.Context
	full   chan chunk
	empty  chan []byte
	buf    []byte // the buffer being handed out
	unread []byte // what of it was not yet read
	err    error
}

// chunk is what one read returned.
type chunk struct {
	buf []byte
	n   int
	err error
}

// startPump starts a pump of what open returns. The reader is closed at the end, or when ctx is done.
func startPump(ctx context.Context, open func() (io.ReadCloser, error)) *pump {
	p := &pump{ctx: ctx, full: make(chan chunk), empty: make(chan []byte, 2)}
	p.empty <- make([]byte, pumpSize)
	p.empty <- make([]byte, pumpSize)
	go p.run(open)
	return p
}

func (p *pump) run(open func() (io.ReadCloser, error)) {
	r, err := open()
	if err != nil {
		p.send(chunk{err: err})
		return
	}
	stop := context.AfterFunc(p.ctx, func() { _ = r.Close() })
	defer func() {
		if stop() {
			_ = r.Close()
		}
	}()
	for {
		select {
		case buf := <-p.empty:
			n, err := r.Read(buf)
			if !p.send(chunk{buf, n, err}) || err != nil {
				return
			}
		case <-p.ctx.Done():
			return
		}
	}
}

// send hands a chunk over and reports whether it was taken.
func (p *pump) send(c chunk) bool {
	select {
	case p.full <- c:
		return true
	case <-p.ctx.Done():
		return false
	}
}

// Read returns what the goroutine has read.
func (p *pump) Read(dst []byte) (int, error) {
	for len(p.unread) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		select {
		case c := <-p.full:
			p.buf, p.unread, p.err = c.buf, c.buf[:c.n], c.err
		case <-p.ctx.Done():
			return 0, context.Cause(p.ctx)
		}
		p.recycle()
	}
	n := copy(dst, p.unread)
	p.unread = p.unread[n:]
	p.recycle()
	return n, nil
}

// recycle gives a buffer that was read back to the goroutine.
func (p *pump) recycle() {
	if len(p.unread) == 0 && p.buf != nil {
		p.empty <- p.buf // never waits: there are two buffers and two places
		p.buf = nil
	}
}
