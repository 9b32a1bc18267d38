// SPDX-License-Identifier: Apache-2.0

//go:build linux

package ring

import (
	"sync"

	"github.com/lockstep-bpf/lockstep/monitor/internal/clock"
)

// Clock converts times of the kernel's monotonic clock to those of the wall clock. Two clocks may differ by some hundred
// nanoseconds: events of sources that share one compare exactly. The zero value is ready to use, by several goroutines.
type Clock struct {
	mu    sync.Mutex
	clock clock.Clock
}

func (c *Clock) wall(mono int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clock.Wall(mono)
}

func (c *Clock) refresh() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock.Refresh()
}
