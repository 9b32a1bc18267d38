// SPDX-License-Identifier: Apache-2.0

//go:build linux

package bpf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lockstep-bpf/lockstep/monitor"
	ev "github.com/lockstep-bpf/lockstep/monitor/event"
	"github.com/lockstep-bpf/lockstep/monitor/sink/text"
)

// print returns what is printed of an event in a style.
func (e event) print(tb testing.TB, style ev.Style) string {
	tb.Helper()
	var d monitor.Decoder
	pl := ev.Event{Time: 1, Kind: ev.Sample, Raw: e.Raw, Host: &ev.Host{}}
	if d.Decode(&pl); pl.Err != nil {
		tb.Fatalf("%x: %v", e.Raw, pl.Err)
	}
	return string(bytes.TrimSpace(text.AppendEvent(nil, &pl, &style)))
}

// The fields that are compared with what tshark says. In a tunnel, those with "outer." are of the outermost flow.
var printedFields = []string{
	"length", "captured", "vlan", "src", "dst", "outer.src", "outer.dst", "srcPort", "dstPort", "tcpFlags",
}

// printedPacket returns what is printed of the event's packet, without what is not known.
func printedPacket(t *testing.T, e event) map[string]string {
	t.Helper()
	var line struct{ Packet map[string]any }
	d := json.NewDecoder(strings.NewReader(e.print(t, ev.Style{Form: ev.JSON, Facts: true})))
	d.UseNumber()
	if err := d.Decode(&line); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	outer, _ := line.Packet["outer"].(map[string]any)
	for name, value := range line.Packet {
		got[name] = fmt.Sprint(value)
	}
	for name, value := range outer {
		got["outer."+name] = fmt.Sprint(value)
	}
	return got
}

// comparePrinted compares what is printed of the frame with what tshark says of it.
func (c *crafted) comparePrinted(t *testing.T, e event) {
	t.Helper()
	got := printedPacket(t, e)
	want := c.printed(got)
	for _, name := range printedFields {
		reason := c.differs(name)
		switch {
		case got[name] != want[name] && reason == "":
			t.Errorf("%s: %s is printed as %q, tshark says %q", c.name, name, got[name], want[name])
		case got[name] == want[name] && reason != "":
			t.Errorf("%s: %s is printed as tshark says. It was listed as: %s", c.name, name, reason)
		}
	}
}

// differs returns why a field is not printed as tshark says, or nothing if it must be.
func (c *crafted) differs(field string) string {
	for _, d := range printedDiffers {
		if d.frame == c.name && slices.Contains(strings.Fields(d.fields), field) {
			return d.reason
		}
	}
	return ""
}

// all returns what tshark says of a field, the outermost first.
func (c *crafted) all(field string) []string {
	if c.fields[field] == "" {
		return nil
	}
	return strings.Split(c.fields[field], ",")
}

// quotes reports whether the frame has an ICMP error, whose innermost IP header is of the packet that it quotes.
func (c *crafted) quotes() bool {
	icmp, icmp6 := c.fields["icmp.type"], c.fields["icmpv6.type"]
	return slices.Contains([]string{"3", "4", "5", "11", "12"}, icmp) || slices.Contains([]string{"1", "2", "3", "4"}, icmp6)
}

// printed returns what tshark says as it should be printed. Which of two families is the inner one, and the protocol,
// are taken from what was printed.
func (c *crafted) printed(got map[string]string) map[string]string {
	want := map[string]string{"length": strconv.Itoa(c.length), "captured": strconv.Itoa(len(c.data))}
	if tags := append(c.all("ieee8021ad.id"), c.all("vlan.id")...); len(tags) > 0 {
		want["vlan"] = tags[0]
	}
	for _, side := range []string{"src", "dst"} {
		flows := map[string][]string{"4": c.all("ip." + side), "6": c.all("ipv6." + side)}
		if own := flows[c.family()]; c.quotes() {
			flows[c.family()] = own[:len(own)-1]
		}
		family, outer := got["ipVersion"], got["outer.ipVersion"]
		if family == "" { // none is printed: any that tshark has is a difference
			family = c.family()
		}
		if own := flows[family]; len(own) > 0 {
			want[side] = own[len(own)-1]
		}
		if len(flows["4"])+len(flows["6"]) > 1 {
			want["outer."+side] = append(flows[outer], "of a tunnel")[0]
		}
	}
	if !c.quotes() { // else the ports are of what is quoted
		c.printedTransport(got["proto"], want)
	}
	return want
}

// family is the IP version of a frame that is no tunnel.
func (c *crafted) family() string {
	if c.fields["ipv6.src"] != "" {
		return "6"
	}
	return "4"
}

// printedTransport adds the innermost ports and flags of a protocol.
func (c *crafted) printedTransport(proto string, want map[string]string) {
	last := func(name, field string) {
		if values := c.all(field); len(values) > 0 {
			n, _ := strconv.ParseUint(values[len(values)-1], 0, 16)
			want[name] = strconv.FormatUint(n, 10)
		}
	}
	name := map[string]string{"6": "tcp", "17": "udp", "136": "udp", "132": "sctp"}[proto]
	last("srcPort", name+".srcport")
	last("dstPort", name+".dstport")
	if name == "tcp" {
		last("tcpFlags", "tcp.flags")
	}
}
