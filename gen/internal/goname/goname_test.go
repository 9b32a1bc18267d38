// SPDX-License-Identifier: Apache-2.0

package goname

import "testing"

func TestCamel(t *testing.T) {
	words := NewWords("RR", "IPv4")
	for c, want := range map[string]string{
		"DBG_LB4_LOOKUP":    "DbgLb4Lookup",
		"DBG_IP_ID_MAP":     "DbgIPIDMap",
		"DBG_RR_SLAVE_SEL":  "DbgRRSlaveSel",
		"DBG_CT_LOOKUP4_1":  "DbgCtLookup41",
		"DROP_NO_OPT_":      "DropNoOpt",
		"_leading":          "Leading",
		"a__b":              "AB",
		"src_label":         "SrcLabel",
		"dst_id":            "DstID",
		"ipv4_addr":         "IPv4Addr",
		"ifIndex":           "IfIndex",
		"in6_addr":          "In6Addr",
		"_":                 "",
		"":                  "",
		"2nd":               "2nd",
		"größe_x":           "GrößeX",
		"TRACE_PAYLOAD_LEN": "TracePayloadLen",
	} {
		if got := words.Camel(c); got != want {
			t.Errorf("Camel(%q) = %q, want %q", c, got, want)
		}
	}
	if !words.Used("RR") || !words.Used("ipv4") || words.Used("TCP") {
		t.Error("Used does not tell the words that names had from the others")
	}
}

func TestLowerFirst(t *testing.T) {
	for name, want := range map[string]string{
		"DbgCode": "dbgCode", "IPFlags": "ipFlags", "ID": "id", "X": "x", "IPv4Flags": "ipv4Flags", "IPv4": "ipv4", "ICMPv6Type": "icmpv6Type",
		"CPUsOnline": "cpusOnline", "IDs": "ids", "UTF8Name": "utf8Name", "IPv4a": "iPv4a", "IPSet": "ipSet", "already": "already", "": "",
	} {
		if got := LowerFirst(name); got != want {
			t.Errorf("LowerFirst(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, good := range []string{"DropPolicy", "dropPolicy", "Größe", "X1"} {
		if err := Check(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for name, want := range map[string]string{
		"type":   "type is a Go keyword",
		"2nd":    `"2nd" is not a Go identifier`,
		"":       `"" is not a Go identifier`,
		"a b":    `"a b" is not a Go identifier`,
		"len":    "len is predeclared in Go",
		"string": "string is predeclared in Go",
		"_":      "_ has a meaning of its own in Go",
		"init":   "init has a meaning of its own in Go",
	} {
		if err := Check(name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestCheckPackage(t *testing.T) {
	for _, good := range []string{"events", "main", "error", "init", "len"} {
		if err := CheckPackage(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"type", "2nd", "", "a b", "_"} {
		if CheckPackage(bad) == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}
