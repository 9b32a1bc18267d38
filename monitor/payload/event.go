// SPDX-License-Identifier: Apache-2.0

package payload

import "github.com/lockstep-bpf/lockstep/monitor/event"

// Borrow gives pl the memory of e's bytes, for a reader to fill, which sets every other field. Lend ends that.
func (pl *Payload) Borrow(e *event.Event) { pl.Data = e.Raw[:0] }

// Lend sets every field of e from pl, with pl's memory, which pl no longer has. The event has no message yet.
func (pl *Payload) Lend(e *event.Event) {
	e.Time, e.CPU, e.Kind, e.Lost, e.Raw, e.Host = pl.Time, pl.CPU, event.Kind(pl.Type), pl.Lost, pl.Data, nil
	e.SetMessage(nil, nil)
	pl.Data = nil
}

// Of makes pl the payload of e. It refers to e's memory.
func (pl *Payload) Of(e *event.Event) {
	*pl = Payload{Data: e.Raw, CPU: e.CPU, Lost: e.Lost, Type: int(e.Kind), Time: e.Time}
}
