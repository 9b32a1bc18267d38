// SPDX-License-Identifier: Apache-2.0

package kernel

import "strings"

// ShortReason returns the name of a reason without the prefix that the kernel gives it: "NO_SOCKET" for
// "SKB_DROP_REASON_NO_SOCKET". Names of Open vSwitch keep what tells them apart: "OVS_METER" for "OVS_DROP_METER".
func ShortReason(name string) string {
	switch name {
	case "SKB_NOT_DROPPED_YET", "SKB_CONSUMED":
		return name[len("SKB_"):]
	}
	for _, prefix := range []string{"SKB_DROP_REASON_", "SK_RST_REASON_", "REASON_"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	if rest, ok := strings.CutPrefix(name, "OVS_DROP_"); ok {
		return "OVS_" + rest
	}
	return name
}

// ReasonText returns what a reason means, by its name with or without prefix. It returns "" for one without a text.
func ReasonText(name string) string { return reasonMeans([]byte(ShortReason(name))) }

// reasonMeans is ReasonText for a name without prefix. It allocates nothing.
func reasonMeans(short []byte) string {
	for r := Reason(0); ; r++ {
		name, ok := r.Name()
		if !ok {
			return ""
		}
		if name == string(short) {
			means, _ := reasonText(r).Name()
			return means
		}
	}
}
