// SPDX-License-Identifier: Apache-2.0

package monitor

import "github.com/lockstep-bpf/lockstep/monitor/internal/template"

// appendTemplate appends a text with its arguments, which are as the host that sent them reads them.
func appendTemplate(dst []byte, t template.Text, args *[3]uint32, h *Host) []byte {
	for i := range t {
		p := &t[i]
		dst = append(dst, p.Before...)
		if p.As == template.End {
			break
		}
		if v := args[p.Arg]; p.As.IsNumber() {
			dst = template.AppendNumber(dst, p.As, v, p.As.HasOrder() && h.BigEndian())
		} else {
			dst = appendMeaning(dst, p.As, v, h)
		}
	}
	return dst
}

// appendMeaning appends an argument that is not just a number.
func appendMeaning(dst []byte, as template.Verb, v uint32, h *Host) []byte {
	switch as {
	case template.Interface:
		return appendInterface(dst, h, v)
	case template.State:
		return appendState(dst, v)
	case template.Direction:
		name, _ := CtDirection(v).Name()
		return append(dst, name...)
	case template.Flags:
		return appendFlags(dst, TupleFlags(v))
	}
	panic("monitor: a verb that is not written here") // a test tries all texts
}

// appendState appends the name of a conntrack state. A lookup that failed returns a drop reason in its place.
func appendState(dst []byte, v uint32) []byte {
	if name, ok := CtState(v).Name(); ok {
		return append(dst, name...)
	}
	return appendDropReason(dst, uint8(v))
}

// appendFlags appends the names of the flags that are set, the lowest bit first. Bits without a name do not show.
func appendFlags(dst []byte, f TupleFlags) []byte {
	var named TupleFlags
	for rest := f; rest != 0; rest &= rest - 1 {
		bit := rest & -rest
		if _, ok := bit.Name(); ok {
			named |= bit
		}
	}
	dst, _ = named.AppendText(dst)
	return dst
}
