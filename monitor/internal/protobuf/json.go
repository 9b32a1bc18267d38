// SPDX-License-Identifier: Apache-2.0

package protobuf

import (
	"math"
	"strconv"
	"time"

	"github.com/lockstep-bpf/lockstep/monitor/internal/text"
)

// AppendJSON appends a message as a JSON object, in the form that Protocol Buffers define, with the fields' own names. It
// appends what it can of one that is damaged.
func (s *Schema) AppendJSON(dst, msg []byte) []byte {
	dst = append(dst, '{')
	first, list := true, (*Field)(nil)
	for len(msg) > 0 {
		v, rest, err := Next(msg)
		if err != nil {
			break
		}
		msg = rest
		f := s.find(v.Number)
		if f == nil {
			continue
		}
		if list == f {
			dst = f.appendJSON(append(dst, ','), v)
			continue
		}
		if list != nil {
			dst = append(dst, ']')
		}
		if !first {
			dst = append(dst, ',')
		}
		dst = append(append(append(dst, '"'), f.Name...), `":`...)
		first, list = false, nil
		if f.Repeated {
			list, dst = f, append(dst, '[')
		}
		dst = f.appendJSON(dst, v)
	}
	if list != nil {
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// appendJSON appends a value.
func (f *Field) appendJSON(dst []byte, v Value) []byte {
	switch f.Kind {
	case Uint32:
		return strconv.AppendUint(dst, v.Uint, 10)
	case Uint64:
		return append(strconv.AppendUint(append(dst, '"'), v.Uint, 10), '"')
	case Int64:
		return append(strconv.AppendInt(append(dst, '"'), int64(v.Uint), 10), '"')
	case Int32:
		return strconv.AppendInt(dst, int64(int32(v.Uint)), 10)
	case Bool:
		return strconv.AppendBool(dst, v.Uint != 0)
	case String:
		return text.AppendJSONString(dst, v.Bytes)
	case Enum:
		if name := NameOf(f.Enum, uint32(v.Uint)); name != "" {
			return append(append(append(dst, '"'), name...), '"')
		}
		return strconv.AppendInt(dst, int64(int32(v.Uint)), 10)
	case Message:
		return f.Message.AppendJSON(dst, v.Bytes)
	case Double:
		return strconv.AppendFloat(dst, math.Float64frombits(v.Uint), 'g', -1, 64)
	case Timestamp:
		return appendTimeJSON(dst, v)
	}
	return f.appendWrapped(dst, v)
}

// appendWrapped appends a value that can be absent.
func (f *Field) appendWrapped(dst []byte, v Value) []byte {
	var value uint64
	_ = Each(v.Bytes, func(v Value) error { value = v.Uint; return nil }) // a damaged one is 0
	switch f.Kind {
	case BoolValue:
		return strconv.AppendBool(dst, value != 0)
	case Int32Value:
		return strconv.AppendInt(dst, int64(int32(value)), 10)
	}
	return strconv.AppendUint(dst, value, 10)
}

// appendTimeJSON appends a time as text.
func appendTimeJSON(dst []byte, v Value) []byte {
	ns, _ := v.Time() // a damaged one is 1970
	return append(time.Unix(0, ns).UTC().AppendFormat(append(dst, '"'), time.RFC3339Nano), '"')
}
