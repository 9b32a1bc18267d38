// SPDX-License-Identifier: Apache-2.0

// Package machine knows what a target's name stands for: an ABI and, for BPF programs that are compiled once for each
// architecture, the macro that says which. It names files and build constraints of per-architecture output as
// github.com/cilium/ebpf/cmd/bpf2go does, so that both build on the same machines.
package machine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lockstep-bpf/lockstep/gen/internal/layout"
)

// Target is what headers are read for.
type Target struct {
	Name   string
	ABI    string // the layout's name
	Define string // the macro that names the architecture, "" for none
	Suffix string // of a file's name, before .go
	Build  string // on which machines its file is built, as a build constraint; "" where the suffix says it
}

// programs are the architectures for which BPF programs are compiled: the name that Go has for each, its byte order, the
// name that libbpf's headers have for it, and all of Go's architectures that share the two.
var programs = []struct{ arch, abi, kernel, build string }{
	{"amd64", "bpfel", "x86", "386 || amd64"},
	{"arm", "bpfel", "arm", "arm"},
	{"arm64", "bpfel", "arm64", "arm64"},
	{"loong64", "bpfel", "loongarch", "loong64"},
	{"mips", "bpfeb", "mips", "mips"},
	{"ppc64", "bpfeb", "powerpc", "ppc64"},
	{"ppc64le", "bpfel", "powerpc", "ppc64le"},
	{"riscv64", "bpfel", "riscv", "riscv64"},
	{"s390x", "bpfeb", "s390", "s390x"},
}

// generic are the machines on which BPF programs of a byte order run.
var generic = map[string]string{
	"bpfeb": "mips || mips64 || ppc64 || s390x",
	"bpfel": "386 || amd64 || arm || arm64 || loong64 || mips64le || mipsle || ppc64le || riscv64 || wasm",
}

// DefinePrefix is what the macros begin with that name an architecture.
const DefinePrefix = "__TARGET_ARCH_"

// compilers are the macros with which compilers of a machine's own programs name its architecture.
var compilers = map[string]string{
	"amd64": "__x86_64__", "arm": "__arm__", "arm64": "__aarch64__", "loong64": "__loongarch__", "mips": "__mips__",
	"ppc64": "__powerpc64__", "ppc64le": "__powerpc64__", "riscv64": "__riscv", "s390x": "__s390x__",
}

// Compiler returns the macro with which compilers of programs for the target's own machine, not for BPF, name the architecture;
// "" where there is none.
func (t Target) Compiler() string { return compilers[t.Name] }

// Usual returns the architecture to take for headers that ask for one and are read for an ABI: its own, or the most common
// one of a byte order.
func Usual(abi string) (Target, bool) {
	switch arch := strings.TrimPrefix(abi, "linux/"); arch {
	case "bpfel", "386":
		return Lookup("amd64")
	case "bpfeb":
		return Lookup("s390x")
	default:
		return Lookup(arch)
	}
}

// Check returns an error for a name that is not one of Names.
func Check(name string) error {
	if _, ok := Lookup(name); !ok {
		return fmt.Errorf("no target %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return nil
}

// Lookup returns the target of a name: an ABI, or one of Go's architectures for the BPF programs that run there.
func Lookup(name string) (Target, bool) {
	if _, ok := layout.Lookup(name); ok {
		return Target{Name: name, ABI: name, Suffix: "_" + strings.ReplaceAll(name, "/", "_"), Build: generic[name]}, true
	}
	for _, p := range programs {
		if p.arch == name {
			return Target{name, p.abi, DefinePrefix + p.kernel, "_" + p.kernel + "_" + p.abi, p.build}, true
		}
	}
	return Target{}, false
}

// Names returns the names of all targets, sorted.
func Names() []string {
	names := layout.Names()
	for _, p := range programs {
		names = append(names, p.arch)
	}
	slices.Sort(names)
	return names
}

// Defines returns the user's macros and the target's, unless the user says the architecture.
func (t Target) Defines(own []string) []string {
	named := func(d string) bool { return strings.HasPrefix(d, DefinePrefix) }
	if t.Define == "" || slices.ContainsFunc(own, named) {
		return own
	}
	return append(slices.Clip(own), t.Define)
}
