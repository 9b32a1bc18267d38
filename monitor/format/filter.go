// SPDX-License-Identifier: Apache-2.0

package format

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lockstep-bpf/lockstep/monitor/event"
)

// match reports whether the filters let a message pass. A message without an endpoint that it goes to counts as going
// to endpoint 0.
func (m *MonitorFormatter) match(messageType int, src, dst uint64) bool {
	if len(m.EventTypes)+len(m.FromSource)+len(m.ToDst)+len(m.Related) == 0 {
		return true
	}
	return (len(m.EventTypes) == 0 || m.EventTypes.Contains(messageType)) &&
		m.FromSource.allows(src) && m.ToDst.allows(dst) && (m.Related.allows(src) || m.Related.allows(dst))
}

// Matches reports whether the filters let an event pass that was decoded. Losses pass, and samples that no filter
// applies to: those that are empty, and those of unknown type. Of a sample that cannot be decoded only the type is compared.
func (m *MonitorFormatter) Matches(e *event.Event) bool {
	switch {
	case e.Msg != nil:
		src, dst := e.Msg.Endpoints()
		return m.match(int(e.Msg.MessageType()), src, dst)
	case e.Err != nil && len(e.Raw) > 0:
		return len(m.EventTypes) == 0 || m.EventTypes.Contains(int(e.Raw[0]))
	}
	return true
}

// Uint16Flags is a list of endpoint ids. As a flag (it is a pflag.Value) it takes one id at a time.
type Uint16Flags []uint16

// Set adds an id: a decimal number up to 65535.
func (i *Uint16Flags) Set(value string) error {
	v, err := strconv.ParseUint(value, 10, 16)
	if errors.Is(err, strconv.ErrRange) {
		return fmt.Errorf("%s is out of range: endpoint ids go up to 65535", value)
	}
	if err != nil {
		return fmt.Errorf("%q is not an endpoint ID: it must be a number from 0 to 65535", value)
	}
	*i = append(*i, uint16(v))
	return nil
}

// String returns the ids in the order in which they were added.
func (i *Uint16Flags) String() string {
	pieces := make([]string, len(*i))
	for k, v := range *i {
		pieces[k] = strconv.Itoa(int(v))
	}
	return strings.Join(pieces, ", ")
}

// Type names the type of the flag for its usage text.
func (i *Uint16Flags) Type() string { return "[]uint16" }

// Has reports whether an id is in the list.
func (i *Uint16Flags) Has(value uint16) bool { return slices.Contains(*i, value) }

// allows reports whether a filter of these ids lets an id pass: it is in the list, or the list is empty. Ids in messages
// can be wider than endpoint ids; those are in no list.
func (i *Uint16Flags) allows(id uint64) bool {
	return len(*i) == 0 || id <= 0xffff && i.Has(uint16(id))
}
