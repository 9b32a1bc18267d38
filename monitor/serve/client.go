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

	"github.com/lockstep-bpf/lockstep/monitor/internal/session"
	"github.com/lockstep-bpf/lockstep/monitor/payload"
)

// client is one connection: a queue of messages, filled by Server.Send and emptied by run.
type client struct {
	conn  net.Conn
	who   string // as Event.Client says it
	proto Protocol
	taken func() // is called when there is more room, and when everything was taken
	used  *used  // what all clients together hold

	mu      sync.Mutex
	wake    sync.Cond      // on mu: there is something to do
	bound   int            // of what queue and those being written cost
	queue   []queued       // messages to write, beside those being written
	size    int            // what the messages of queue cost
	writing int            // what those being written cost
	took    time.Time      // when it last took some
	lost    map[int]uint64 // events lost since the last message of the queue, by CPU
	all     uint64         // events lost in all
	idle    bool           // there is nothing to write, and nothing being written
	ended   bool           // write what is left, then close
	failed  error          // why the connection is of no more use
}

// queued is a message that waits.
type queued struct {
	msg    []byte // shared by clients, so never changed
	cpu    int
	events uint64 // what the client loses without it
}

// messageCost is more than what a message takes beside its bytes, in bytes.
const messageCost = 128

func cost(size int) int { return size + messageCost }

func newClient(conn net.Conn, p Protocol, bound int, u *used, taken func()) *client {
	c := &client{conn: conn, who: peer(conn), proto: p, bound: bound, used: u, taken: taken, took: time.Now(), lost: make(map[int]uint64)}
	c.wake.L = &c.mu
	return c
}

// offer adds a message to the queue if there is room, and otherwise counts its event as lost. After a loss nothing is
// added until the queue has been written and the lost records with it: they stand where the events are missing. It tells
// whether this is the first loss.
func (c *client) offer(msg []byte, pl *payload.Payload) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return false
	}
	c.idle = false
	q := queued{msg, pl.CPU, 1}
	if pl.Type == payload.RecordLost {
		q.events = pl.Lost
	}
	if !c.fits(len(msg)) {
		first = c.all == 0
		c.lose(q)
		return first
	}
	if c.size == 0 {
		c.took = time.Now() // there was nothing to take until now
	}
	c.queue = append(c.queue, q)
	c.size += cost(len(msg))
	c.used.add(cost(len(msg)))
	c.wake.Signal()
	return false
}

// maxLostCPUs is how many CPUs losses are counted for. A source that lies may send any number of them.
const maxLostCPUs = 1024

// lose counts a message as lost.
func (c *client) lose(q queued) {
	if _, known := c.lost[q.cpu]; !known && len(c.lost) == maxLostCPUs {
		q.cpu = slices.Min(slices.Collect(maps.Keys(c.lost)))
	}
	c.lost[q.cpu] += q.events
	c.all += q.events
}

// fits reports whether a message of size bytes would be added to the queue. One over the bound waits alone, if all clients
// together have the room.
func (c *client) fits(size int) bool {
	switch {
	case len(c.lost) > 0:
		return false
	case cost(size) > c.bound:
		return c.size == 0 && c.used.fits(cost(size))
	}
	return c.size+cost(size) <= c.bound
}

// setBound changes the bound. What is over a smaller one is lost, from the end of the queue. It reports whether that is the
// first loss.
func (c *client) setBound(bound int) (first bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound = bound
	before := c.all
	if c.size <= bound {
		return false
	}
	for c.size > bound {
		last := len(c.queue) - 1
		c.lose(c.queue[last])
		c.drop(cost(len(c.queue[last].msg)))
		c.queue = c.queue[:last]
	}
	c.queue = slices.Clone(c.queue) // without the memory of the rest
	return before == 0 && c.all > 0
}

// drop takes what messages cost off the queue.
func (c *client) drop(cost int) {
	c.size -= cost
	c.used.add(-cost)
}

// release gives back what all messages cost, when the client is gone.
func (c *client) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.add(-c.size - c.writing)
	c.queue, c.size, c.writing = nil, 0, 0
	c.ended = true
}

// hasRoom reports whether a message of size bytes need not wait for the client: it fits, or the client is going, or has
// taken nothing for too long.
func (c *client) hasRoom(size int, patience time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fits(size) || c.ended || c.failed != nil || time.Since(c.took) > patience
}

// done reports whether the client has taken everything, or takes no more.
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
	defer c.release()
	defer c.conn.Close() //nolint:errcheck // all that was to be written has been, or cannot be
	var head net.Buffers // stands before the first message
	if c.proto == Session {
		head = net.Buffers{[]byte(session.Timed.Definition())}
	}
	for {
		batch, events, err := c.next()
		if batch == nil {
			return withoutEOF(err)
		}
		c.taken()
		left := slices.Concat(head, batch)
		if _, err := left.WriteTo(c.conn); err != nil {
			c.cut(err, unwritten(events, len(batch)-len(left)))
			return withoutAddress(err)
		}
		head = nil
	}
}

// unwritten returns how many events are in messages that were not written, of which the first were.
func unwritten(events []uint64, written int) (n uint64) {
	for i, some := range events {
		if i >= written {
			n += some
		}
	}
	return n
}

// cut counts the events that a client does not get because it was not waited for any longer: those of the batch that it
// was to take, and all behind. One that has closed wants none.
func (c *client) cut(err error, left uint64) {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all += left
	for _, q := range c.queue {
		c.all += q.events
	}
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

// writeSize is about how many bytes are written at once, if there is so much room in Options.Total. What waits behind them is
// seen to get less while a slow client takes them.
const writeSize = 64 << 10

// next waits for messages and returns some, with the events of each, and behind the last what is to be said of lost ones.
// It returns nil and why at the end.
func (c *client) next() (batch net.Buffers, events []uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.add(-c.writing) // that was written
	c.writing = 0
	for len(c.queue) == 0 && len(c.lost) == 0 {
		if c.failed != nil || c.ended {
			return nil, nil, c.failed
		}
		c.idle = true
		c.taken()
		c.wake.Wait()
	}
	if c.failed != nil {
		return nil, nil, c.failed
	}
	batch, events = c.take()
	if len(c.queue) > 0 {
		return batch, events, nil
	}
	for _, cpu := range slices.Sorted(maps.Keys(c.lost)) {
		batch = append(batch, encode(c.proto, &payload.Payload{CPU: cpu, Lost: c.lost[cpu], Type: payload.RecordLost}))
	}
	clear(c.lost)
	return batch, events, nil
}

// take takes the first messages off the queue, as many as may be written at once, but one at least if there is one.
func (c *client) take() (batch net.Buffers, events []uint64) {
	n := 0
	for ; n < len(c.queue); n++ {
		cost := cost(len(c.queue[n].msg))
		if n > 0 && c.writing+cost > c.used.atOnce {
			break
		}
		batch, events = append(batch, c.queue[n].msg), append(events, c.queue[n].events)
		c.writing += cost
	}
	clear(c.queue[:n])
	c.queue, c.size, c.took = c.queue[n:], c.size-c.writing, time.Now()
	if len(c.queue) == 0 {
		c.queue = nil
	}
	return batch, events
}
