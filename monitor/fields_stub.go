// SPDX-License-Identifier: Apache-2.0

// Until the generator writes the field tables (lockstep.yaml: fields), the messages have none: delete this file then.

package monitor

import "github.com/lockstep-bpf/lockstep/monitor/event"

func (n *DropNotify) Fields() []event.Field   { return nil }
func (n *DropNotify) Uint(int) uint64         { return 0 }
func (n *DropNotify) Bytes(int) []byte        { return nil }
func (n *TraceNotify) Fields() []event.Field  { return nil }
func (n *TraceNotify) Uint(int) uint64        { return 0 }
func (n *TraceNotify) Bytes(int) []byte       { return nil }
func (n *DebugMsg) Fields() []event.Field     { return nil }
func (n *DebugMsg) Uint(int) uint64           { return 0 }
func (n *DebugMsg) Bytes(int) []byte          { return nil }
func (n *DebugCapture) Fields() []event.Field { return nil }
func (n *DebugCapture) Uint(int) uint64       { return 0 }
func (n *DebugCapture) Bytes(int) []byte      { return nil }
