// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cilium/ebpf/btf"

	"github.com/lockstep-bpf/lockstep/monitor/wire/kernel"
)

// Reasons are the reasons that the running kernel has, and what its tracepoints look like.
type Reasons struct {
	drop  map[uint32]string
	reset map[uint32]string

	dropArgs, resetArgs int             // of the tracepoints kfree_skb and tcp_send_reset
	tracepoints         map[string]bool // those that there are
}

// LoadReasons reads them from the type information of the kernel and its modules. The error is a *SetupError if the kernel
// has none.
func LoadReasons() (*Reasons, error) {
	spec, err := btf.LoadKernelSpec()
	if err != nil {
		return nil, btfError(err)
	}
	r := &Reasons{drop: map[uint32]string{}, reset: map[uint32]string{}, tracepoints: map[string]bool{}}
	addEnum(r.drop, spec, "skb_drop_reason")
	addEnum(r.reset, spec, "sk_rst_reason")
	delete(r.drop, noReasonMask)
	r.addSubsystems(spec)
	for _, name := range []string{tpDrop, tpRetransmit, tpResetSent, tpResetReceived} {
		n, ok := arguments(spec, name)
		r.tracepoints[name] = ok
		switch name {
		case tpDrop:
			r.dropArgs = n
		case tpResetSent:
			r.resetArgs = n
		}
	}
	return r, nil
}

// noReasonMask is SKB_DROP_REASON_SUBSYS_MASK, which is no reason.
const noReasonMask = 0xffff0000

// addEnum adds the values of an enum, without those that only say where it ends.
func addEnum(to map[uint32]string, spec *btf.Spec, name string) {
	var e *btf.Enum
	if spec.TypeByName(name, &e) != nil {
		return // a kernel from before the enum
	}
	for _, v := range e.Values {
		if !strings.HasSuffix(v.Name, "_REASON_MAX") && !strings.HasPrefix(v.Name, "__") {
			to[uint32(v.Value)] = kernel.ShortReason(v.Name)
		}
	}
}

// addSubsystems adds the reasons that parts of the kernel define for themselves: enums in the kernel or in modules.
func (r *Reasons) addSubsystems(spec *btf.Spec) {
	var subsystems *btf.Enum
	if spec.TypeByName("skb_drop_reason_subsys", &subsystems) != nil {
		return
	}
	enums := []string{"ovs_drop_reason", "mac80211_drop_reason"}
	for _, name := range enums {
		addEnum(r.drop, spec, name)
	}
	for _, module := range modulesOf(subsystems) {
		spec, err := btf.LoadKernelModuleSpec(module)
		if err != nil {
			continue // numbers are printed, as for any reason without a name
		}
		for _, name := range enums {
			addEnum(r.drop, spec, name)
		}
	}
}

// modulesOf returns the names of the loaded modules that subsystems are named after: openvswitch for
// SKB_DROP_REASON_SUBSYS_OPENVSWITCH, mac80211 for SKB_DROP_REASON_SUBSYS_MAC80211_UNUSABLE.
func modulesOf(subsystems *btf.Enum) []string {
	var modules []string
	for _, v := range subsystems.Values {
		name := strings.ToLower(strings.TrimPrefix(v.Name, "SKB_DROP_REASON_SUBSYS_"))
		name, _, _ = strings.Cut(name, "_")
		if _, err := os.Stat("/sys/kernel/btf/" + name); err == nil && !slices.Contains(modules, name) {
			modules = append(modules, name)
		}
	}
	return modules
}

// arguments returns how many arguments a tracepoint has, and whether there is one.
func arguments(spec *btf.Spec, tracepoint string) (int, bool) {
	var t *btf.Typedef
	if spec.TypeByName("btf_trace_"+tracepoint, &t) != nil {
		return 0, false
	}
	pointer, _ := t.Type.(*btf.Pointer)
	if pointer == nil {
		return 0, false
	}
	proto, _ := pointer.Target.(*btf.FuncProto)
	if proto == nil {
		return 0, false
	}
	return len(proto.Params) - 1, true // the first is the tracepoint's own
}

// HasReasons reports whether this kernel says why it drops a packet (Linux 5.17 and later).
func (r *Reasons) HasReasons() bool { return r.dropArgs > 2 && len(r.drop) > 0 }

// Name returns the name of a reason without its prefix: "NETFILTER_DROP". It returns "UNNAMED_N" for one that the kernel
// does not name, and "" if the kernel has no reasons.
func (r *Reasons) Name(kind kernel.Kind, reason uint32) string {
	names := r.drop
	switch kind {
	case kernel.KindDrop:
	case kernel.KindResetSent:
		names = r.reset
		if r.resetArgs <= 2 {
			return ""
		}
	default:
		return ""
	}
	if name, ok := names[reason]; ok {
		return name
	}
	if len(names) == 0 {
		return ""
	}
	if sub := reason >> 16; sub != 0 {
		return fmt.Sprintf("UNNAMED_%d_%d", sub, reason&0xffff)
	}
	return fmt.Sprintf("UNNAMED_%d", reason)
}

// Names returns the names of all reasons to drop a packet, sorted.
func (r *Reasons) Names() []string { return slices.Compact(slices.Sorted(maps.Values(r.drop))) }

// ResetNames returns the names of all reasons to send a reset, sorted.
func (r *Reasons) ResetNames() []string { return slices.Compact(slices.Sorted(maps.Values(r.reset))) }

// Number returns the number of a reason to drop a packet by its name, with or without prefix, in any case.
func (r *Reasons) Number(name string) (uint32, bool) {
	name = kernel.ShortReason(strings.ToUpper(name))
	for number, known := range r.drop {
		if strings.EqualFold(known, name) {
			return number, true
		}
	}
	return 0, false
}

// verdictOf returns what becomes of a reason, unless all are asked for. The kernel frees packets that were no loss with some
// reasons in the ordinary course of things.
func verdictOf(name string) uint8 {
	switch name {
	case "NOT_DROPPED_YET", "CONSUMED":
		return reasonLeaveOut
	case "NOT_SPECIFIED":
		return reasonLosses
	case "QUEUE_PURGE":
		return reasonFull
	}
	return 0
}
