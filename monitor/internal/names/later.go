// SPDX-License-Identifier: Apache-2.0

package names

import (
	"cmp"
	"slices"
)

// LaterPort is TCPPort, UDPPort and SCTPPort as IANA's list of 2023 has them, which releases of Cilium from 1.6 on print.
// The protocol is the number of one of them.
func LaterPort(protocol uint8, port uint16) string {
	i, changed := 0, false
	if laterBlocks[port>>12]>>(port>>6&63)&1 != 0 {
		i, changed = slices.BinarySearchFunc(later[:], port, func(l laterNames, port uint16) int { return cmp.Compare(l.port, port) })
	}
	switch {
	case protocol == 6 && changed:
		return later[i].tcp
	case protocol == 6:
		return TCPPort(port)
	case protocol == 17 && changed:
		return later[i].udp
	case protocol == 17:
		return UDPPort(port)
	case changed:
		return later[i].sctp
	}
	return SCTPPort(port)
}

// laterBlocks has a bit for each block of 64 ports in which one has changed.
var laterBlocks = func() (blocks [16]uint64) {
	for _, l := range later {
		blocks[l.port>>12] |= 1 << (l.port >> 6 & 63)
	}
	return blocks
}()

// laterNames are the names of a port of which one has changed.
type laterNames struct {
	port           uint16
	tcp, udp, sctp string
}

