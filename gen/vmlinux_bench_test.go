// SPDX-License-Identifier: Apache-2.0

//go:build linux

package gen

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// BenchmarkVmlinux generates two structs that stand behind the vmlinux.h of the running kernel, and lets clang check the same
// headers. Each is a process of its own: ns/op is its processor time, and that and peak-MB are the least of all runs, so that
// ten say what a run costs.
func BenchmarkVmlinux(b *testing.B) {
	dir := b.TempDir()
	text, err := exec.Command("bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c").Output()
	if err != nil {
		b.Skip("bpftool writes no vmlinux.h: ", err)
	}
	put(b, filepath.Join(dir, "vmlinux.h"), string(text))
	put(b, filepath.Join(dir, "my.h"), "#include \"vmlinux.h\"\nenum my_verdict { MY_PASS, MY_DROP };\n"+
		"struct my_key { __be32 addr; u16 port; u16 pad; };\nstruct my_event { u64 when; u32 pid; enum my_verdict v; char comm[16]; };\n")
	config := filepath.Join(dir, ConfigName)
	put(b, config, "package: p\nheaders: [my.h]\nfiles:\n  zz.go:\n    groups:\n      Verdict: {enum: my_verdict}\n"+
		"    structs:\n      my_key: Key\n      my_event: Event\n")
	command := filepath.Join(dir, "lockstep")
	if out, err := exec.Command("go", "build", "-o", command, "../cmd/lockstep").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	b.Run("lockstep", func(b *testing.B) { least(b, command, "gen", config) })
	b.Run("clang", func(b *testing.B) {
		clang, err := exec.LookPath("clang-19")
		if err != nil {
			b.Skip(err)
		}
		least(b, clang, "-target", "bpf", "-fsyntax-only", filepath.Join(dir, "my.h"))
	})
}

// least runs a command and reports the least processor time and memory that it took.
func least(b *testing.B, name string, args ...string) {
	cpu, memory := 0.0, 0.0
	for n := 0; b.Loop(); n++ {
		cmd := exec.Command(name, args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		use, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			b.Fatal(fmt.Errorf("no usage of %d", os.Getpid()))
		}
		spent := float64(cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime())
		mb := float64(use.Maxrss) / 1024
		if n == 0 || spent < cpu {
			cpu = spent
		}
		if n == 0 || mb < memory {
			memory = mb
		}
	}
	b.ReportMetric(cpu, "ns/op")
	b.ReportMetric(memory, "peak-MB")
}
