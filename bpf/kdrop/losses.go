// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kdrop

import "bytes"

// losing are functions that free a packet without a reason when it is lost: routes of the types blackhole, unreachable and
// prohibit, and devices and tunnels that cannot take a packet. Most others free packets that way that were no loss.
var losing = set(
	"ip_error", "dst_discard", "dst_discard_out", "dst_blackhole_neigh_lookup",
	"ip6_pkt_drop", "ip6_pkt_discard", "ip6_pkt_discard_out", "ip6_pkt_prohibit", "ip6_pkt_prohibit_out",
	"ip_forward", "ip_forward_finish", "ip6_forward", "ip_rcv_finish_core", "ip_fragment", "ip6_fragment", "ip_do_fragment",
	"ip_finish_output2", "ip6_finish_output2", "ip_mr_forward", "ip6_mr_forward", "ip_frag_reasm",
	"br_forward", "br_handle_frame", "br_handle_frame_finish", "br_dev_queue_push_xmit",
	"veth_xmit", "tun_net_xmit", "macvlan_start_xmit", "macvlan_broadcast", "ipvlan_queue_xmit", "bond_start_xmit",
	"vxlan_xmit", "vxlan_xmit_one", "geneve_xmit", "ipip_tunnel_xmit", "ip_tunnel_xmit", "ip_md_tunnel_xmit", "ipgre_xmit",
	"gre_tap_xmit", "ip6_tnl_start_xmit", "sit_tunnel_xmit", "wg_xmit", "xfrmi_xmit", "vti_tunnel_xmit",
	"xfrm_output_resume", "xfrm_input", "esp_output", "esp6_output",
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}

// addressRange is struct kdrop_range: the addresses of a function.
type addressRange struct{ Start, End uint64 }

// losses returns where the functions are that lose packets without a reason, as far as the running kernel has them, and how
// many there are. The compiler may have split one into parts ("ip_error.cold").
func (s *Symbols) losses() (ranges [maxLosses]addressRange, n uint32) {
	if s == nil {
		return ranges, 0
	}
	for i, addr := range s.addrs {
		name := s.text[s.names[i]:]
		name = name[:bytes.IndexByte(name, 0)]
		name, _, _ = bytes.Cut(name, []byte(" "))
		name, _, _ = bytes.Cut(name, []byte("."))
		if !losing[string(name)] {
			continue
		}
		next := i + 1
		for next < len(s.addrs) && s.addrs[next] == addr {
			next++
		}
		if next == len(s.addrs) || int(n) == maxLosses {
			continue
		}
		ranges[n] = addressRange{addr, min(s.addrs[next], addr+maxFunction)}
		n++
	}
	return ranges, n
}
