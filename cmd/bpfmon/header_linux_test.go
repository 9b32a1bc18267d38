// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/binary"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// ringProgram sends a message to a ring buffer or a perf event array each time that it runs.
func ringProgram(t *testing.T, m *ebpf.Map, message []byte) *ebpf.Program {
	t.Helper()
	size := (len(message) + 7) &^ 7
	padded := append(slices.Clone(message), make([]byte, size-len(message))...)
	var code asm.Instructions
	for at := 0; at < size; at += 8 {
		code = append(code,
			asm.LoadImm(asm.R6, int64(binary.NativeEndian.Uint64(padded[at:])), asm.DWord),
			asm.StoreMem(asm.RFP, int16(at-size), asm.R6, asm.DWord))
	}
	if m.Type() == ebpf.RingBuf {
		code = append(code,
			asm.LoadMapPtr(asm.R1, m.FD()),
			asm.Mov.Reg(asm.R2, asm.RFP), asm.Add.Imm(asm.R2, int32(-size)),
			asm.Mov.Imm(asm.R3, int32(len(message))), asm.Mov.Imm(asm.R4, 0),
			asm.FnRingbufOutput.Call())
	} else {
		code = append(code,
			asm.LoadMapPtr(asm.R2, m.FD()), asm.LoadImm(asm.R3, 0xffffffff, asm.DWord),
			asm.Mov.Reg(asm.R4, asm.RFP), asm.Add.Imm(asm.R4, int32(-size)), asm.Mov.Imm(asm.R5, int32(len(message))),
			asm.FnPerfEventOutput.Call())
	}
	code = append(code, asm.Mov.Imm(asm.R0, 0), asm.Return())
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.SchedCLS, License: "GPL", Instructions: code})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestHeaderRing checks that map prints what programs of an invented project send to their rings, of either type, by the
// project's header, and that a recording of it prints the same.
func TestHeaderRing(t *testing.T) {
	needBPF(t)
	dir := mountBPF(t)
	for _, spec := range []*ebpf.MapSpec{
		{Type: ebpf.RingBuf, MaxEntries: 1 << 16},
		{Type: ebpf.PerfEventArray, KeySize: 4, ValueSize: 4},
	} {
		m, err := ebpf.NewMap(spec)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "events")
		if err := m.Pin(path); err != nil {
			t.Fatal(err)
		}
		recording := filepath.Join(t.TempDir(), "rec.gob")
		cable := newCable(t)
		c := start(t, cable[0], "reading "+path+"\n",
			append(append([]string{"map"}, bothStructs...), "--record", recording, "--filter", "head.level == 9", path)...)
		order := binary.NativeEndian
		connect := append(connectMessage(order), 0) // a perf ring pads a message with whatever is there
		for _, message := range [][]byte{execMessage(order), connect} {
			if _, err := ringProgram(t, m, message).Run(&ebpf.RunOptions{Data: make([]byte, 64)}); err != nil {
				t.Fatal(err)
			}
		}
		c.await(&c.out, wantExec)
		c.await(&c.out, wantConnect)
		c.interrupt(0)
		out, _ := replayed(t, 0, append(bothStructs, "--time", "none", recording)...)
		if out != wantExec+wantConnect {
			t.Errorf("%v: the recording prints\n%s", spec.Type, out)
		}
		if err := errors.Join(m.Unpin(), m.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
