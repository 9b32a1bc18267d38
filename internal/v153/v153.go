// SPDX-License-Identifier: Apache-2.0

// Package v153 binds recordings of Cilium v1.5.3 to that release, for tests: what the headers have gained since has a
// name now, and v1.5.3 printed its number.
package v153

import (
	"regexp"
	"strconv"
	"unsafe"

	"github.com/lockstep-bpf/lockstep/monitor"
	"github.com/lockstep-bpf/lockstep/monitor/api"
)

// The first codes that v1.5.3 does not have.
const (
	nextMessageType = 5
	nextDebugCode   = 61
	nextCaptureCode = 12
	nextTracePoint  = 10
	nextTraceReason = 4
)

// Has returns false for a message whose code v1.5.3 does not have and the headers do: what it printed for one says
// nothing about what is to be printed today. The names of drop reasons are for Text.
func Has(data []byte) bool {
	if len(data) < 2 {
		return true
	}
	var named bool
	var next int
	switch data[0] {
	case api.MessageTypeDrop:
		return true
	case api.MessageTypeDebug:
		_, named = monitor.DbgCode(data[1]).Name()
		next = nextDebugCode
	case api.MessageTypeCapture:
		_, named = monitor.DbgCaptureCode(data[1]).Name()
		next = nextCaptureCode
	case api.MessageTypeTrace:
		_, named = monitor.TracePoint(data[1]).Name()
		next = nextTracePoint
		const reason = unsafe.Offsetof(monitor.TraceNotify{}.Reason)
		if len(data) > int(reason) && data[reason] >= nextTraceReason {
			if _, ok := monitor.TraceReason(data[reason]).Name(); ok {
				return false
			}
		}
	default:
		_, named = api.MessageType(data[0]).Name()
		return data[0] < nextMessageType || !named
	}
	return int(data[1]) < next || !named
}

// number finds the number of a drop reason without a name, in each form in which v1.5.3 printed one.
var number = regexp.MustCompile(`(xx drop \(|bytes, reason |"reason":"|CT verdict: )(\d+)`)

// Text returns what v1.5.3 printed, with the drop reasons that have a name in the headers now by name.
func Text(printed string) string {
	return number.ReplaceAllStringFunc(printed, func(found string) string {
		parts := number.FindStringSubmatch(found)
		if n, err := strconv.ParseUint(parts[2], 10, 8); err == nil {
			return parts[1] + api.DropReason(uint8(n))
		}
		return found
	})
}