var later = [...]laterNames{
	{143, "imap", "", ""},
	{861, "owamp-control", "owamp-test", ""},
	{862, "twamp-control", "twamp-test", ""},
	{914, "", "rift-lies", ""},
	{915, "", "rift-ties", ""},
	{993, "imaps", "", ""},
	{1301, "", "", ""},
	{1302, "", "", ""},
	{1528, "norp", "norp", "norp"},
	{2114, "ariascribe", "ariascribe", ""},
	{2200, "", "", ""},
	{2259, "bid-serv", "bid-serv", ""},
	{2369, "bif-p2p", "bif-p2p", ""},
	{2371, "rda", "", ""},
	{2378, "", "dali", ""},
	{2459, "xrpl", "xrpl", ""},
	{2864, "astronova-main", "astronova-main", ""},
	{2873, "psrt", "psrt", ""},
	{3301, "tarantool", "tarantool", ""},
	{3612, "dataprotector", "dataprotector", ""},
	{3974, "xk22", "xk22", ""},
	{3980, "", "", ""},
	{4194, "spdm", "", ""},
	{4195, "aws-wsp", "aws-wsp", "aws-wsp"},
	{4317, "opentelemetry", "", ""},
	{4319, "fox-skytale", "fox-skytale", ""},
	{4325, "geognosisadmin", "geognosisman", ""},
	{4332, "getty-focus", "", ""},
	{4341, "", "lisp-data", ""},
	{4342, "", "lisp-control", ""},
	{4420, "nvme", "nvme", ""},
	{4460, "ntske", "", ""},
	{4606, "sixid", "", ""},
	{4646, "dots-signal", "dots-signal", ""},
	{4792, "unified-bus", "unified-bus", ""},
	{4888, "xcap-portal", "", ""},
	{4889, "xcap-control", "", ""},
	{5030, "", "", ""},
	{5153, "", "", ""},
	{5242, "attune", "", ""},
	{5243, "xycstatus", "", ""},
	{5540, "matter", "matter", ""},
	{5565, "dp-bura", "", ""},
	{5683, "coap", "coap", ""},
	{5684, "coaps", "coaps", ""},
	{5777, "starfield-io", "starfield-io", ""},
	{5798, "enlabel-dpl", "", ""},
	{5820, "autopassdaemon", "", ""},
	{5903, "ff-ice", "ff-ice", "ff-ice"},
	{5904, "ag-swim", "ag-swim", "ag-swim"},
	{5905, "asmgcs", "asmgcs", "asmgcs"},
	{5906, "rpas-c2", "rpas-c2", "rpas-c2"},
	{5907, "dsd", "dsd", "dsd"},
	{5908, "ipsma", "ipsma", "ipsma"},
	{5909, "agma", "agma", "agma"},
	{5910, "ats-atn", "ats-atn", "cm"},
	{5911, "ats-acars", "ats-acars", "cpdlc"},
	{5912, "ais-met", "ais-met", "fis"},
	{5913, "aoc-acars", "aoc-acars", "ads-c"},
	{5994, "rms-agent", "", ""},
	{6440, "heliosd", "", ""},
	{6556, "checkmk-agent", "", ""},
	{6699, "", "babel-dtls", ""},
	{6924, "split-ping", "split-ping", ""},
	{6980, "", "qolyester", ""},
	{7026, "loreji-panel", "", ""},
	{7072, "iba-cfg", "iba-cfg-disc", ""},
	{7123, "snif", "", ""},
	{7234, "asa-gateways", "", ""},
	{7420, "", "ipluminary", ""},
	{7663, "rome", "rome", ""},
	{7680, "ms-do", "ms-do", ""},
	{7690, "sovd", "", ""},
	{8004, "p2pevolvenet", "", ""},
	{8009, "nvme-disc", "", ""},
	{8015, "cfg-cloud", "", ""},
	{8016, "ads-s", "", ""},
	{8017, "", "cisco-cloudsec", ""},
	{8023, "arca-api", "arca-api", ""},
	{8027, "papachi-p2p-srv", "papachi-p2p-srv", ""},
	{8084, "websnp", "", ""},
	{8111, "", "skynetflow", ""},
	{8211, "", "aruba-papi", ""},
	{8266, "", "espeasy-p2p", ""},
	{8276, "ms-mcc", "ms-mcc", ""},
	{8432, "pgbackrest", "", ""},
	{8433, "", "aws-as2", ""},
	{8710, "semi-grpc", "", ""},
	{8767, "core-of-source", "", ""},
	{8768, "sandpolis", "", ""},
	{8769, "oktaauthenticat", "", ""},
	{8807, "", "hes-clip", ""},
	{8809, "", "3gpp-monp", ""},
	{8908, "dpp", "", ""},
	{9011, "", "d-star", ""},
	{9081, "", "cisco-aqos", ""},
	{9111, "hexxorecore", "hexxorecore", ""},
	{9310, "sapms", "", ""},
	{9339, "gnmi-gnoi", "", ""},
	{9340, "gribi", "", ""},
	{9559, "p4runtime", "", ""},
	{9877, "x510", "", ""},
	{10443, "cirrossp", "", ""},
	{11235, "xcompute", "", "xcompute"},
	{11971, "tibsd", "", ""},
	{12546, "carb-repl-ctrl", "", ""},
	{13832, "a-trust-rpc", "", ""},
	{17010, "ncpu", "", ""},
	{18516, "", "heythings", ""},
	{19790, "faircom-db", "", ""},
	{19999, "dnp-sec", "dnp-sec", "dnp-sec"},
	{20000, "dnp", "dnp", "dnp"},
	{20810, "crtech-nlm", "", ""},
	{21212, "trinket-agent", "", ""},
	{21213, "cohesity-agent", "", ""},
	{21801, "sal", "", ""},
	{22333, "showcockpit-net", "showcockpit-net", ""},
	{24323, "vrmg-ip", "", ""},
	{27010, "flex-lmadmin", "", ""},
	{27017, "mongodb", "", ""},
	{28010, "gruber-cashreg", "", ""},
	{28080, "thor-engine", "", ""},
	{29000, "saltd-licensing", "", ""},
	{31337, "eldim", "eldim", ""},
	{33000, "wg-endpt-comms", "", ""},
	{33435, "", "mtrace", ""},
	{33890, "digilent-adept", "", ""},
	{37472, "", "", "3gpp-w1ap"},
	{38462, "", "", "e1-interface"},
	{38638, "psqlmws", "", ""},
	{39063, "vroa", "", ""},
	{42999, "curiosity", "", ""},
	{43438, "", "hmip-routing", ""},
	{44445, "acronis-backup", "", ""},
	{48048, "juka", "", ""},
	{49150, "inspider", "", ""},
}
