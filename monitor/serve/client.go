// SPDX-License-Identifier: Apache-2.0

package serve

import (
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// client is one connection: a queue of messages, filled by Server.Send and emptied by run.
type client struct {
	conn  net.Conn
	proto Protocol
	bound int
	taken func() // is called when there is more room, and when everything was taken

	mu     sync.Mutex
	wake   sync.Cond      // on mu: there is something to do
	queue  [][]byte       // messages to write, beside those being written; shared, so never changed
	size   int            // bytes of the queue
	took   time.Time      // when it last took some
	lost   map[int]uint64 // events lost since the last message of the queue, by CPU
	all    uint64         // events lost in all
	idle   bool           // there is nothing to write, and nothing being written
	ended  bool           // write what is left, then close
	failed error          // why the connection is of no more use
}

func newClient(conn net.Conn, p Protocol, bound int, taken func()) *client {
	c := &client{conn: conn, proto: p, bound: bound, taken: taken, took: time.Now(), lost: make(map[int]uint64)}
	c.wake.L = &c.mu
	return c
}

// offer adds a message to the queue if there is room, and otherwise counts its event as lost. After a loss nothing is
// added until the queue has been written and the lost records with it: they stand where the events are missing.
func (c *client) offer(msg []byte, pl *payload.Payload) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return
	}
	c.idle = false
	if c.fits(len(msg)) {
		if c.size == 0 {
			c.took = time.Now() // there was nothing to take until now
		}
		c.queue = append(c.queue, msg)
		c.size += len(msg)
		c.wake.Signal()
		return
	}
	n := uint64(1)
	if pl.Type == payload.RecordLost {
		n = pl.Lost
	}
	c.lost[pl.CPU] += n
	c.all += n
}

// fits tells whether a message of size bytes would be added to the queue.
func (c *client) fits(size int) bool {
	return len(c.lost) == 0 && (c.size == 0 || c.size+size <= c.bound)
}

// hasRoom tells whether a message of size bytes need not wait for the client: it fits, or the client is going, or has
// taken nothing for too long.
func (c *client) hasRoom(size int, patience time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fits(size) || c.ended || c.failed != nil || time.Since(c.took) > patience
}

// done tells whether the client has taken everything, or takes no more.
func (c *client) done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.idle || c.ended || c.failed != nil
}

// total returns how many events the client has lost.
func (c *client) total() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all
}

// finish makes run end once the queue is written, or after a time.
func (c *client) finish(linger time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	_ = c.conn.SetWriteDeadline(time.Now().Add(linger)) // a connection that has none ends by itself
	c.wake.Signal()
}

// fail makes run end.
func (c *client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed == nil {
		c.failed = err
	}
	c.wake.Signal()
}

// run writes what is offered until the end or a failure, and closes the connection. It returns why, nil for the end and
// for a client that closed.
func (c *client) run() error {
	var reading sync.WaitGroup
	reading.Go(c.watch)
	defer reading.Wait()
	defer c.conn.Close() //nolint:errcheck // all that was to be written has been, or cannot be
	var head net.Buffers // stands before the first message
	if c.proto == Session {
		head = net.Buffers{payload.AppendDefinition(nil)}
	}
	for {
		batch, events, err := c.next()
		if batch == nil {
			return withoutEOF(err)
		}
		c.taken()
		left := slices.Concat(head, batch)
		if _, err := left.WriteTo(c.conn); err != nil {
			written := len(batch) - min(len(left), len(batch))
			c.cut(err, events-min(written, events))
			return withoutAddress(err)
		}
		head = nil
	}
}

// cut counts the events that a client does not get because it was not waited for any longer: those of the batch that it
// was to take, and all behind. One that has closed wants none.
func (c *client) cut(err error, left int) {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all += uint64(left + len(c.queue))
}

// withoutEOF returns nil for a client that closed.
func withoutEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// watch reads, and drops, what the client sends, which should be nothing, to see when it closes.
func (c *client) watch() {
	_, err := io.Copy(io.Discard, c.conn)
	if err == nil {
		err = io.EOF
	}
	c.fail(err)
}

// writeSize is about how many bytes are written at once. What waits behind them is seen to get less while a slow client
// takes them.
const writeSize = 256 << 10

// next waits for messages and returns some: so many events, and behind the last what is to be said of lost ones. It
// returns nil and why at the end.
func (c *client) next() (batch net.Buffers, events int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && len(c.lost) == 0 {
		if c.failed != nil || c.ended {
			return nil, 0, c.failed
		}
		c.idle = true
		c.taken()
		c.wake.Wait()
	}
	if c.failed != nil {
		return nil, 0, c.failed
	}
	batch = c.take()
	events = len(batch)
	if len(c.queue) > 0 {
		return batch, events, nil
	}
	for _, cpu := range slices.Sorted(maps.Keys(c.lost)) {
		batch = append(batch, encode(c.proto, &payload.Payload{CPU: cpu, Lost: c.lost[cpu], Type: payload.RecordLost}))
	}
	clear(c.lost)
	return batch, events, nil
}

// take takes the first messages off the queue, writeSize bytes or a little more, if there are so many.
func (c *client) take() net.Buffers {
	n, size := 0, 0
	for n < len(c.queue) && size < writeSize {
		size += len(c.queue[n])
		n++
	}
	batch := net.Buffers(c.queue[:n:n])
	c.queue, c.size, c.took = c.queue[n:], c.size-size, time.Now()
	if len(c.queue) == 0 {
		c.queue = nil
	}
	return batch
}
